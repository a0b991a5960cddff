"""The runs in the hands of this replica: taken, worked on, and handed over when it leaves."""

import asyncio
import contextlib

import structlog
from pymongo.errors import PyMongoError

from redraft.runs.reader import Reader
from redraft.runs.replicas import Replicas
from redraft.runs.run import Active
from redraft.runs.store import RunStore
from redraft.runs.strays import Strays
from redraft.runs.worker import LeaseLost, Worker
from redraft.runs.writer import Writer
from redraft.tasks import cancel

log = structlog.get_logger()

LEAVE_SECONDS = 5.0
"""How long a replica that goes down waits for runs that are just being stored."""


class Executor:
    """Works on runs until it leaves. `active` are those in its hands, by id; others read along there."""

    def __init__(
        self,
        active: dict[str, Active],
        store: RunStore,
        worker: Worker,
        writer: Writer,
        reader: Reader,
        replicas: Replicas,
        strays: Strays,
    ) -> None:
        self._active = active
        self._store = store
        self._worker = worker
        self._writer = writer
        self._reader = reader
        self._replicas = replicas
        self._strays = strays
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining: asyncio.Task[None] | None = None
        self.leaving = False

    def take(self, active: Active) -> None:
        """Begin to work on a run that is this replica's by the store."""
        earlier = self._active.get(active.record.id)
        if earlier is not None:  # lost while this replica was paused, and back before it had noticed
            earlier.lose()
        self._active[active.record.id] = active
        active.doing = task = asyncio.create_task(self._do(active))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def pulse(self) -> None:
        """Have the readers of silent runs send a comment: one timer for all, and not one for each at every token."""
        for active in self._active.values():
            active.log.pulse()

    def drain(self, seconds: float) -> None:
        """Begin to leave, and take so long for it."""
        if self._draining is None:
            self._draining = asyncio.create_task(self._leave(seconds))

    async def left(self) -> None:
        """Leave, at once where nothing has begun to drain; return when all is handed over."""
        await (self._draining or self._leave(0))

    async def _leave(self, drain_seconds: float) -> None:
        """Go down well: start nothing more, let runs end for so long, then hand the others over at once."""
        self.leaving = True
        await self._hand_over([active for active in self._active.values() if active.record.status == "queued"])
        if self._tasks and drain_seconds > 0:
            await asyncio.wait(set(self._tasks), timeout=drain_seconds)
        self._reader.close()
        await self._hand_over(list(self._active.values()))
        with contextlib.suppress(PyMongoError):  # then the lease runs out, and the others wait for that
            await self._replicas.leave()

    async def _hand_over(self, runs: list[Active]) -> None:
        """Let go of `runs`, so that others take them at once; those that are about to end may do so."""
        going = [active for active in runs if active.abandon()]
        if runs:  # those that were ending anyway are soon done; the others still note what they cost
            _, late = await asyncio.wait({active.doing for active in runs if active.doing}, timeout=LEAVE_SECONDS)
            for task in late:
                cancel(task)
        try:
            await self._writer.write_now(going)
            await self._store.lay_down([(active.record.owner_id, active.record.id, active.lease) for active in going])
        except PyMongoError as error:  # then the lease runs out, and the others wait for that
            log.warning("runs not handed over", runs=len(going), error=type(error).__name__)

    async def _do(self, active: Active) -> None:
        record = None
        try:
            record = await self._worker.do(active)
        except (LeaseLost, PyMongoError) as error:
            log.warning("no longer this replica's run", run_id=active.record.id, reason=type(error).__name__)
        finally:
            if self._active.get(active.record.id) is active:
                del self._active[active.record.id]
            if record is None:
                self._strays.expect()
            active.log.end()
            active.finished.set_result(record)
