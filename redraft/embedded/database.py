"""The embedded database: SecantusDB, a MongoDB-compatible server, as a child process on 127.0.0.1.

It is GPL-2.0 software: spoken to over TCP, never imported. It asks everybody on this machine for a password, which a
file beside its own files keeps.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from redraft.embedded.child import Child
from redraft.embedded.hanging import HUNG_SECONDS, end_when_hung
from redraft.embedded.missing import remedy
from redraft.embedded.private import make_private, new_password, read_password, write_privately
from redraft.tasks import end

START_SECONDS = 120.0
USER = "redraft"
WRONG_PASSWORD, USER_EXISTS = 18, 51003
"""Codes of MongoDB's errors."""
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
async def embedded_database(
    directory: Path, port: int | None = None, *, hung_seconds: float = HUNG_SECONDS
) -> AsyncIterator[str]:
    """Run the server on the files in `directory` and answer its URL; stop it when the context ends.

    The URL holds the password. A database that has none is given one first, and so is one that has another than the
    file says, say because it was restored. A server that dies, or that answers nobody for `hung_seconds`, is started
    again on the same port. Raises `RuntimeError` when it does not come up at first, for one because another process
    holds the directory.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_private(directory)
    port = port or free_port()
    url = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    password = read_password(directory)
    async with contextlib.AsyncExitStack() as stack:
        if password is None:
            password = new_password(directory)
            await _give_password(directory, password)
        server = await stack.enter_async_context(_server(directory, port, "--auth"))
        if not await _lets_in(_with_password(url, password)):
            await stack.aclose()
            await _give_password(directory, password)
            server = await stack.enter_async_context(_server(directory, port, "--auth"))
        with _announced(directory, url):
            address = _with_password(url, password)
            watch = asyncio.create_task(end_when_hung(server, address, hung_seconds, START_SECONDS))
            try:
                yield address
            finally:
                await end(watch)


@contextlib.asynccontextmanager
async def _server(directory: Path, port: int, *more: str) -> AsyncIterator[Child]:
    """The server on `port`, once it listens."""
    config = directory.with_suffix(".toml")
    config.touch(mode=0o600)  # an explicit, empty one: without, it reads whatever lies in the home directory
    command = (
        sys.executable, "-m", "redraft.embedded.guard", str(os.getpid()),
        program(), "--host", "127.0.0.1", "--port", str(port), "--storage-path", str(directory),
        "--config", str(config), "--cache-size", "1G", "--log-level", "WARNING",
        "--sync-on-commit",  # without it a committed transaction does not survive a kill
        *more,
    )  # fmt: skip
    async with Child("embedded database", command, directory.with_suffix(".log")).running() as server:
        try:
            async with asyncio.timeout(START_SECONDS):
                await server.until(lambda: _listens(port))
        except TimeoutError as error:
            raise _silent() from error
        yield server


async def _give_password(directory: Path, password: str) -> None:
    """Let the server know its one user, by this password only: started for a moment without asking for any.

    That is the one way it has. It listens on a port that nobody was told meanwhile, and is killed as soon as it has
    done so, which it is made to survive.
    """
    port = free_port()
    async with _server(directory, port) as server:
        try:
            async with _client(f"mongodb://127.0.0.1:{port}/?directConnection=true") as client:
                may = {"pwd": password, "roles": ["root"]}
                try:
                    await client.admin.command({"createUser": USER, **may})
                except OperationFailure as error:
                    if error.code != USER_EXISTS:
                        raise
                    await client.admin.command({"updateUser": USER, **may})
                found = await client.admin.command("usersInfo", 1)
                for each in found["users"]:
                    if each["user"] != USER:  # ours is the only one there is to be
                        await client.admin.command("dropUser", each["user"])
        except PyMongoError as error:
            raise _silent() from error
        if server.pid is not None:
            os.kill(server.pid, signal.SIGKILL)


async def _lets_in(url: str) -> bool:
    """Whether the server knows the password in `url`. Raises `RuntimeError` when it does not answer."""
    try:
        async with _client(url) as client:
            await client.admin.command("ping")
    except OperationFailure as error:
        if error.code != WRONG_PASSWORD:
            raise _silent() from error
        return False
    except PyMongoError as error:
        raise _silent() from error
    return True


def _client(url: str) -> AsyncMongoClient[dict[str, Any]]:
    return AsyncMongoClient(url, serverSelectionTimeoutMS=int(START_SECONDS * 1000))


def _silent() -> RuntimeError:
    return RuntimeError(f"The embedded database did not answer within {START_SECONDS:.0f} s.")


def _with_password(url: str, password: str) -> str:
    return url.replace("mongodb://", f"mongodb://{USER}:{password}@") + "&authSource=admin"


@contextlib.contextmanager
def _announced(directory: Path, url: str) -> Iterator[None]:
    """Leave word of the address for commands that run beside `redraft serve`; they read the password for themselves."""
    note = directory.with_suffix(".url")
    write_privately(note, f"{os.getpid()} {url}")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def running_database(directory: Path) -> str | None:
    """The URL of the server that a redraft, alive now, runs on `directory`, with its password."""
    try:
        pid, url = directory.with_suffix(".url").read_text().split(" ", 1)
        os.kill(int(pid), 0)
        password = read_password(directory)
    except (OSError, ValueError):
        return None
    return _with_password(url, password) if password else url


async def _listens(port: int) -> bool:
    """Tried without PyMongo, whose connection attempts leak their socket when they are cancelled."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
