"""Who may work when: each user a few jobs at once, all users together as many as there are processes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TypeVar, cast

from redraft.config import Settings
from redraft.errors import Overloaded, TooManyRequests
from redraft.pool.process import Process
from redraft.threads import in_thread
from redraft.web.leaving import while_there

T = TypeVar("T")

HERE = 3_000
"""Characters that are worked on in the event loop: a few milliseconds."""
IN_A_THREAD = 20_000
"""Characters up to which a thread is enough: a tenth of a second, and soon over when the client leaves."""
WAITING = 64
"""Jobs of all users that may wait, each with its texts in memory; more are refused at once."""


class _Line:
    """The jobs of one user."""

    def __init__(self, at_once: int) -> None:
        self.count = 0
        self.turn = asyncio.Semaphore(at_once)


class Jobs:
    """Does work on the texts of users where it can be stopped."""

    def __init__(self, settings: Settings) -> None:
        self._cpu_seconds = settings.work_cpu_seconds
        self._per_user = settings.work_per_user
        self._queue_per_user = settings.work_queue_per_user
        self._free = asyncio.Semaphore(settings.work_processes)
        self._idle: list[Process] = []
        self._all: set[Process] = set()
        self._lines: dict[str, _Line] = {}
        self._count = 0
        self._most = settings.work_processes + WAITING

    @property
    def pids(self) -> list[int]:
        """The processes there are now."""
        return [each.pid for each in self._all if each.pid is not None]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Jobs"]:
        """Processes start when they are needed, and end with the context."""
        try:
            yield self
        finally:
            ending = list(self._all)
            for each in ending:
                each.kill()
            for each in ending:
                await each.ended()

    async def do(self, owner_id: str, size: int, work: Callable[..., T], *args: object) -> T:
        """What `work(...)` returns, on texts of `size` characters together; `work` is a function of a module.

        Ends when the client leaves. Raises `TooManyRequests` when this user has too many jobs, `Overloaded` when all
        have, `TooMuchWork`, `Unavailable`, `ClientLeft`.
        """
        if size <= HERE:
            return work(*args)
        return await while_there(lambda: self._in_turn(owner_id, size, work, args))

    async def _in_turn(self, owner_id: str, size: int, work: Callable[..., T], args: tuple[object, ...]) -> T:
        async with self._turn(owner_id):
            if size <= IN_A_THREAD:
                return await in_thread(work, *args)
            async with self._free:
                return await self._in_process(work, args)

    async def _in_process(self, work: Callable[..., T], args: tuple[object, ...]) -> T:
        process = self._idle.pop() if self._idle else Process()
        self._all.add(process)
        try:
            return cast("T", await process.work(self._cpu_seconds, work, args))
        finally:
            if process.pid is None:
                self._all.discard(process)
            else:
                self._idle.append(process)

    @contextlib.asynccontextmanager
    async def _turn(self, owner_id: str) -> AsyncIterator[None]:
        line = self._lines.setdefault(owner_id, _Line(self._per_user))
        if line.count >= self._per_user + self._queue_per_user:
            most = f"At most {self._per_user} at once are worked on, and {self._queue_per_user} wait."
            raise TooManyRequests(f"You have too many long texts in work. {most}", retry_after=2)
        if self._count >= self._most:
            raise Overloaded("Too many long texts are in work. Try again in a moment.", retry_after=2)
        line.count += 1
        self._count += 1
        try:
            async with line.turn:
                yield
        finally:
            line.count -= 1
            self._count -= 1
            if not line.count:
                self._lines.pop(owner_id, None)
