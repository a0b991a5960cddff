"""Exports and erases a user's conversations."""

from collections.abc import AsyncIterator
from typing import Any

from redraft.conversations.models import ConversationView, MessageView
from redraft.conversations.store import ConversationStore

AT_ONCE = 100


class ConversationData:
    """Every conversation with all of its messages."""

    name = "conversations"

    def __init__(self, store: ConversationStore) -> None:
        self._store = store

    async def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """One conversation after the other, the oldest first."""
        top = await self._store.count(owner_id)
        for above in range(0, top, AT_ONCE):
            for conversation in reversed(await self._store.numbered(owner_id, above, above + AT_ONCE)):
                # Past the count, because the messages of an active turn are not counted yet.
                messages = await self._store.messages(owner_id, conversation.id, 0, conversation.message_count + 10_000)
                view = ConversationView.model_validate(conversation, from_attributes=True)
                said = [MessageView.model_validate(each, from_attributes=True) for each in messages]
                yield view.model_dump(mode="json") | {"messages": [each.model_dump(mode="json") for each in said]}

    async def erase(self, owner_id: str) -> None:
        """Delete all of it."""
        await self._store.erase(owner_id)
