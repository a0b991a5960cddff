"""How a run is accepted: everything that can be refused is refused before it is stored, and nothing after."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from redraft.db import now, reachable
from redraft.errors import Conflict, ConversationMoved, KeyReused, RunActive, TooLarge, Unavailable
from redraft.ids import new_id
from redraft.runs.expecting import Expecting
from redraft.runs.log import Log
from redraft.runs.models import LARGEST_RUN, NewRun, OnDisconnect, RunRecord, Wait
from redraft.runs.queue import Queue
from redraft.runs.run import Active
from redraft.runs.settle import Settler, asked_writes
from redraft.runs.slots import Slots
from redraft.runs.store import RunStore
from redraft.runs.stored import Lease
from redraft.runs.strays import Strays
from redraft.usage import Budgets
from redraft.vault import Vault
from redraft.web.idempotency import Idempotency


@dataclass(frozen=True)
class Accepted:
    """A run that is stored, and so will end, whatever happens to this process."""

    id: str
    owner_id: str
    on_disconnect: OnDisconnect
    again: bool = False
    """Whether an earlier request of the same key has started it."""


@dataclass(frozen=True)
class Door:
    """What this replica has to say about new runs.

    `closed` while it takes none; `take` begins to work on one that is stored; `strays` is told of one that may be.
    """

    replica: str
    closed: Callable[[], bool]
    take: Callable[[Active], None]
    strays: Strays


class Accepting:
    """Accepts runs for this replica. `starting` are the ids of those that are just being stored."""

    def __init__(
        self,
        store: RunStore,
        queue: Queue,
        settler: Settler,
        slots: Slots,
        budgets: Budgets,
        expecting: Expecting,
        vault: Vault,
        door: Door,
    ) -> None:
        self._store = store
        self._queue = queue
        self._settler = settler
        self._slots = slots
        self._budgets = budgets
        self._expecting = expecting
        self._vault = vault
        self._door = door
        self.starting: set[str] = set()

    async def earlier(self, owner_id: str, idempotency: Idempotency | None) -> Accepted | None:
        """See `Runs.earlier`."""
        if idempotency is None:
            return None
        found = await self._store.with_key(owner_id, idempotency)
        if found is None:
            return None
        run_id, on_disconnect, same = found
        if not same:
            raise KeyReused("This Idempotency-Key was used for another request. Choose a new one.")
        return Accepted(run_id, owner_id, on_disconnect, again=True)

    async def start(self, new: NewRun) -> Accepted:
        """See `Runs.start`."""
        return await self._accept(new, None) or await self._refused(new)

    async def queue(self, new: NewRun, interrupts: str | None) -> Accepted:
        """See `Runs.queue`."""
        assert new.turn is not None  # noqa: S101  only turns wait
        waiting = replace(new, turn=replace(new.turn, after=None))
        while True:  # each time round another turn was queued, so at last the queue is full
            wait = await self._queue.place(new.owner_id, new.turn.conversation_id, interrupts)
            accepted = await self._accept(waiting, wait) or await self.earlier(new.owner_id, new.idempotency)
            if accepted is not None:
                return accepted

    def check_open(self) -> None:
        """Raise `Unavailable` while this replica takes no new runs: it leaves, or its heartbeat is late."""
        if self._door.closed():
            raise Unavailable("This replica takes no new turns now. Try again.", retry_after=1)

    async def _accept(self, new: NewRun, wait: Wait | None) -> Accepted | None:
        """Store the run and begin to work on it; None when its place or its key is taken."""
        self.check_open()
        if (size := new.size()) > LARGEST_RUN:
            raise TooLarge(f"Messages and document come to {size:,} bytes; at most {LARGEST_RUN:,} fit into one turn.")
        self._slots.check(new.owner_id)
        run_id = new_id("run")
        budget_id = await self._budgets.reserve(new.owner_id, run_id, partial(self._expecting.of, new))
        record = RunRecord.begun(run_id, new, now(), budget_id, wait)
        lease = Lease(self._door.replica, new_id("lease"))
        key = await self._vault.key(new.owner_id)
        self.starting.add(run_id)
        try:
            async with reachable():
                stored = await self._store.insert(record, new, lease, asked_writes(record, key))
            if stored:
                self._door.take(Active(record, lease, key, Log()))
        except BaseException:
            self._door.strays.expect()  # it may be there all the same, or arrive yet; what is there must end
            raise
        finally:
            self.starting.discard(run_id)
        if stored:
            return Accepted(record.id, record.owner_id, record.on_disconnect)
        if budget_id is not None:
            await self._budgets.release(budget_id, run_id)
        return None

    async def _refused(self, new: NewRun) -> Accepted:
        """Say why a run could not be stored; the retry of a request that raced with itself gets its run."""
        again = await self.earlier(new.owner_id, new.idempotency)
        if again is not None:
            return again
        if new.turn is None or new.turn.after is None:
            raise Conflict("The run could not be stored. Try again.")
        there = await self._store.at_place(new.owner_id, new.turn.conversation_id, new.turn.after)
        if there is None or there.ended:
            if there is not None:
                await self._settler.settle(there)
            raise ConversationMoved("Another turn of this conversation has just ended. Try again.")
        raise RunActive(there.id)
