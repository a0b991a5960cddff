"""What others do with runs: start them, watch them, stop them. The one class of this room that they know."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from datetime import timedelta
from functools import partial
from typing import Any

from starlette.requests import Request

from redraft.config import Settings
from redraft.conversations import ConversationStore, WhenDeleted
from redraft.db import Database, patiently
from redraft.errors import NotFound, Unavailable, from_problem
from redraft.ids import new_id
from redraft.llm import Models
from redraft.runs.accepting import Accepted, Accepting, Door
from redraft.runs.events import Encoder
from redraft.runs.executor import Executor
from redraft.runs.expecting import Expecting
from redraft.runs.history import Histories
from redraft.runs.models import NewRun, RunRecord
from redraft.runs.native import native
from redraft.runs.open_streams import OpenStreams
from redraft.runs.queue import Queue
from redraft.runs.reader import Reader
from redraft.runs.replicas import Replicas
from redraft.runs.run import Active
from redraft.runs.settle import Settler
from redraft.runs.slots import Caps, Slots
from redraft.runs.store import RunStore
from redraft.runs.strays import Strays
from redraft.runs.sweeper import BEATS_A_LEASE, Sweeper, every
from redraft.runs.user_data import RunData
from redraft.runs.work import Work
from redraft.runs.worker import Worker
from redraft.runs.writer import Writer
from redraft.tasks import end
from redraft.usage import Budgets
from redraft.vault import Vault
from redraft.web.endings import while_signed_in
from redraft.web.idempotency import Idempotency
from redraft.web.sse import EventStream, watching

LEFT_SECONDS = 30.0
"""How long a database that is away is told that a client has left."""
DROP_SECONDS = 5.0
"""How long the deletion of a conversation waits for its turns to stop, so that their cost is on record."""


class Runs:
    """Starts runs and lets their owners watch, stop and await them. See `Work` for how a kind is registered.

    Heartbeats have a connection of their own, `vital`: a replica that is busy must not be taken for dead.
    """

    def __init__(
        self,
        database: Database,
        vital: Database,
        vault: Vault,
        conversations: ConversationStore,
        budgets: Budgets,
        models: Models,
        settings: Settings,
    ) -> None:
        self.replica = new_id("replica")
        self._settings = settings
        self._kinds: dict[str, Work] = {}
        self._active: dict[str, Active] = {}
        self._elsewhere: list[Callable[[str, Idempotency], Awaitable[None]]] = []
        self._store = store = RunStore(database, vault, timedelta(seconds=settings.run_replay_seconds))
        budgets.ask_runs(store.stored)
        self._slots = Slots(
            Caps(settings.run_slots, settings.run_slots_per_user, settings.run_queue, settings.run_queue_per_user)
        )
        share = settings.run_flush_share
        self._writer = Writer(store, self._active, settings.run_flush_seconds * share / (1 - share))
        self._reader = Reader(
            store, self._active, poll_seconds=settings.run_poll_seconds, ping_seconds=settings.ping_seconds
        )
        self._settler = Settler(store, conversations, database, vault, self._kinds, operator_pays=budgets.operator_pays)
        most = settings.run_queue_per_conversation
        self._queue = Queue(store, self._writer, self._settler, conversations, self._active, most)
        self._streams = OpenStreams(settings.streams_per_user)
        self._histories = Histories(conversations, settings.run_store_seconds, settings.run_history_bytes)
        worker = Worker(
            store,
            self._writer,
            self._settler,
            self._queue,
            self._histories,
            models,
            budgets,
            self._slots,
            self._kinds,
            settings,
        )
        self._replicas = replicas = Replicas(vital, self.replica, settings.replica_lease_seconds)
        strays = Strays()
        self._executor = executor = Executor(self._active, store, worker, self._writer, self._reader, replicas, strays)
        door = Door(self.replica, lambda: executor.leaving or replicas.lapsed, executor.take, strays)
        self._accepting = Accepting(
            store,
            self._queue,
            self._settler,
            self._slots,
            budgets,
            Expecting(budgets, models, self._kinds),
            vault,
            door,
        )
        self._sweeper = Sweeper(
            store,
            replicas,
            vault,
            replica=self.replica,
            active=self._active,
            starting=self._accepting.starting,
            take=executor.take,
            room=lambda: 0 if executor.leaving else self._slots.room,
            settle=self._settler.settle,
            strays=strays,
            kept=timedelta(days=settings.run_days),
        )

    @property
    def user_data(self) -> RunData:
        """Exports and erases what is kept of a user's runs."""
        return RunData(self._store)

    async def drop(self, owner_id: str, conversation_id: str) -> None:
        """Stop what is active or waits in a conversation that was deleted, and then delete its runs."""
        live = await self._store.live_in(owner_id, conversation_id)
        stops = (self.stop(owner_id, run_id, DROP_SECONDS) for run_id in live)
        await asyncio.gather(*stops, return_exceptions=True)
        await self._store.drop(owner_id, conversation_id)
        self._histories.drop(conversation_id)
        for active in self._active.values():
            if active.record.turn is not None and active.record.turn.conversation_id == conversation_id:
                active.lose()

    def when_gone(self, do: WhenDeleted) -> None:
        """Have `do` called where a run has ended and its conversation was deleted meanwhile, for what it left there."""
        self._settler.when_gone.append(do)

    def let_go(self, owner_ids: Collection[str]) -> None:
        """Give up the runs of users who were erased, whose models would be asked on for nobody."""
        self._histories.forget(owner_ids)
        for active in self._active.values():
            if active.record.owner_id in owner_ids:
                active.lose()

    def keys_elsewhere(self, refuse_known: Callable[[str, Idempotency], Awaitable[None]]) -> None:
        """Have `refuse_known` refuse idempotency keys that belong to requests other than runs."""
        self._elsewhere.append(refuse_known)

    async def knows(self, owner_id: str, sent: Idempotency) -> bool:
        """Whether a run of this owner was started under the idempotency key of `sent`."""
        return await self._store.with_key(owner_id, sent) is not None

    def register(self, work: Work) -> None:
        """Have runs of `work.kind` done by `work`."""
        self._kinds[work.kind] = work

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Do what replicas do beside their runs, for as long as the context lasts; then hand over what is not done."""
        settings = self._settings
        await self._replicas.beat()
        beside = [
            asyncio.create_task(every(settings.run_flush_seconds, self._writer.write, "events")),
            asyncio.create_task(
                every(settings.replica_lease_seconds / BEATS_A_LEASE, self._replicas.beat, "heartbeat")
            ),
            asyncio.create_task(every(settings.ping_seconds, self._executor.pulse, "pinging")),
            asyncio.create_task(every(settings.run_poll_seconds, self._look_elsewhere, "look")),
            asyncio.create_task(every(settings.run_sweep_seconds, self._sweeper.sweep, "sweep")),
        ]
        try:
            yield
        finally:
            await self._executor.left()
            await end(*beside)

    def drain(self) -> None:
        """Begin to leave, and take the drain time for it."""
        self._executor.drain(self._settings.run_drain_seconds)

    def leads(self) -> bool:
        """Whether this replica is the one that does what one of them is enough for. See `Replicas.leads`."""
        return self._replicas.leads

    async def ready(self) -> None:
        """Raise `Unavailable` while this replica takes no new runs."""
        self._accepting.check_open()

    async def earlier(self, owner_id: str, idempotency: Idempotency | None) -> Accepted | None:
        """The run that this very request has started before. A service asks this first, before it checks anything.

        Raises `KeyReused` when the key belongs to another request.
        """
        found = await self._accepting.earlier(owner_id, idempotency)
        if found is None and idempotency is not None:
            for refuse_known in self._elsewhere:
                await refuse_known(owner_id, idempotency)
        return found

    async def start(self, new: NewRun) -> Accepted:
        """Accept a run: once this returns, it is stored and will end. Everything else that can be refused was refused.

        Raises `RunActive` when another run is at work in that place of the conversation, `ConversationMoved` when it
        has ended there, `BudgetSpent`, `Overloaded`, and `Unavailable` when the run cannot be stored.
        """
        return await self._accepting.start(new)

    async def queue(self, new: NewRun, interrupts: str | None = None) -> Accepted:
        """Accept a turn that waits until the turns before it have ended; its `turn.after` is found out then.

        With `interrupts`, the id of a run, it goes before all that wait, and stops that run. Raises `QueueFull`, and as
        `start` does.
        """
        return await self._accepting.queue(new, interrupts)

    async def is_awaited(self, new: NewRun) -> bool:
        """Whether other turns wait for the conversation of this one already."""
        turn = new.turn
        return turn is not None and bool(await self._store.waiting(new.owner_id, turn.conversation_id))

    def stream(self, run: Accepted, encode: Encoder = native) -> EventStream:
        """All events of `run` as a response. When its client leaves, the run goes on or stops, as it was asked.

        The first stream of a run is never refused: the run is accepted, and runs have bounds of their own.
        """
        place = partial(self._streams.one, run.owner_id, refusing=run.again)
        return EventStream(self._encoded(run.owner_id, run.id, 0, encode), lambda: self._left(run), place)

    async def outcome(self, run: Accepted, request: Request) -> RunRecord:
        """Wait for the end and answer the finished run; raises the recorded error of one that failed.

        `request` tells when the client leaves: then the run goes on or stops, as it was asked. When the session ends
        that it came by, the run goes on, and `Unauthenticated` is raised.
        """
        async with while_signed_in(request.scope), watching(request.receive, lambda: self._left(run)):
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

    def answer(self, record: RunRecord) -> dict[str, Any] | None:
        """What the call that started a run answers, as JSON; None of one that has not ended, or not well."""
        if not record.ended or record.problem is not None:
            return None
        answer = self._kinds[record.kind].answer(record)
        return None if answer is None else answer.model_dump(mode="json")

    async def live(self, owner_id: str, conversation_id: str) -> list[RunRecord]:
        """The conversation's runs that have not ended: the one at work, then those that wait, in their order."""
        found = [
            await self._store.get(owner_id, run_id) for run_id in await self._store.live_in(owner_id, conversation_id)
        ]
        return [record for record in found if record is not None and not record.ended]

    async def events(self, owner_id: str, run_id: str, after: int, encode: Encoder = native) -> EventStream:
        """The events with ids above `after`, then what happens. Raises `NotFound`; the stream, `QuotaReached`."""
        active = self._active.get(run_id)
        if active is None or active.record.owner_id != owner_id:
            await self.get(owner_id, run_id)
        place = partial(self._streams.one, owner_id)
        return EventStream(self._encoded(owner_id, run_id, after, encode), while_open=place)

    async def stop(self, owner_id: str, run_id: str, wait_seconds: float = 2.0) -> RunRecord:
        """Stop a run, on whichever replica it is, and answer it; it may still be `running` after `wait_seconds`.

        What it has said so far is kept; of one that still waits, nothing. A run that has ended stays as it is.
        Raises `NotFound`.
        """
        record = await self.get(owner_id, run_id)
        if record.ended:
            return record
        if run_id in self._active:
            self._active[run_id].stop()  # first: the database may be away
        await self._store.ask_to_stop(owner_id, run_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_seconds):
                return await self._ended(owner_id, run_id)
        return await self.get(owner_id, run_id)

    @property
    def active(self) -> int:
        """How many runs this replica is working on."""
        return sum(active.record.status == "running" for active in self._active.values())

    async def _encoded(self, owner_id: str, run_id: str, after: int, encode: Encoder) -> AsyncIterator[bytes]:
        async for events in self._reader.follow(owner_id, run_id, after):
            yield encode(events)

    async def _look_elsewhere(self) -> None:
        """See what other replicas did that matters here."""
        await self._queue.look()
        await self._sweeper.stop_asked()

    async def _left(self, run: Accepted) -> None:
        if run.on_disconnect == "cancel":
            if run.id in self._active:
                self._active[run.id].stop()
            # Nobody is there to ask again when the database is away.
            await patiently(lambda: self._store.ask_to_stop(run.owner_id, run.id), LEFT_SECONDS)

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
            if self._executor.leaving:
                raise Unavailable("This replica is going down; another one finishes the turn.", retry_after=1)
            await asyncio.sleep(self._settings.run_poll_seconds)
