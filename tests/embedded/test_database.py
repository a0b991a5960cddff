"""The embedded database comes back, with everything it had acknowledged."""

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest
from pymongo import AsyncMongoClient

from redraft.embedded.database import embedded_database
from tests.clients import PATIENCE_SECONDS


def server_on(directory: Path) -> psutil.Process:
    """The child process that holds the files in `directory`."""
    [found] = [child for child in psutil.Process().children() if str(directory) in child.cmdline()]
    return found


async def test_a_killed_database_comes_back_at_its_address_with_its_data(tmp_path: Path) -> None:
    directory = tmp_path / "mongodb"
    async with embedded_database(directory) as url:
        client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(url, serverSelectionTimeoutMS=120_000)
        await client.app.notes.insert_many([{"_id": number} for number in range(20)])
        os.kill(server_on(directory).pid, signal.SIGKILL)
        assert await client.app.notes.count_documents({}) == 20
        await client.close()


async def test_what_was_written_is_there_at_the_next_start(tmp_path: Path) -> None:
    for expected in (0, 1):
        async with embedded_database(tmp_path / "mongodb") as url:
            client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(url, serverSelectionTimeoutMS=120_000)
            assert await client.app.notes.count_documents({}) == expected
            await client.app.notes.insert_one({"_id": expected})
            await client.close()


async def test_a_directory_in_use_is_refused_and_its_holder_unharmed(tmp_path: Path) -> None:
    async with embedded_database(tmp_path / "mongodb") as url:
        with pytest.raises(RuntimeError, match="did not start"):
            async with asyncio.timeout(PATIENCE_SECONDS), embedded_database(tmp_path / "mongodb"):
                pass
        client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(url, serverSelectionTimeoutMS=120_000)
        await client.admin.command("ping")
        await client.close()
