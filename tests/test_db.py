"""What becomes of requests when the database falls silent, and of those that wait for it."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from pymongo import UpdateOne
from pymongo.common import clean_node

from redraft.config import Settings
from redraft.db import Insert, Write, connect, reachable
from redraft.embedded.database import embedded_database, free_port
from redraft.errors import Unavailable
from tests.clients import PATIENCE_SECONDS


@pytest.mark.parametrize("inserts", [[], [Insert("notes", {"_id": 2})]])
async def test_a_bulk_write_that_no_answer_comes_to_says_that_the_database_is_away(
    mongodb_url: str, tmp_path: Any, inserts: list[Insert]
) -> None:
    host, port = clean_node(urlsplit(mongodb_url).netloc.rpartition("@")[2])
    silent = False

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while arrived := await reader.read(65_536):
            if not silent:
                writer.write(arrived)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(host, port)
        await asyncio.gather(pass_on(reader, there[1]), pass_on(there[0], writer), return_exceptions=True)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = mongodb_url.replace(f"{host}:{port}", f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
        settings = Settings(mongodb_timeout_seconds=1, data_dir=tmp_path, mongodb_url=SecretStr(url))
        async with connect(settings, url) as database:
            write = Write("notes", UpdateOne({"_id": 1}, {"$set": {"text": "kept"}}, upsert=True))
            assert await database.write([write]) == 1
            silent = True
            with pytest.raises(Unavailable):
                async with reachable():
                    await (database.insert_then_update(inserts, write) if inserts else database.write([write]))


@pytest.mark.usefixtures("forgotten_here")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
async def test_who_stops_waiting_for_a_database_that_is_away_keeps_nobody_else_waiting(tmp_path: Path) -> None:
    port = free_port()
    url = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    settings = Settings(data_dir=tmp_path, mongodb_url=SecretStr(url))
    async with asyncio.timeout(PATIENCE_SECONDS), connect(settings, url) as database:
        for _ in range(3):
            waiting = [asyncio.create_task(database.ping()) for _ in range(10)]
            await asyncio.sleep(0.1)
            while any(not each.done() for each in waiting):  # frameworks cancel until a task has ended
                for each in waiting:
                    each.cancel()
                await asyncio.sleep(0)
            assert all(each.cancelled() for each in waiting)
        async with embedded_database(tmp_path / "mongodb", port):
            await database.ping()
