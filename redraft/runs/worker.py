"""Does a run: its attempts, its one end, and what follows from it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import structlog
from pymongo.errors import PyMongoError

from redraft.away import is_too_large
from redraft.config import Settings
from redraft.db import Write, now
from redraft.errors import Interrupted, ModelFailed, PromptTooLong, RedraftError, TooLarge
from redraft.llm import Models
from redraft.runs.ending import last_events
from redraft.runs.events import Event, RunQueued, RunRestarted, RunStarted, Token, text_of
from redraft.runs.history import Histories
from redraft.runs.links import with_links
from redraft.runs.log import unpack
from redraft.runs.models import Outcome, RunRecord, Status
from redraft.runs.queue import Queue
from redraft.runs.run import Active, Run
from redraft.runs.settle import Settler
from redraft.runs.slots import Slots
from redraft.runs.store import RunStore
from redraft.runs.stored import End
from redraft.runs.work import Work
from redraft.runs.writer import Writer, note, progress
from redraft.tasks import cancel
from redraft.usage import Budgets, observe
from redraft.vault import OwnerKey
from redraft.web.problems import problem

log = structlog.get_logger()
T = TypeVar("T")

FIRST_PAUSE_SECONDS = 0.5
"""Before a failed attempt is begun again, and between two tries to store an end."""


DOES_NOT_FIT = "What this turn came to is more than the database holds of one turn. Ask for less at once."


class LeaseLost(Exception):
    """The run is not, or not any more, this replica's to end; nothing more that happens here counts."""


