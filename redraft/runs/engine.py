"""The runs of this replica: started, watched, stopped."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from redraft.config import Settings
from redraft.conversations import ConversationStore
from redraft.db import Database, reachable
from redraft.errors import Conflict, ConversationMoved, KeyReused, NotFound, RunActive, from_problem
from redraft.ids import new_id
from redraft.llm import Models
from redraft.runs.log import Log
from redraft.runs.models import NewRun, OnDisconnect, RunRecord
from redraft.runs.reader import Reader
from redraft.runs.run import Active
from redraft.runs.store import Lease, RunStore, now
from redraft.runs.work import Work
from redraft.runs.worker import LeaseLost, Worker, asked_writes
from redraft.runs.writer import Writer
from redraft.vault import Vault
from redraft.web.idempotency import Idempotency
from redraft.web.sse import EventStream

log = structlog.get_logger()


@dataclass(frozen=True)
class Accepted:
    """A run that is stored, and so will end, whatever happens to this process."""

    id: str
    owner_id: str
    on_disconnect: OnDisconnect


class Runs:
    """Starts runs and lets their owners watch, stop and await them. See `Work` for how a kind is registered."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        conversations: ConversationStore,
        models: Models,
        settings: Settings,
    ) -> None:
        self.replica = new_id("replica")
        self._store = store = RunStore(database, vault, timedelta(seconds=settings.run_replay_seconds))
        self._vault = vault
        self._settings = settings
        self._kinds: dict[str, Work] = {}
        self._active: dict[str, Active] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._writer = Writer(store, self._active, settings.run_flush_seconds)
        self._reader = Reader(
            store,
            self._active,
            poll_seconds=settings.run_poll_seconds,
            ping_seconds=settings.ping_seconds,
        )
        self._worker = Worker(
            store, conversations, database, vault, models, self._writer, self._kinds, settings.run_attempts
        )

    def register(self, work: Work) -> None:
        """Have runs of `work.kind` done by `work`."""
        self._kinds[work.kind] = work

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Do what replicas do beside their runs, for as long as the context lasts."""
        beside = [asyncio.create_task(self._writer.keep_writing()), asyncio.create_task(self._keep_stopping())]
        try:
            yield
        finally:
            for task in [*beside, *self._tasks]:
                task.cancel()
            await asyncio.gather(*beside, *self._tasks, return_exceptions=True)

    async def earlier(self, owner_id: str, idempotency: Idempotency | None) -> Accepted | None:
        """The run that this very request has started before. A service asks this first, before it checks anything.

        Raises `KeyReused` when the key belongs to another request.
        """
        if idempotency is None:
            return None
        found = await self._store.with_key(owner_id, idempotency.key)
        if found is None:
            return None
        run_id, on_disconnect, fingerprint = found
        if fingerprint != idempotency.fingerprint:
            raise KeyReused("This Idempotency-Key was used for another request. Choose a new one.")
        return Accepted(run_id, owner_id, on_disconnect)

    async def start(self, new: NewRun) -> Accepted:
        """Accept a run: once this returns, it is stored and will end. Everything that can be refused was refused.

        Raises `RunActive` when another run is at work in that place of the conversation, `ConversationMoved` when it
        has ended there, `Unavailable` when the run cannot be stored.
        """
        record = RunRecord(
            id=new_id("run"),
            owner_id=new.owner_id,
            kind=new.kind,
            status="running",
            attempt=1,
            input=new.input,
            turn=new.turn,
            document_id=new.document_id,
            on_disconnect=new.on_disconnect,
            created_at=now(),
        )
        lease = Lease(self.replica, new_id("lease"))
        async with reachable():
            key = await self._vault.key(new.owner_id)
            stored = await self._store.insert(record.id, new, lease, record.created_at, asked_writes(record, key))
        if not stored:
            return await self._refused(new)
        self._take(Active(record, lease, key, Log(), []))
        return Accepted(record.id, record.owner_id, record.on_disconnect)

    def stream(self, run: Accepted) -> EventStream:
        """All events of `run` as a response. When its client leaves, the run goes on or stops, as it was asked."""
        leave = self._stopper(run) if run.on_disconnect == "cancel" else None
        return EventStream(self._reader.follow(run.owner_id, run.id, 0), leave)

    async def outcome(self, run: Accepted) -> RunRecord:
        """Wait for the end and answer the finished run; raises the recorded error of one that failed."""
        record = await self._ended(run.owner_id, run.id)
        if record.problem is not None:
            raise from_problem(record.problem)
        return record

    async def get(self, owner_id: str, run_id: str) -> RunRecord:
        """The run. Raises `NotFound`."""
        found = await self._store.get(owner_id, run_id)
        if found is None:
            raise NotFound("No such run.")
        return found

    async def events(self, owner_id: str, run_id: str, after: int) -> EventStream:
        """The events with ids above `after`, then what happens. Raises `NotFound`."""
        active = self._active.get(run_id)
        if active is None or active.record.owner_id != owner_id:
            await self.get(owner_id, run_id)
        return EventStream(self._reader.follow(owner_id, run_id, after))

    async def stop(self, owner_id: str, run_id: str, wait_seconds: float = 2.0) -> RunRecord:
        """Stop a run, on whichever replica it is, and answer it; it may still be `running` after `wait_seconds`.

        What it has said so far is kept. A run that has ended stays as it is. Raises `NotFound`.
        """
        record = await self.get(owner_id, run_id)
        if record.ended:
            return record
        await self._store.ask_to_stop(owner_id, run_id)
        if run_id in self._active:
            self._active[run_id].stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_seconds):
                return await self._ended(owner_id, run_id)
        return await self.get(owner_id, run_id)

    @property
    def active(self) -> int:
        """How many runs this replica is working on."""
        return len(self._active)

    def _take(self, active: Active) -> None:
        self._active[active.record.id] = active
        task = asyncio.create_task(self._do(active))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do(self, active: Active) -> None:
        record = None
        try:
            record = await self._worker.do(active)
        except LeaseLost:
            log.warning("lost a run to another replica", run_id=active.record.id)
        finally:
            del self._active[active.record.id]
            active.log.end()
            active.finished.set_result(record)

    async def _refused(self, new: NewRun) -> Accepted:
        """Say why a run could not be stored; the retry of a request that raced with itself gets its run."""
        again = await self.earlier(new.owner_id, new.idempotency)
        if again is not None:
            return again
        if new.turn is None:
            raise Conflict("The run could not be stored. Try again.")
        there = await self._store.at_place(new.owner_id, new.turn.conversation_id, new.turn.after)
        if there is not None and there.ended:
            await self._worker.settle(there)
            raise ConversationMoved("Another turn of this conversation has just ended. Try again.")
        raise RunActive("Another turn of this conversation is not finished. Wait for it, stop it, or say `if_active`.")

    async def _ended(self, owner_id: str, run_id: str) -> RunRecord:
        while True:
            active = self._active.get(run_id)
            if active is not None:
                record = await asyncio.shield(active.finished)
                if record is not None:
                    return record
            record = await self.get(owner_id, run_id)
            if record.ended:
                return record
            await asyncio.sleep(self._settings.run_poll_seconds)

    def _stopper(self, run: Accepted) -> Callable[[], Awaitable[None]]:
        async def stop() -> None:
            await self.stop(run.owner_id, run.id, wait_seconds=0)

        return stop

    async def _keep_stopping(self) -> None:
        """Stop what other replicas were asked to stop here."""
        while True:
            await asyncio.sleep(self._settings.run_poll_seconds)
            for run_id in await self._store.to_stop(self.replica):
                if run_id in self._active:
                    self._active[run_id].stop()
