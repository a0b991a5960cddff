"""Reflections: learned from a chat, read, rewritten one by one or all at once, forgotten."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from redraft.agents.addresses import addresses_in
from redraft.agents.learning import Forgotten
from redraft.agents.learning.knowledge import MOST_OF_EACH
from redraft.agents.memory import KINDS, Evidence, Kind, Reflection, Reflections, Scope
from redraft.config import Settings
from redraft.conversations import Conversations, bound, bound_texts, taken
from redraft.db import Write, now
from redraft.errors import Conflict, FieldError, InvalidRequest, LearningOff, NotFound, QuotaReached
from redraft.llm import Message
from redraft.reflections.models import ReflectionIn, ReflectionPatch, ReflectionRequest, ReflectionsIn, ScopeIn
from redraft.reflections.shaping import plain, plain_forgotten
from redraft.reflections.store import (
    ReflectionStore,
    changed_write,
    forgotten_writes,
    gone_write,
    new_writes,
)
from redraft.repeats import Attempt
from redraft.runs import Accepted, NewRun, Runs
from redraft.summaries import Due, RunningSummaries, due_in
from redraft.vault import OwnerKey
from redraft.web.idempotency import Idempotency

TRIES = 5
"""How often a change of one item is made anew because a run has changed that item meanwhile."""


@dataclass(frozen=True)
class _Said:
    """The chat to learn from, with the id and the time of each message."""

    messages: list[Message]
    ids: list[str]
    times: list[datetime | None]


class Reflecting:
    """Starts reflections and keeps what came of them."""

    def __init__(
        self,
        runs: Runs,
        store: ReflectionStore,
        conversations: Conversations,
        summaries: RunningSummaries,
        settings: Settings,
    ) -> None:
        self._runs = runs
        self._store = store
        self._summaries = summaries
        self._conversations = conversations
        self._settings = settings

    async def start(self, owner_id: str, ask: ReflectionRequest, idempotency: Idempotency | None) -> Accepted:
        """Check everything, then accept the run.

        Raises `NotFound`, `InvalidRequest`, `TooLarge`, `KeyReused`, and `LearningOff`.
        """
        again = await self._runs.earlier(owner_id, idempotency)
        if again is not None:
            return again
        if not self._settings.learning:
            raise LearningOff("This deployment learns nothing of its users (`REDRAFT_LEARNING`).")
        said = await self._chat(owner_id, ask)
        bound(said.messages, self._settings)
        document = ask.document
        if document is not None:
            bound_texts({"document.editing": document.editing}, self._settings)
        due: Due | None = None
        if ask.summary:
            due = await due_in(self._summaries, owner_id, ask.conversation_id, said.messages)
        given = {
            "messages": said.messages,
            "ids": said.ids,
            "times": [at.isoformat() if at else None for at in said.times],
            "at": now().isoformat(),
            "learned": 0 if ask.again else await self._store.learned(owner_id, said.messages),
            "document": document.editing if document else None,
            "name": document.name if document else None,
            "conversation_id": ask.conversation_id,
            "known": plain(await self._store.known(owner_id)),
            "forgotten": plain_forgotten(await self._store.forgotten(owner_id)),
            "summary": asdict(due) if due else None,
        }
        return await self._runs.start(
            NewRun("reflection", owner_id, given, on_disconnect=ask.on_disconnect, idempotency=idempotency)
        )

    async def known(self, owner_id: str) -> Reflections:
        """All that is known of this user."""
        return await self._store.known(owner_id)

    async def rewrite(self, owner_id: str, wanted: ReflectionsIn, attempt: Attempt) -> Reflections:
        """Have exactly `wanted`; an id that is not one of this user's is replaced by a new one.

        What is no longer there is remembered as deleted.
        """
        known, key = await self._store.known(owner_id), await self._store.key(owner_id)
        moment = now()
        kept = {each.id: each for kind in KINDS for each in known.of(kind)}
        new_ids = (attempt.new_id("ref", place) for place in itertools.count())
        noted = {each.text: each.addresses for each in kept.values()}
        left = dict(kept)
        after: dict[Kind, tuple[Reflection, ...]] = {
            "style": tuple(_kept(each, left, new_ids, noted, moment) for each in wanted.style),
            "facts": tuple(_kept(each, left, new_ids, noted, moment) for each in wanted.facts),
        }
        writes: list[Write] = []
        for kind in KINDS:
            writes += new_writes(owner_id, key, kind, [each for each in after[kind] if each.id not in kept], moment)
            changed = [each for each in after[kind] if each.id in kept and each != kept[each.id]]
            writes += [changed_write(owner_id, key, kind, each) for each in changed]
        for kind in KINDS:
            for each in known.of(kind):
                if each.id in left:
                    writes += _deleted(owner_id, key, kind, each, moment)
        await self._store.write(writes)
        return await self._store.known(owner_id)

    async def change(self, owner_id: str, reflection_id: str, wanted: ReflectionPatch) -> Reflection | None:
        """Have one item as `wanted`; None when that deletes it. Raises `NotFound`, `InvalidRequest`, `QuotaReached`."""
        for _ in range(TRIES):
            known, key = await self._store.known(owner_id), await self._store.key(owner_id)
            kind, item = _find(known, reflection_id)
            if wanted.contradiction is not None and item.contradiction is None:
                raise InvalidRequest(errors=[FieldError("contradiction", "no chat says otherwise: leave it out")])
            to = wanted.kind or kind
            if to != kind and len(known.of(to)) >= MOST_OF_EACH:
                raise QuotaReached(
                    f"You keep {MOST_OF_EACH} of this kind, as many as you may; delete one to make room."
                )
            made = await self._changed(owner_id, item, wanted)
            if made is None:
                await self.delete(owner_id, reflection_id)
                return None
            if made == item and to == kind:
                return item
            if await self._store.write([changed_write(owner_id, key, to, made)]):
                return replace(made, rev=made.rev + 1)
        raise Conflict("The item is being changed by something else: try again.")

    async def delete(self, owner_id: str, reflection_id: str) -> None:
        """Delete one item, and remember that it was. Raises `NotFound`."""
        for _ in range(TRIES):
            known, key = await self._store.known(owner_id), await self._store.key(owner_id)
            kind, item = _find(known, reflection_id)
            writes = _deleted(owner_id, key, kind, item, now())
            if await self._store.write(writes) == len(writes):
                return
        raise Conflict("The item is being changed by something else: try again.")

    async def forget(self, owner_id: str) -> None:
        """Delete all of it, and remember that it was."""
        known, key = await self._store.known(owner_id), await self._store.key(owner_id)
        moment = now()
        gone = [_deleted(owner_id, key, kind, each, moment) for kind in KINDS for each in known.of(kind)]
        await self._store.write(itertools.chain.from_iterable(gone))

    async def _changed(self, owner_id: str, item: Reflection, wanted: ReflectionPatch) -> Reflection | None:
        moment, told = now(), item.contradiction
        if wanted.contradiction is not None and told is not None:
            if wanted.contradiction == "accept" and told.text is None:
                return None
            if wanted.contradiction == "accept" and told.text is not None:
                item = replace(item, text=told.text, evidence=told.evidence, addresses=addresses_in(told.text))
            item = replace(item, contradiction=None, confirmed=True, updated_at=moment)
        if wanted.text is not None and (text := " ".join(wanted.text.split())) != item.text:
            if not text:
                raise InvalidRequest(errors=[FieldError("text", "is blank: say something, or delete the item")])
            item = replace(item, text=text, addresses=addresses_in(text), origin="user", updated_at=moment)
        if wanted.scope is not None:
            item = replace(item, scope=await self._scope(owner_id, wanted.scope), updated_at=moment)
        if wanted.confirmed is not None:
            item = replace(item, confirmed=wanted.confirmed, updated_at=moment)
        return item

    async def _scope(self, owner_id: str, wanted: ScopeIn) -> Scope:
        if (wanted.of == "user") != (wanted.id is None):
            fix = "belongs to a document or a conversation: name it there, and leave it out for `user`"
            raise InvalidRequest(errors=[FieldError("scope.id", fix)])
        if wanted.of == "conversation":
            await self._conversations.get(owner_id, wanted.id or "")
        return Scope(wanted.of, wanted.id)

    async def _chat(self, owner_id: str, ask: ReflectionRequest) -> _Said:
        if (ask.messages is None) == (ask.conversation_id is None):
            raise InvalidRequest(errors=[FieldError("messages", "send either messages or a conversation_id")])
        if ask.messages is not None:
            ids = [message.id or str(place) for place, message in enumerate(ask.messages)]
            times = [message.created_at for message in ask.messages]
            return _Said(await taken(ask.messages, self._settings), ids, times)
        conversation = await self._conversations.get(owner_id, ask.conversation_id or "")
        if not conversation.learn:
            raise LearningOff("This conversation is kept out of learning: say `learn: true` of it first.")
        kept = await self._conversations.said(conversation)
        return _Said([each.plain() for each in kept], [each.id for each in kept], [each.created_at for each in kept])


def _find(known: Reflections, reflection_id: str) -> tuple[Kind, Reflection]:
    for kind in KINDS:
        for each in known.of(kind):
            if each.id == reflection_id:
                return kind, each
    raise NotFound("No such reflection.")


def _deleted(owner_id: str, key: OwnerKey, kind: Kind, item: Reflection, at: datetime) -> list[Write]:
    """The writes that remember that an item was deleted, and delete it: in between it is there, to be deleted again."""
    return [*forgotten_writes(owner_id, key, [Forgotten(item.id, kind, item.text, at)]), gone_write(owner_id, item)]


def _kept(
    wanted: ReflectionIn,
    left: dict[str, Reflection],
    new_ids: Iterator[str],
    noted: Mapping[str, tuple[str, ...]],
    at: datetime,
) -> Reflection:
    """Under its id when that is one of the user's own, and not taken already: then it is no longer `left`.

    The addresses in a new text are the user's, who wrote it. One that is sent back as it was learned is not: `noted`
    has the addresses of each text that was known.
    """
    item = left.pop(wanted.id or "", None)
    text = " ".join(wanted.text.split())
    if not text:
        raise InvalidRequest(errors=[FieldError("text", "is blank: say something, or leave the item out")])
    if item is not None and item.text == text:
        return item
    addresses = noted[text] if text in noted else addresses_in(text)
    evidence = tuple(Evidence(each) for each in wanted.message_ids)
    if item is not None:
        evidence = item.evidence if wanted.message_ids == list(item.message_ids) else evidence
        return replace(item, text=text, addresses=addresses, evidence=evidence, origin="user", updated_at=at)
    return Reflection(next(new_ids), text, evidence, addresses, origin="user", created_at=at, updated_at=at)
