"""Summaries on request, and the one that each conversation has."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from redraft.agents.history import RunningSummary, prefix_keys
from redraft.agents.messages import characters, leading
from redraft.agents.sections import has_words
from redraft.config import Settings
from redraft.conversations import Conversation, Conversations, StoredMessage, bound, taken
from redraft.errors import Conflict, FieldError, InvalidRequest, NotFound
from redraft.runs import Accepted, NewRun, OnDisconnect, Runs
from redraft.summaries.due import due_in
from redraft.summaries.models import ConversationSummary, SummaryRedo, SummaryRequest
from redraft.summaries.running import KeptSummary, Made, RunningSummaries
from redraft.threads import in_thread_if_long
from redraft.web.idempotency import Idempotency

TRIES = 5
"""To write a correction beside a summary that is being written: each one that fails, another has succeeded."""


class Summaries:
    """Starts summaries, and keeps those of conversations."""

    def __init__(self, runs: Runs, conversations: Conversations, running: RunningSummaries, settings: Settings) -> None:
        self._runs = runs
        self._conversations = conversations
        self._running = running
        self._settings = settings

    async def start(self, owner_id: str, ask: SummaryRequest, idempotency: Idempotency | None) -> Accepted:
        """Check everything, then accept the run. Raises `NotFound`, `InvalidRequest`, `TooLarge`, `KeyReused`."""
        again = await self._runs.earlier(owner_id, idempotency)
        if again is not None:
            return again
        if (ask.messages is None) == (ask.conversation_id is None):
            raise InvalidRequest(errors=[FieldError("messages", "send either messages or a conversation_id")])
        if ask.messages is not None:
            given: dict[str, Any] = {"messages": await taken(ask.messages, self._settings), "previous": ask.previous}
        else:
            conversation, history = await self._read(owner_id, ask.conversation_id or "")
            given = await self._rest(conversation, history, ask.previous, from_scratch=False)
        return await self._started(owner_id, given, ask.on_disconnect, idempotency)

    async def redo(
        self, owner_id: str, conversation_id: str, ask: SummaryRedo, idempotency: Idempotency | None
    ) -> Accepted:
        """The same for the conversation of this id. Raises as `start` does."""
        again = await self._runs.earlier(owner_id, idempotency)
        if again is not None:
            return again
        conversation, history = await self._read(owner_id, conversation_id)
        given = await self._rest(conversation, history, None, from_scratch=ask.from_scratch)
        return await self._started(owner_id, given, ask.on_disconnect, idempotency)

    async def of_conversation(self, owner_id: str, conversation_id: str) -> ConversationSummary:
        """The summary there is. Raises `NotFound`."""
        conversation = await self._conversations.get(owner_id, conversation_id)
        history = await self._conversations.history(conversation)
        kept, _ = await self._running.of_conversation(owner_id, conversation_id, _plain(history))
        if kept is None:
            raise NotFound("This conversation has no summary yet; POST makes one.")
        return _view(kept, history)

    async def correct(self, owner_id: str, conversation_id: str, text: str) -> ConversationSummary:
        """Have the summary say `text`, in the user's own words. Raises `NotFound`, `InvalidRequest`, `Conflict`."""
        if not has_words(text):
            raise InvalidRequest(errors=[FieldError("summary", "is empty: write it, or DELETE it")])
        for _ in range(TRIES):
            _, history = await self._read(owner_id, conversation_id)
            messages = _plain(history)
            kept, seen = await self._running.of_conversation(owner_id, conversation_id, messages)
            moment = datetime.now(UTC)
            if kept is None:
                chat = leading(messages)[1]
                keys = await in_thread_if_long(characters(chat), prefix_keys, chat)
                nobody = Made(None, None, None, None, None, moment, moment)
                kept = KeptSummary("", len(chat), keys[-1], True, seen, nobody)
            made = replace(kept.made, created_at=kept.made.created_at or moment, updated_at=moment)
            summary = RunningSummary(text.strip(), kept.count, kept.key, own=True)
            if await self._running.keep(owner_id, conversation_id, summary, made, seen):
                # The first one may have been beaten by another, which is found then.
                now, _ = await self._running.of_conversation(owner_id, conversation_id, messages)
                if now is not None and (seen or now.text == summary.text):
                    return _view(replace(kept, text=summary.text, edited=True, made=made), history)
            await self._drop_if_gone(owner_id, conversation_id)
        raise Conflict("The summary is being written by others. Try again.")

    async def forget(self, owner_id: str, conversation_id: str) -> None:
        """Delete it. Raises `NotFound`."""
        await self.of_conversation(owner_id, conversation_id)
        await self._running.drop(owner_id, conversation_id)

    async def _read(self, owner_id: str, conversation_id: str) -> tuple[Conversation, list[StoredMessage]]:
        conversation = await self._conversations.get(owner_id, conversation_id)
        return conversation, await self._conversations.said(conversation)

    async def _rest(
        self, conversation: Conversation, history: list[StoredMessage], previous: str | None, *, from_scratch: bool
    ) -> dict[str, Any]:
        """What a run needs to bring the conversation's summary up to date: the messages since, or none."""
        messages = _plain(history)
        if previous is not None:
            return {"messages": messages, "previous": previous}
        owner_id, name = conversation.owner_id, conversation.id
        due = await due_in(self._running, owner_id, name, messages, from_scratch=from_scratch)
        return {
            "messages": leading(messages)[1][due.start :],
            "previous": due.previous,
            "own": due.own,
            "conversation_id": conversation.id,
            "summary": {"count": due.count, "key": due.key, "seen": due.seen},
        }

    async def _started(
        self, owner_id: str, given: dict[str, Any], on_disconnect: OnDisconnect, idempotency: Idempotency | None
    ) -> Accepted:
        bound(given["messages"], self._settings)
        return await self._runs.start(
            NewRun("summary", owner_id, given, on_disconnect=on_disconnect, idempotency=idempotency)
        )

    async def _drop_if_gone(self, owner_id: str, conversation_id: str) -> None:
        try:
            await self._conversations.get(owner_id, conversation_id)
        except NotFound:
            await self._running.drop(owner_id, conversation_id)
            raise


def _plain(history: list[StoredMessage]) -> list[dict[str, Any]]:
    return [message.plain() for message in history]


def _view(kept: KeptSummary, history: list[StoredMessage]) -> ConversationSummary:
    covered = len(leading(_plain(history))[0]) + kept.count
    return ConversationSummary(
        summary=kept.text,
        messages=covered,
        last_message_id=history[covered - 1].id,
        edited=kept.edited,
        **asdict(kept.made),
    )
