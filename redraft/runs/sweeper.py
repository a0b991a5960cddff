"""What a replica sees to beside its runs: stops it was asked for, what the dead left, ends not settled, old runs."""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Set
from datetime import timedelta

import structlog
from pymongo.errors import PyMongoError

from redraft.db import now
from redraft.errors import NotFound
from redraft.ids import new_id
from redraft.runs.models import RunRecord
from redraft.runs.replicas import Replicas
from redraft.runs.run import Active
from redraft.runs.store import RunStore
from redraft.runs.stored import Held, Lease
from redraft.runs.strays import Strays
from redraft.vault import Vault

log = structlog.get_logger()

BEATS_A_LEASE = 4
SETTLE_AFTER = timedelta(seconds=5)
"""By then the replica that ended a run has settled it, or will not."""
FORGET_EVERY_SECONDS = 60.0


class Sweeper:
    """Keeps the runs of this replica its own, and sees to it that no run of any replica is left without an end."""

    def __init__(
        self,
        store: RunStore,
        replicas: Replicas,
        vault: Vault,
        *,
        replica: str,
        active: Mapping[str, Active],
        starting: Set[str],
        take: Callable[[Active], None],
        room: Callable[[], int],
        settle: Callable[[RunRecord], Awaitable[None]],
        strays: Strays,
        kept: timedelta,
    ) -> None:
        self._store = store
        self._replicas = replicas
        self._vault = vault
        self._replica = replica
        self._active = active
        self._starting = starting
        self._take = take
        self._room = room
        self._settle = settle
        self._strays = strays
        self._kept = kept
        self._forgotten_at = -FORGET_EVERY_SECONDS
        self._unconfirmed: dict[str, str] = {}

    async def stop_asked(self) -> None:
        """Stop the runs of this replica that their owners asked another one to stop.

        Where there is no other, a look at each sweep is enough: one may just have come, or have been taken for dead.
        """
        if self._active and not self._replicas.alone:
            await self._stop_asked()

    async def _stop_asked(self) -> None:
        for run_id in await self._store.to_stop(self._replica):
            if run_id in self._active:
                self._active[run_id].stop()

    async def sweep(self) -> None:
        """Take over what dead replicas left, settle what was not settled, forget what is old enough.

        The first is for every replica, in a random order; the last, whose writes span all users, for one.
        """
        await self._replicas.look()
        if self._active and self._replicas.alone:
            await self._stop_asked()
        if self._replicas.steady:
            dead = self._replicas.dead()
            held = await self._store.held_by(dead)
            await self._take_over(held)
            if self._is_time_to_forget() and self._replicas.leads:
                await self._replicas.forget(set(dead) - {each.lease.replica for each in held})
        if self._strays.expected:
            await self._take_strays()
        else:
            self._unconfirmed.clear()
        await self._settle_all(await self._store.unsettled(now() - SETTLE_AFTER))
        if self._is_time_to_forget() and self._replicas.leads:
            await self._store.forget(now())
            if not await self._store.delete_before(now() - self._kept):
                self._forgotten_at = time.monotonic()  # else the next sweep goes on

    def _is_time_to_forget(self) -> bool:
        return time.monotonic() > self._forgotten_at + FORGET_EVERY_SECONDS

    async def _take_strays(self) -> None:
        """Take up runs that are this replica's by the store, and were not in its hands at the last look either."""
        held = await self._store.held_by([self._replica])
        strays = self._strays.again({found.run_id for found in held} - self._active.keys() - self._starting)
        found = [each for each in held if each.run_id in strays]
        taken = [each for each in found if self._unconfirmed.get(each.run_id) == each.lease.token]
        for each in taken:  # this replica did take them over, and that attempt is counted
            if self._room() > 0:
                del self._unconfirmed[each.run_id]
                await self._begin(each, each.lease)
        await self._take_over([each for each in found if each not in taken])

    async def _take_over(self, found: list[Held]) -> None:
        random.shuffle(found)  # others look at the same list in this moment
        for each in found:
            if self._room() < 1:
                return
            self._strays.expect()  # until it is in our hands: if this fails half-way, it is a stray
            lease = Lease(self._replica, new_id("lease"))
            self._unconfirmed[each.run_id] = lease.token  # until it is known whether that worked
            taken = await self._store.take_over(each, lease)
            if taken:
                await self._begin(each, lease)
            del self._unconfirmed[each.run_id]

    async def _begin(self, held: Held, lease: Lease) -> None:
        """Work on a run that is this replica's by the store, under `lease`."""
        with contextlib.suppress(NotFound):  # the owner was erased, and the run will be
            key = await self._vault.key(held.owner_id)
            record = await self._store.get(held.owner_id, held.run_id)
            if record is not None:
                log.info("took a run over", run_id=record.id, attempt=record.attempt)
                self._take(Active.taken_over(record, lease, key, stopping=held.stop_asked))

    async def _settle_all(self, records: list[RunRecord]) -> None:
        """Settle each; one that cannot be settled must not keep the others waiting."""
        done = await asyncio.gather(*(self._settle(record) for record in records), return_exceptions=True)
        for record, error in zip(records, done, strict=True):
            if isinstance(error, PyMongoError):
                log.warning("run not settled yet", run_id=record.id, error=type(error).__name__)
            elif isinstance(error, Exception):
                log.error("run not settled", run_id=record.id, exc_info=error)


async def every(seconds: float, do: Callable[[], Awaitable[None]], what: str) -> None:
    """Do it again and again until cancelled, whatever happens: a loop that ended would leave runs without an end."""
    while True:
        try:
            await do()
        except PyMongoError as error:
            log.warning("will try again", what=what, error=type(error).__name__)
        except Exception:
            log.exception("will try again", what=what)
        await asyncio.sleep(seconds)