class Worker:
    """Works on runs of every registered kind."""

    def __init__(
        self,
        store: RunStore,
        writer: Writer,
        settler: Settler,
        queue: Queue,
        histories: Histories,
        models: Models,
        budgets: Budgets,
        slots: Slots,
        kinds: Mapping[str, Work],
        settings: Settings,
    ) -> None:
        self._store = store
        self._writer = writer
        self._settler = settler
        self._queue = queue
        self._histories = histories
        self._models = models
        self._budgets = budgets
        self._slots = slots
        self._kinds = kinds
        self._attempts = settings.run_attempts
        self._store_seconds = settings.run_store_seconds

    async def do(self, active: Active) -> RunRecord:
        """Take the run to its end. Raises `LeaseLost` when another replica works on it by now."""
        status, outcome, error = await self._try(active)
        outcome = await with_links(outcome, active.record, active.key, self._histories)
        return await self._end(active, status, outcome, error)

    async def _try(self, active: Active) -> tuple[Status, Outcome, RedraftError | None]:
        """Work until there is an outcome. An attempt that fails after something was shown is begun again."""
        if active.resumed:
            active.log.append(RunRestarted(active.log.attempt))
            if active.stopping or active.record.attempt > self._attempts:
                return await self._end_as_it_is(active)
        announced = self._announced(active.record)
        if active.record.status == "queued":
            refused = await self._queued(active, announced)
            if refused is not None:
                return refused
        elif active.log.first == 1:
            active.log.append(announced)
        pause = 0.0
        while True:
            work = await self._attempt(active, pause)
            if work.cancelled():
                return "stopped", Outcome(active.log.text()), None
            failure = work.exception()
            if failure is None:
                return "done", work.result(), None
            if isinstance(failure, ModelFailed) and active.log.text() and active.log.attempt < self._attempts:
                pause = 2 * pause or FIRST_PAUSE_SECONDS
                await self._begin_again(active)
                continue
            if not isinstance(failure, RedraftError):
                log.error("run failed", run_id=active.record.id, kind=active.record.kind, exc_info=failure)
                failure = RedraftError()
            return "failed", Outcome(active.log.text() or None), failure

    async def _queued(
        self, active: Active, announced: RunStarted
    ) -> tuple[Status, Outcome, RedraftError | None] | None:
        """Wait for a place in the conversation; None when there is one, and else how the run ends without."""
        if active.log.last == 0:
            active.log.append(RunQueued(active.record.id))
        waited = await self._stoppable(active, self._queue.wait(active, announced))
        if waited.cancelled():
            return "stopped", Outcome(), None
        failure = waited.exception()
        if failure is not None and not isinstance(failure, RedraftError):
            raise failure
        return None if failure is None else ("failed", Outcome(), failure)

    async def _attempt(self, active: Active, pause: float) -> "asyncio.Task[Outcome]":
        """Do the work once, when there is a slot for it, and answer the finished task. Raises `LeaseLost`."""

        async def work() -> Outcome:
            await asyncio.sleep(pause)
            async with self._slots.held(active.record.owner_id):
                return await self._fitted(active)

        return await self._stoppable(active, work())

    async def _fitted(self, active: Active) -> Outcome:
        """Do the work, and once more where a model's server has just told that its context is smaller than was known.

        What was answered by then is remembered. Each time the context is smaller, so this ends.
        """
        while True:
            known, shown = self._models.contexts(), active.log.last
            try:
                return await self._kinds[active.record.kind].work(
                    Run(active, self._models, self._histories, self._budgets)
                )
            except PromptTooLong:
                if self._models.contexts() == known or active.log.last != shown:
                    raise

    async def _stoppable(self, active: Active, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Do `work` as what `active.stop` cancels, and answer the finished task. Raises `LeaseLost`."""
        active.work = task = asyncio.create_task(work)
        if active.stopping or active.lost:
            cancel(task)
        try:
            await asyncio.wait({task})
        finally:
            cancel(task)
        if active.lost:
            raise LeaseLost
        return task

    async def _end_as_it_is(self, active: Active) -> tuple[Status, Outcome, RedraftError | None]:
        """End a run that was taken over and is not to go on. Readers may have seen more than was stored: they get what
        is kept once more, after the `restart`.
        """
        text = await self._stored_text(active)
        if text:
            active.log.append(Token(text))
        if active.stopping:
            return "stopped", Outcome(text), None
        return "failed", Outcome(text or None), Interrupted("The server was interrupted too often. Ask again.")

    async def _stored_text(self, active: Active) -> str:
        """What earlier attempts had said, as far as it was stored."""
        found = await self._store.batches(active.record.owner_id, active.record.id, 0)
        return text_of([event for batch in (found[0] if found else []) for event in unpack(batch)])

    def _announced(self, record: RunRecord) -> RunStarted:
        return RunStarted(record.id, record.kind, self._models.names().get("chat", ""))

    async def _end(self, active: Active, status: Status, outcome: Outcome, error: RedraftError | None) -> RunRecord:
        """Store the end and what follows in one round trip, and only then show it.

        One that is too large to be stored is a failure, and a small one: to try again would cost the same again.
        """
        if not active.overfull:
            record = await self._end_so(active, status, outcome, error)
            if record is not None:
                return record
            active.overfull = True
        record = await self._end_so(active, "failed", Outcome(), TooLarge(DOES_NOT_FIT), bare=True)
        if record is None:
            raise LeaseLost
        return record

    async def _end_so(
        self, active: Active, status: Status, outcome: Outcome, error: RedraftError | None, *, bare: bool = False
    ) -> RunRecord | None:
        """Store and show this end, `bare` as `RunStore.end` has it; None when it is too large to be stored.

        A run may be found overfull while this waits for its turn to write: an end that is no failure stays whole then.
        """
        ended_at = now()
        usage = active.usage(ended_at)
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
        last = last_events(record)
        try:
            await self._store_end(active, record, last, End(status, outcome, failure, usage, ended_at), bare=bare)
        except PyMongoError as refused:
            if not is_too_large(refused):
                raise
            log.warning("a run is too large to be stored", run_id=record.id, bare=bare)
            return None
        self._histories.keep(record, active.key)
        observe(record.kind, record.calls)
        for event in last:
            active.log.append(event)
        active.ended = True
        return record

    async def _begin_again(self, active: Active) -> None:
        """Begin the next attempt: stored before it is shown, as whoever takes this run over counts on from there.

        Two attempts of one number would give their events the same ids. Raises `LeaseLost`.
        """
        attempt = active.log.attempt + 1

        async def begin() -> bool:
            return await self._store.begin_again(active.record.owner_id, active.record.id, active.lease.token, attempt)

        async with active.writing:
            await self._insist(active, begin)
            active.log.restart()

    async def _store_end(self, active: Active, record: RunRecord, last: list[Event], end: End, *, bare: bool) -> None:
        """Store the end in one write with the last progress, and settle the run. Raises `LeaseLost`."""
        then = self._following(record, active.key)
        found: int | None = None

        async def write() -> bool:
            nonlocal found
            written = progress(active, last)
            found = await self._store.end(written, end, then, bare=bare)
            if found is not None:
                note(active, written)
            return found is not None

        async with active.writing:
            await self._insist(active, write)
        if found != len(then):
            await self._settle_or_leave(record)

    def _following(self, record: RunRecord, key: OwnerKey) -> list[Write]:
        try:
            return self._settler.writes(record, key)
        except Exception:
            # It must end all the same, and be seen to: the sweeper tries to settle it, and says why it cannot.
            log.exception("run cannot be settled", run_id=record.id)
            return []

    async def _insist(self, active: Active, write: Callable[[], Awaitable[bool]]) -> None:
        """Do `write` until it has found the run, however long the database is away, within bounds.

        Raises `LeaseLost`, and what the driver raises when the run would be too large.
        """
        until = time.monotonic() + self._store_seconds
        while not active.lost:
            try:
                if await write():
                    return
                await self._writer.catch_up(active)
            except PyMongoError as error:
                if is_too_large(error):
                    raise
                log.warning("not stored yet", run_id=active.record.id, error=type(error).__name__)
                if time.monotonic() > until:
                    break
                await asyncio.sleep(FIRST_PAUSE_SECONDS)
        raise LeaseLost

    async def _settle_or_leave(self, record: RunRecord) -> None:
        try:
            await self._settler.settle(record)
        except Exception as error:  # noqa: BLE001  the run has ended, and is stored: the sweeper settles it
            log.warning("run not settled yet", run_id=record.id, error=type(error).__name__)
