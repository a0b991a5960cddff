"""Does a run: its attempts, its one end, and what follows from it."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from redraft.conversations import ConversationStore, StoredMessage, count_write, message_writes
from redraft.db import Database, Write
from redraft.errors import ModelFailed, RedraftError
from redraft.llm import Models
from redraft.runs.log import ATTEMPT, Event
from redraft.runs.models import Outcome, RunRecord, Status
from redraft.runs.run import Active, Run
from redraft.runs.store import End, RunStore, now
from redraft.runs.usage import usage_of
from redraft.runs.work import Work
from redraft.runs.writer import Writer, note, progress
from redraft.usage import call_writes, observe
from redraft.vault import OwnerKey, Vault
from redraft.web.problems import problem

log = structlog.get_logger()


class LeaseLost(Exception):
    """Another replica works on the run by now; nothing that happens here counts."""


class Worker:
    """Works on runs of every registered kind. `attempts` bounds how often one is begun, on all replicas together."""

    def __init__(
        self,
        store: RunStore,
        conversations: ConversationStore,
        database: Database,
        vault: Vault,
        models: Models,
        writer: Writer,
        kinds: Mapping[str, Work],
        attempts: int,
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._database = database
        self._vault = vault
        self._models = models
        self._writer = writer
        self._kinds = kinds
        self._attempts = attempts

    async def do(self, active: Active) -> RunRecord:
        """Take the run to its end. Raises `LeaseLost` when another replica works on it by now."""
        status, outcome, error = await self._try(active)
        return await self._end(active, status, outcome, error)

    async def _try(self, active: Active) -> tuple[Status, Outcome, RedraftError | None]:
        """Work until there is an outcome. An attempt that fails after something was shown is begun again."""
        self._announce(active)
        while True:
            work = self._kinds[active.record.kind].work(Run(active, self._models))
            active.work = asyncio.ensure_future(work)
            if active.stopping or active.lost:
                active.work.cancel()
            try:
                await asyncio.wait({active.work})
            finally:
                active.work.cancel()
            if active.lost:
                raise LeaseLost
            if active.work.cancelled():
                return "stopped", Outcome(active.log.text()), None
            error = active.work.exception()
            if error is None:
                return "done", active.work.result(), None
            if isinstance(error, ModelFailed) and active.log.text() and active.log.attempt < self._attempts:
                active.log.restart()
                continue
            if not isinstance(error, RedraftError):
                log.error("run failed", run_id=active.record.id, kind=active.record.kind, exc_info=error)
                error = RedraftError()
            return "failed", Outcome(active.log.text() or None), error

    def _announce(self, active: Active) -> None:
        names = self._models.names()
        active.log.append(
            "run", {"run_id": active.record.id, "agent": active.record.kind, "model": names.get("chat", "")}
        )

    async def _end(self, active: Active, status: Status, outcome: Outcome, error: RedraftError | None) -> RunRecord:
        """Store the end in one write, do what follows, and only then show it."""
        ended_at = now()
        usage = usage_of(active.calls, active.record.created_at, active.first_token_at, ended_at)
        failure = None if error is None else problem(error, None)
        record = replace(
            active.record,
            status=status,
            attempt=active.log.attempt,
            ended_at=ended_at,
            calls=tuple(active.calls),
            outcome=outcome,
            problem=failure,
            usage=usage,
        )
        last = [("usage", _public(record)), ("error", failure) if failure else ("done", {"message": _answer(record)})]
        end = End(status, outcome, failure, usage, ended_at)
        async with active.writing:
            ending = _next_events(active, last)
            while not await self._store.end(progress(active, ending), end):
                await self._writer.catch_up(active)
                if active.lost:
                    raise LeaseLost
            note(active, progress(active, ending))
        observe(record.kind, record.calls)
        await self._settle_or_leave(record)
        for name, data in last:
            active.log.append(name, data)
        active.ended = True
        return record

    async def _settle_or_leave(self, record: RunRecord) -> None:
        try:
            await self.settle(record)
        except PyMongoError as error:
            log.warning("run not settled yet", run_id=record.id, error=type(error).__name__)

    async def settle(self, record: RunRecord) -> None:
        """Do everything that follows from an ended run; doing it again changes nothing."""
        assert record.ended_at is not None  # noqa: S101  ended runs only
        key = await self._vault.key(record.owner_id)
        writes = [
            *turn_writes(record, key),
            *call_writes(record.id, record.owner_id, record.kind, record.calls, record.ended_at),
            *self._kinds[record.kind].settle(record, key),
            self._store.settled(record.id),
        ]
        found = await self._database.write(writes)
        if found < len(writes) and record.turn is not None:
            await self._drop_if_deleted(record.owner_id, record.turn.conversation_id)

    async def _drop_if_deleted(self, owner_id: str, conversation_id: str) -> None:
        """Delete the messages again that were stored for a conversation that had been deleted meanwhile."""
        if await self._conversations.get(owner_id, conversation_id) is None:
            await self._conversations.delete_messages(owner_id, conversation_id)


def asked_writes(record: RunRecord, key: OwnerKey) -> list[Write]:
    """The writes that keep the user's messages of a turn."""
    return [] if record.turn is None else message_writes(_asked(record), key)


def turn_writes(record: RunRecord, key: OwnerKey) -> list[Write]:
    """The writes that keep an ended turn in its conversation: the answer, if there is any, and the new count."""
    turn = record.turn
    if turn is None:
        return []
    kept = _asked(record) if record.attempt > 1 else []
    count = turn.answer_seq - 1
    if record.outcome is not None and record.outcome.message:
        count = turn.answer_seq
        kept.append(
            StoredMessage(
                id=record.answer_id,
                conversation_id=turn.conversation_id,
                owner_id=record.owner_id,
                seq=count,
                role="assistant",
                content=record.outcome.message,
                status="complete" if record.status == "done" else "stopped",
                run_id=record.id,
                created_at=record.ended_at or record.created_at,
            )
        )
    counted = count_write(record.owner_id, turn.conversation_id, count, record.ended_at or record.created_at)
    return [*message_writes(kept, key), counted]


def _asked(record: RunRecord) -> list[StoredMessage]:
    turn = record.turn
    assert turn is not None  # noqa: S101  callers have looked
    return [
        StoredMessage(
            id=f"{record.answer_id}_{place}",
            conversation_id=turn.conversation_id,
            owner_id=record.owner_id,
            seq=turn.after + place,
            role=message["role"],
            content=message["content"],
            status="complete",
            run_id=record.id,
            created_at=record.created_at,
        )
        for place, message in enumerate(turn.messages, start=1)
    ]


def _next_events(active: Active, shown: list[tuple[str, dict[str, Any]]]) -> list[Event]:
    base = (active.log.attempt - 1) * ATTEMPT + active.log.last
    return [Event(base + place, name, data) for place, (name, data) in enumerate(shown, start=1)]


def _answer(record: RunRecord) -> dict[str, Any]:
    text = record.outcome.message if record.outcome is not None else None
    status = "complete" if record.status == "done" else "stopped"
    return {"id": record.answer_id, "role": "assistant", "content": text or "", "status": status}


def _public(record: RunRecord) -> dict[str, Any]:
    assert record.usage is not None  # noqa: S101  ended runs have it
    return dict(vars(record.usage))
