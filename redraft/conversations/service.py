"""What happens to conversations: made, listed, renamed, deleted, read."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from redraft.config import Settings
from redraft.conversations.store import Conversation, ConversationStore, StoredMessage
from redraft.errors import FieldError, InvalidRequest, NotFound, QuotaReached
from redraft.repeats import Attempt

WhenDeleted = Callable[[str, str], Awaitable[None]]
"""Called with the owner's and the conversation's id."""


class Conversations:
    """The conversations of all users; each call sees only its owner's, and raises `NotFound` for any other."""

    def __init__(self, store: ConversationStore, settings: Settings) -> None:
        self._store = store
        self._most = settings.conversations_per_user
        self._when_deleted: list[WhenDeleted] = []

    def when_deleted(self, do: WhenDeleted) -> None:
        """Have `do` called after a conversation was deleted, for what other domains keep of it."""
        self._when_deleted.append(do)

    async def create(self, owner_id: str, title: str | None, attempt: Attempt, *, learn: bool = True) -> Conversation:
        """A new, empty conversation. Two that are made at once get different numbers, in some order.

        Raises `QuotaReached`: of two that take the last place at once, the one with the higher number goes again.
        """
        moment = datetime.now(UTC)
        conversation_id = attempt.new_id("conv")
        number = await self._store.count(owner_id) + 1
        if not attempt.again and await self._store.how_many(owner_id) >= self._most:
            raise self._full()
        while True:
            conversation = Conversation(conversation_id, owner_id, number, title, 0, moment, moment, learn)
            if await self._store.insert(conversation):
                if await self._store.how_many(owner_id, number) > self._most:
                    await self._store.delete(owner_id, conversation_id)
                    raise self._full()
                return conversation
            made = await self._store.get(owner_id, conversation_id)
            if made is not None:  # by an earlier try at this request, or one that is at work beside it
                await self._store.count_upto(owner_id, made.number)
                return made
            number += 1

    def _full(self) -> QuotaReached:
        return QuotaReached(f"You keep {self._most:,} conversations, as many as you may; delete one to make room.")

    async def page(self, owner_id: str, upto: int | None, limit: int) -> tuple[list[Conversation], int | None]:
        """At most `limit` conversations with numbers up to `upto` (None: all), newest first, and where the next begin.

        Deleted ones leave holes in the numbers, so a page may take several reads, each of which looks further down.
        """
        top = await self._store.count(owner_id)
        if upto is not None:  # a client may make up any number, and there is nothing above the count to look through
            top = min(top, upto)
        items: list[Conversation] = []
        span = limit + 1  # the one more tells whether there is a next page
        while top > 0 and len(items) <= limit:
            bottom = max(0, top - span)
            items += await self._store.numbered(owner_id, bottom, top)
            top, span = bottom, span * 4
        return items[:limit], items[limit].number if len(items) > limit else None

    async def get(self, owner_id: str, conversation_id: str) -> Conversation:
        """The conversation."""
        found = await self._store.get(owner_id, conversation_id)
        if found is None:
            raise NotFound("No such conversation.")
        return found

    async def change(self, owner_id: str, conversation_id: str, changes: Mapping[str, Any]) -> Conversation:
        """Give it another `title`, or none; keep it out of learning, or no longer (`learn`)."""
        if not await self._store.change(owner_id, conversation_id, changes, datetime.now(UTC)):
            raise NotFound("No such conversation.")
        return await self.get(owner_id, conversation_id)

    async def delete(self, owner_id: str, conversation_id: str) -> None:
        """Delete it with everything in it; a turn that is active there is stopped."""
        if not await self._store.delete(owner_id, conversation_id):
            raise NotFound("No such conversation.")
        for do in self._when_deleted:
            await do(owner_id, conversation_id)

    async def messages(
        self, owner_id: str, conversation_id: str, after: int, limit: int
    ) -> tuple[list[StoredMessage], int | None]:
        """At most `limit` messages that follow the first `after`, oldest first, and what to give as the next `after`.

        Those of a turn that is still active are among them.
        """
        await self.get(owner_id, conversation_id)
        found = await self._store.messages(owner_id, conversation_id, after, after + limit + 1)
        return found[:limit], after + limit if len(found) > limit else None

    async def history(self, conversation: Conversation) -> list[StoredMessage]:
        """Every message of the turns that have ended, oldest first."""
        if conversation.message_count == 0:
            return []
        return await self._store.messages(conversation.owner_id, conversation.id, 0, conversation.message_count)

    async def said(self, conversation: Conversation) -> list[StoredMessage]:
        """The same for work that needs some. Raises `InvalidRequest` where there are none."""
        kept = await self.history(conversation)
        if not kept:
            raise InvalidRequest(errors=[FieldError("conversation_id", "names a conversation without messages")])
        return kept
