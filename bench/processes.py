"""The processes of a benchmark, and what each of them costs."""

import asyncio
import os
import resource
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from redraft.embedded.database import embedded_database, free_port


@dataclass(frozen=True)
class Server:
    """A server at `base`, in the process `pid`."""

    base: str
    pid: int


@asynccontextmanager
async def server(command: list[str], environment: dict[str, str], path: str) -> AsyncIterator[Server]:
    """A server as a process of its own, once `path` answers."""
    port = free_port()
    ports = {"PORT": str(port), "REDRAFT_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **environment, **ports})
    base = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession() as http, asyncio.timeout(120):
            while True:
                with suppress(aiohttp.ClientError):
                    async with http.get(base + path) as response:
                        if response.status == 200:
                            break
                await asyncio.sleep(0.2)
        yield Server(base, process.pid)
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def model(tokens: int, token_seconds: float) -> AsyncIterator[Server]:
    """`bench.model`, ready to be asked."""
    port = free_port()
    command = [sys.executable, "-m", "bench.model", str(port), str(tokens), str(token_seconds)]
    process = await asyncio.create_subprocess_exec(*command)
    try:
        async with asyncio.timeout(30):
            while True:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                await asyncio.sleep(0.05)
        yield Server(f"http://127.0.0.1:{port}/v1", process.pid)
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def database(directory: Path) -> AsyncIterator[Server]:
    """The embedded database."""
    async with embedded_database(directory / "mongodb") as url:
        started = psutil.Process().children()
        yield Server(url, next(child.pid for child in started if str(directory) in " ".join(child.cmdline())))


def redraft_settings(directory: Path, database: Server, model: Server) -> dict[str, str]:
    """The environment of a replica that is measured: the defaults, but for where things are."""
    return {
        "REDRAFT_MONGODB_URL": database.base,
        "REDRAFT_DATA_DIR": str(directory),
        "REDRAFT_MODEL": "openai:gpt-4",
        "REDRAFT_MODEL_BASE_URL": model.base,
        "REDRAFT_MODEL_API_KEY": "x",
        "REDRAFT_LOG_LEVEL": "warning",
        "REDRAFT_RUN_SLOTS": "5000",
        "REDRAFT_STREAMS_PER_USER": "5000",
    }


REDRAFT = [str(Path(sys.executable).with_name("redraft")), "serve"]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def allow_many_files() -> None:
    """Raise the limit of open files to what the system grants; processes started after this inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
