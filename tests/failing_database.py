"""A database server that fails when it is told to: the embedded one, with its test commands."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient

from redraft.embedded.database import free_port, program
from tests.clients import PATIENCE_SECONDS


@dataclass(frozen=True)
class FailingDatabase:
    """A running server; what `failing` does is done to redraft's connections alone."""

    url: str
    client: AsyncMongoClient[dict[str, Any]]

    @contextlib.asynccontextmanager
    async def failing(self, *commands: str, times: int | None = None, **how: object) -> AsyncIterator[None]:
        """Fail these commands while the context lasts, so many `times` or always.

        `errorCode`: nothing is done. `writeConcernError`: it is done, and the answer says so. `blockConnection` with
        `blockTimeMS`: it is late. (The server's `failCommand`.)
        """
        data = {"failCommands": list(commands), "appName": "redraft", **how}
        mode = "alwaysOn" if times is None else {"times": times}
        await self.client.admin.command({"configureFailPoint": "failCommand", "mode": mode, "data": data})
        try:
            yield
        finally:
            await self.client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})


@contextlib.asynccontextmanager
async def failing_database(directory: Path) -> AsyncIterator[FailingDatabase]:
    """One on files in `directory`, which are of no more use in the end."""
    port, config = free_port(), directory / "empty.toml"
    config.touch()
    files = ("--storage-path", str(directory / "mongodb"))
    command = (program(), "--port", str(port), *files, "--config", str(config))
    options = ("--enable-test-commands", "--log-level", "ERROR", "--cache-size", "256M")
    process = await asyncio.create_subprocess_exec(*command, *options)
    url = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    try:
        patience = int(PATIENCE_SECONDS * 1000)
        async with AsyncMongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=patience) as client:
            await client.admin.command("ping")
            yield FailingDatabase(url, client)
    finally:
        process.kill()
        await process.wait()
