"""Summaries on request."""

from typing import Any

from redraft.config import Settings
from redraft.conversations import Conversations, bound, taken
from redraft.errors import FieldError, InvalidRequest
from redraft.runs import Accepted, NewRun, Runs
from redraft.summaries.models import SummaryRequest
from redraft.web.idempotency import Idempotency


class Summaries:
    """Starts summaries."""

    def __init__(self, runs: Runs, conversations: Conversations, settings: Settings) -> None:
        self._runs = runs
        self._conversations = conversations
        self._settings = settings

    async def start(self, owner_id: str, ask: SummaryRequest, idempotency: Idempotency | None) -> Accepted:
        """Check everything, then accept the run. Raises `NotFound`, `InvalidRequest`, `TooLarge`, `KeyReused`."""
        again = await self._runs.earlier(owner_id, idempotency)
        if again is not None:
            return again
        messages = await self._chat(owner_id, ask)
        bound(messages, self._settings)
        given = {"messages": messages, "previous": ask.previous}
        return await self._runs.start(
            NewRun("summary", owner_id, given, on_disconnect=ask.on_disconnect, idempotency=idempotency)
        )

    async def _chat(self, owner_id: str, ask: SummaryRequest) -> list[dict[str, Any]]:
        if (ask.messages is None) == (ask.conversation_id is None):
            raise InvalidRequest(errors=[FieldError("messages", "send either messages or a conversation_id")])
        if ask.messages is not None:
            return await taken(ask.messages, self._settings)
        conversation = await self._conversations.get(owner_id, ask.conversation_id or "")
        kept = await self._conversations.history(conversation)
        if not kept:
            raise InvalidRequest(errors=[FieldError("conversation_id", "names a conversation without messages")])
        return [message.plain() for message in kept]
