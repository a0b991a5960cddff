"""A child process that is kept running: started again, after a growing pause, whenever it ends by itself."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import structlog

from redraft.embedded.private import open_privately

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0  # who ran this long starts again after the shortest pause
LOG_BYTES = 5_000_000


class Child:
    """One process, by whatever pid it has now. What it prints goes to `log_path`; None: where our own output goes.

    `environment` is added to ours. It inherits `sockets` (file descriptors) under the numbers they have here. `given`
    is written to its standard input, which is then closed: the way to hand over a secret that `ps` must not show.
    `stop_seconds` is how long it may take to end after each SIGTERM (two are sent) before it is killed. `gone` is told
    the pid of each process that has ended.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log_path: Path | None,
        *,
        given: bytes = b"",
        environment: Mapping[str, str] | None = None,
        sockets: Sequence[int] = (),
        stop_seconds: float = 4.0,
        gone: Callable[[int], None] = lambda pid: None,
    ) -> None:
        self.name = name
        self.ended = 0  # how often it has ended by itself
        self._command = command
        self._log_path = log_path
        self._given = given
        self._environment = {**os.environ, **(environment or {})}
        self._sockets = sockets
        self._stop_seconds = stop_seconds
        self._gone = gone
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process as it is now; None when none is running."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Child"]:
        """Start it and keep it running until the context ends; then stop it."""
        await self._start()
        keeper = asyncio.create_task(self._keep())
        try:
            yield self
        finally:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper
            await self._stop()

    async def until(self, answers: Callable[[], Awaitable[bool]]) -> None:
        """Wait until `answers()` is true. Raises `RuntimeError` when the process ends before that."""
        while not await answers():
            if self.ended:
                raise RuntimeError(f"The {self.name} did not start; its log says why: {self._log_path or 'see above'}")
            await asyncio.sleep(0.1)

    async def _start(self) -> None:
        with self._output() as output:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=self._environment,
                pass_fds=self._sockets,
                start_new_session=True,  # a Ctrl-C in the terminal is ours to pass on, when its time has come
            )
        assert self._process.stdin is not None  # noqa: S101  a pipe was asked for
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(self._given)
            await self._process.stdin.drain()
        self._process.stdin.close()

    @contextlib.contextmanager
    def _output(self) -> Iterator[IO[bytes] | None]:
        if self._log_path is None:
            yield None
            return
        if self._log_path.exists() and self._log_path.stat().st_size > LOG_BYTES:
            self._log_path.replace(self._log_path.with_suffix(".log.1"))
        with open(self._log_path, "ab", opener=open_privately) as output:
            yield output

    async def _keep(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while self._process is not None:
            started = time.monotonic()
            code = await self._process.wait()
            self.ended += 1
            self._gone(self._process.pid)
            if time.monotonic() - started > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            log.error("child ended", child=self.name, code=code, log=str(self._log_path), restart_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            await self._start()

    async def _stop(self) -> None:
        process = self._process
        if process is None:
            return
        for ask in (process.terminate, process.terminate, process.kill):
            if process.returncode is not None:
                break
            with contextlib.suppress(ProcessLookupError):
                ask()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), self._stop_seconds)
        self._gone(process.pid)
