"""How many runs work at once, and who is next: a bounded queue in which users take turns."""

import asyncio
import contextlib
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from redraft.errors import Overloaded

SECONDS_A_RUN = 5.0
"""A guess, for `Retry-After`: how long a run holds its slot."""


@dataclass(frozen=True)
class Caps:
    """Runs at work at once, and runs that may wait, of one replica: of all users together, and of each."""

    working: int
    working_per_user: int
    waiting: int
    waiting_per_user: int


class Slots:
    """Slots for work. A free one goes to the next user in turn: one user's hundred runs delay another's by one."""

    def __init__(self, caps: Caps) -> None:
        self._caps = caps
        self._held: Counter[str] = Counter()
        # Users in the order of their turns; each one's own runs in the order in which they came.
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._count = 0

    @property
    def room(self) -> int:
        """How many more runs could work now."""
        return self._caps.working - self._held.total() - self._count

    def check(self, owner_id: str) -> None:
        """Raise `Overloaded` when a run of this user could neither work nor wait."""
        own = len(self._waiting.get(owner_id, ()))
        if self._count >= self._caps.waiting or own >= self._caps.waiting_per_user:
            rounds = self._count / self._caps.working if own < self._caps.waiting_per_user else own
            raise Overloaded("Too many turns are waiting. Try again later.", retry_after=SECONDS_A_RUN * (1 + rounds))

    @contextlib.asynccontextmanager
    async def held(self, owner_id: str) -> AsyncIterator[None]:
        """A slot for as long as the context lasts; waits for its turn."""
        if self._waiting or not self._is_free(owner_id):
            await self._turn(owner_id)
        else:
            self._held[owner_id] += 1
        try:
            yield
        finally:
            self._give_back(owner_id)

    def _is_free(self, owner_id: str) -> bool:
        return self._held.total() < self._caps.working and self._held[owner_id] < self._caps.working_per_user

    async def _turn(self, owner_id: str) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner_id, deque()).append(turn)
        self._count += 1
        self._hand_out()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back(owner_id)  # it came together with the cancellation
            else:
                self._leave(owner_id, turn)
            raise

    def _leave(self, owner_id: str, turn: asyncio.Future[None]) -> None:
        queue = self._waiting[owner_id]
        queue.remove(turn)
        self._count -= 1
        if not queue:
            del self._waiting[owner_id]

    def _give_back(self, owner_id: str) -> None:
        self._held[owner_id] -= 1
        if not self._held[owner_id]:
            del self._held[owner_id]
        self._hand_out()

    def _hand_out(self) -> None:
        """Give what is free to the users in turn; those who have their share already are passed over."""
        for owner_id in list(self._waiting):
            if self._held.total() >= self._caps.working:
                return
            # One that was cancelled a moment ago takes itself out.
            turn = next((each for each in self._waiting[owner_id] if not each.done()), None)
            if turn is None or not self._is_free(owner_id):
                continue
            self._leave(owner_id, turn)
            if owner_id in self._waiting:
                self._waiting.move_to_end(owner_id)
            self._held[owner_id] += 1
            turn.set_result(None)
