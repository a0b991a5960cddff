"""The embedded database: SecantusDB, a MongoDB-compatible server, as a child process on 127.0.0.1.

It is GPL-2.0 software: spoken to over TCP, never imported.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from redraft.embedded.child import Child
from redraft.embedded.missing import remedy

START_SECONDS = 120.0
FIRST_PORT, PORTS = 20_000, 10_000
"""Where ports are chosen from: below those (Linux: from 32,768 on) that the kernel lends to outgoing connections.

One of those could be taken between its choice and its use, and again whenever the server on it is started anew.
"""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    while True:
        port = FIRST_PORT + secrets.randbelow(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def program() -> str:
    """Where the server's executable is. Raises `FileNotFoundError` with the fix when it is not installed."""
    beside_python = Path(sys.executable).with_name("secantusd-py")
    found = str(beside_python) if beside_python.exists() else shutil.which("secantusd-py")
    if found is None:
        raise FileNotFoundError(f"The embedded database is not installed: {remedy()}, or set REDRAFT_MONGODB_URL.")
    return found


@contextlib.asynccontextmanager
async def embedded_database(directory: Path, port: int | None = None) -> AsyncIterator[str]:
    """Run the server on the files in `directory` and answer its URL; stop it when the context ends.

    A server that dies is started again on the same port. Raises `RuntimeError` when it does not come up at first, for
    one because another process holds the directory.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = port or free_port()
    config = directory.with_suffix(".toml")
    config.touch()  # an explicit, empty configuration: without one it reads whatever lies in the home directory
    command = (
        sys.executable, "-m", "redraft.embedded.guard", str(os.getpid()),
        program(), "--host", "127.0.0.1", "--port", str(port), "--storage-path", str(directory),
        "--config", str(config), "--cache-size", "256M", "--log-level", "WARNING",
        "--sync-on-commit",  # without it a committed transaction does not survive a kill
    )  # fmt: skip
    url = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    async with Child("embedded database", command, directory.with_suffix(".log")).running() as server:
        try:
            async with asyncio.timeout(START_SECONDS):
                await server.until(lambda: _listens(port))
                await _ping(url)
        except (TimeoutError, PyMongoError) as error:
            raise RuntimeError(f"The embedded database did not answer within {START_SECONDS:.0f} s.") from error
        with _announced(directory, url):
            yield url


@contextlib.contextmanager
def _announced(directory: Path, url: str) -> Iterator[None]:
    """Leave word of the address for commands that run beside `redraft serve`."""
    note = directory.with_suffix(".url")
    note.write_text(f"{os.getpid()} {url}")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def running_database(directory: Path) -> str | None:
    """The URL of the server that a redraft, alive now, runs on `directory`."""
    try:
        pid, url = directory.with_suffix(".url").read_text().split(" ", 1)
        os.kill(int(pid), 0)
    except (OSError, ValueError):
        return None
    return url


async def _listens(port: int) -> bool:
    """Tried without PyMongo, whose connection attempts leak their socket when they are cancelled."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def _ping(url: str) -> None:
    async with AsyncMongoClient[dict[str, object]](url, serverSelectionTimeoutMS=int(START_SECONDS * 1000)) as client:
        await client.admin.command("ping")
