"""The embedded database: SecantusDB, a MongoDB-compatible server, as a child process on 127.0.0.1.

It is GPL-2.0 software: spoken to over TCP, never imported.
"""

import asyncio
import contextlib
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

START_SECONDS = 60.0
# It joins its accept thread for 2 s, and can lose a SIGTERM that arrives while it starts.
STOP_SECONDS = 4.0


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def program() -> str:
    """Where the server's executable is. Raises `FileNotFoundError` with the fix when it is not installed."""
    beside_python = Path(sys.executable).with_name("secantusd-py")
    found = str(beside_python) if beside_python.exists() else shutil.which("secantusd-py")
    if found is None:
        raise FileNotFoundError("The embedded database is not installed: run `make setup`, or set REDRAFT_MONGODB_URL.")
    return found


@contextlib.asynccontextmanager
async def embedded_database(directory: Path, port: int | None = None) -> AsyncIterator[str]:
    """Run the server on the files in `directory` and answer its URL; stop it when the context ends.

    Raises `RuntimeError` when it does not come up, for one because another process holds the directory.
    """
    directory.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    config = directory.with_suffix(".toml")
    config.touch()  # an explicit, empty configuration: without one it reads whatever lies in the home directory
    log_path = directory.with_suffix(".log")
    with log_path.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            program(), "--host", "127.0.0.1", "--port", str(port), "--storage-path", str(directory),
            "--config", str(config), "--cache-size", "256M", "--log-level", "WARNING",
            "--sync-on-commit",  # without it a committed transaction does not survive a kill
            stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    url = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    try:
        await _wait_until_it_answers(process, url, log_path)
        yield url
    finally:
        await _stop(process)


async def _wait_until_it_answers(process: asyncio.subprocess.Process, url: str, log_path: Path) -> None:
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(url, serverSelectionTimeoutMS=500)
    try:
        async with asyncio.timeout(START_SECONDS):
            while process.returncode is None:
                with contextlib.suppress(PyMongoError):
                    await client.admin.command("ping")
                    return
                await asyncio.sleep(0.1)
    except TimeoutError:
        pass
    finally:
        await client.close()
    raise RuntimeError(f"The embedded database did not start; is another redraft using it? Its log: {log_path}")


async def _stop(process: asyncio.subprocess.Process) -> None:
    for ask in (process.terminate, process.terminate, process.kill):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            ask()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
