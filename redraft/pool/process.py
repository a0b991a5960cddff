"""One working process, as its parent sees it."""

import asyncio
import contextlib
import os
import pickle
import signal
import sys
from collections.abc import Callable
from typing import Any

import structlog

from redraft.errors import TooMuchWork, Unavailable
from redraft.pool.child import LENGTH

log = structlog.get_logger()

START_SECONDS = 10
SLOWER = 6
"""How many times its CPU time a job may take by the clock, on a machine with more to do than cores."""


class Process:
    """Started with its first job. What it was given last is the only thing that it knows of any user."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._killed = False

    @property
    def pid(self) -> int | None:
        """Of the running process; None before the first job and after it was killed."""
        return self._process.pid if self._process and self._lives else None

    @property
    def _lives(self) -> bool:
        return self._process is not None and self._process.returncode is None and not self._killed

    async def work(self, cpu_seconds: float, work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """What `work(*args)` returns or raises; `work` is found by its module and name.

        Raises `TooMuchWork` when it takes longer, and `Unavailable` when the process dies. After these, and when this
        is cancelled, the process is gone.
        """
        job = await asyncio.to_thread(pickle.dumps, (work, args, cpu_seconds), pickle.HIGHEST_PROTOCOL)
        process = await self._running()
        done = False
        try:
            async with asyncio.timeout(START_SECONDS + SLOWER * cpu_seconds):
                answer = await _exchange(process, job)
            done = True
        except TimeoutError:
            raise _too_much(cpu_seconds) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            code = await process.wait()
            if code == -signal.SIGXCPU:
                raise _too_much(cpu_seconds) from None
            raise Unavailable("The work on this text was interrupted. Try again.", retry_after=1) from None
        finally:
            if not done:
                self.kill()
        succeeded, result = await asyncio.to_thread(pickle.loads, answer)
        if not succeeded:
            raise result
        return result

    def kill(self) -> None:
        """End it, whatever it does. It has nothing to lose."""
        if self._process is not None and self._lives:
            self._killed = True
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def ended(self) -> None:
        """Wait until a killed process is gone."""
        if self._process is not None:
            await self._process.wait()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or not self._lives:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "redraft.pool.child", str(os.getpid())),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    env={name: value for name, value in os.environ.items() if not name.startswith("REDRAFT_")},
                    start_new_session=True,  # a Ctrl-C in the terminal is ours to pass on
                )
                self._killed = False
            except OSError as error:
                log.error("no process for work on texts", error=str(error))
                raise Unavailable("No process can be started for this text. Try again.", retry_after=5) from None
        return self._process


async def _exchange(process: asyncio.subprocess.Process, job: bytes) -> bytes:
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018  pipes were asked for
    process.stdin.write(len(job).to_bytes(LENGTH) + job)
    await process.stdin.drain()
    size = int.from_bytes(await process.stdout.readexactly(LENGTH))
    return await process.stdout.readexactly(size)


def _too_much(cpu_seconds: float) -> TooMuchWork:
    return TooMuchWork(f"The work on these texts was stopped after {cpu_seconds:g} seconds. Send shorter ones.")
