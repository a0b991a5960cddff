"""Reflections: learned from a chat, read, rewritten, forgotten."""

import itertools
from collections.abc import Iterator, Mapping

from redraft.agents.addresses import addresses_in
from redraft.agents.memory import Reflection, Reflections
from redraft.config import Settings
from redraft.conversations import Conversations, bound, bound_texts, taken
from redraft.errors import FieldError, InvalidRequest
from redraft.reflections.models import ReflectionIn, ReflectionRequest, ReflectionsIn
from redraft.reflections.store import ReflectionStore
from redraft.reflections.work import plain
from redraft.repeats import Attempt
from redraft.runs import Accepted, NewRun, Runs
from redraft.web.idempotency import Idempotency


class Reflecting:
    """Starts reflections and keeps what came of them."""

    def __init__(self, runs: Runs, store: ReflectionStore, conversations: Conversations, settings: Settings) -> None:
        self._runs = runs
        self._store = store
        self._conversations = conversations
        self._settings = settings

    async def start(self, owner_id: str, ask: ReflectionRequest, idempotency: Idempotency | None) -> Accepted:
        """Check everything, then accept the run. Raises `NotFound`, `InvalidRequest`, `TooLarge`, `KeyReused`."""
        again = await self._runs.earlier(owner_id, idempotency)
        if again is not None:
            return again
        ids, messages = await self._chat(owner_id, ask)
        bound(messages, self._settings)
        if ask.document is not None:
            bound_texts({"document.editing": ask.document.editing}, self._settings)
        known = await self._store.known(owner_id)
        document = ask.document.editing if ask.document else None
        given = {"messages": messages, "ids": ids, "document": document, "known": plain(known)}
        return await self._runs.start(
            NewRun("reflection", owner_id, given, on_disconnect=ask.on_disconnect, idempotency=idempotency)
        )

    async def known(self, owner_id: str) -> Reflections:
        """All that is known of this user."""
        return await self._store.known(owner_id)

    async def rewrite(self, owner_id: str, wanted: ReflectionsIn, attempt: Attempt) -> Reflections:
        """Have exactly `wanted`; an id that is not one of this user's is replaced by a new one."""
        known = await self._store.known(owner_id)
        ids = {each.id for each in (*known.style, *known.facts)}
        new_ids = (attempt.new_id("ref", place) for place in itertools.count())
        noted = {each.text: each.addresses for each in (*known.style, *known.facts)}
        style, facts = (
            tuple(_kept(each, ids, new_ids, noted) for each in items) for items in (wanted.style, wanted.facts)
        )
        await self._store.replace(owner_id, Reflections(style, facts))
        return Reflections(style, facts)

    async def forget(self, owner_id: str) -> None:
        """Delete all of it."""
        await self._store.erase(owner_id)

    async def _chat(self, owner_id: str, ask: ReflectionRequest) -> tuple[list[str], list[dict[str, object]]]:
        if (ask.messages is None) == (ask.conversation_id is None):
            raise InvalidRequest(errors=[FieldError("messages", "send either messages or a conversation_id")])
        if ask.messages is not None:
            ids = [message.id or str(place) for place, message in enumerate(ask.messages)]
            return ids, await taken(ask.messages, self._settings)
        conversation = await self._conversations.get(owner_id, ask.conversation_id or "")
        kept = await self._conversations.history(conversation)
        if not kept:
            raise InvalidRequest(errors=[FieldError("conversation_id", "names a conversation without messages")])
        return [message.id for message in kept], [message.plain() for message in kept]


def _kept(
    item: ReflectionIn, ids: set[str], new_ids: Iterator[str], noted: Mapping[str, tuple[str, ...]]
) -> Reflection:
    """Under its id when that is one of the user's own, and not taken already.

    The addresses in a new text are the user's, who wrote it. One that is sent back as it was learned is not: `noted`
    has the addresses of each text that was known.
    """
    own = item.id if item.id in ids else None
    ids.discard(own or "")
    text = " ".join(item.text.split())
    addresses = noted[text] if text in noted else addresses_in(text)
    return Reflection(own or next(new_ids), text, tuple(item.message_ids), addresses)
