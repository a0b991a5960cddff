"""The embedded database comes back, with everything it had acknowledged."""

import asyncio
import os
import signal
import stat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from redraft.embedded.database import embedded_database, running_database
from redraft.embedded.private import password_file
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


async def test_a_database_that_answers_nobody_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redraft.embedded.database.START_SECONDS", 20)  # of one that has not answered yet
    directory = tmp_path / "mongodb"
    async with embedded_database(directory, hung_seconds=3) as url:
        client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(url, serverSelectionTimeoutMS=120_000)
        await client.app.notes.insert_one({"_id": 1})
        await asyncio.sleep(2)  # by now it has answered, most likely, so the wait is short
        hung = server_on(directory)
        hung.suspend()
        await asyncio.to_thread(hung.wait, PATIENCE_SECONDS)
        assert await client.app.notes.count_documents({}) == 1
        await client.close()


async def test_what_was_written_is_there_at_the_next_start(tmp_path: Path) -> None:
    passwords = set()
    for expected in (0, 1):
        async with embedded_database(tmp_path / "mongodb") as url:
            client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(url, serverSelectionTimeoutMS=120_000)
            assert await client.app.notes.count_documents({}) == expected
            await client.app.notes.insert_one({"_id": expected})
            await client.close()
            passwords.add(urlsplit(url).password)
    assert len(passwords) == 1


async def test_nobody_else_on_this_machine_gets_in(tmp_path: Path) -> None:
    """Also not with a user that was made while a database, of an earlier version, asked nobody for a password."""
    directory = tmp_path / "mongodb"
    directory.mkdir(mode=0o755)
    (directory / "left").touch(mode=0o644)
    for start in ("new", "without its password, as one of an earlier version"):
        async with embedded_database(directory) as url:
            assert running_database(directory) == url
            async with AsyncMongoClient[Any](url, serverSelectionTimeoutMS=120_000) as owner:
                users = await owner.admin.command("usersInfo", 1)
                assert [each["user"] for each in users["users"]] == ["redraft"], start
                assert await owner.app.notes.count_documents({}) == (0 if start == "new" else 1)
                await owner.app.notes.insert_one({"by": "its owner"})
                await owner.admin.command("createUser", "mallory", pwd="secret", roles=["root"])
            for stranger in ("", "redraft:guessed@"):
                address = f"mongodb://{stranger}127.0.0.1:{urlsplit(url).port}/?directConnection=true"
                async with AsyncMongoClient[Any](address, serverSelectionTimeoutMS=120_000) as client:
                    with pytest.raises(OperationFailure):
                        await client.app.notes.find_one()
                    with pytest.raises(OperationFailure):
                        await client.app.users.update_one({}, {"$set": {"is_admin": True}}, upsert=True)
            note = directory.with_suffix(".url").read_text()
            assert str(urlsplit(url).password) not in note
            modes = {each: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.rglob("*")}
            assert {mode for each, mode in modes.items() if each.is_dir()} == {0o700}
            assert {mode for each, mode in modes.items() if each.is_file()} == {0o600}
        password_file(directory).unlink()


async def test_a_directory_in_use_is_refused_and_its_holder_unharmed(tmp_path: Path) -> None:
    async with embedded_database(tmp_path / "mongodb") as url:
        with pytest.raises(RuntimeError, match="did not start"):
            async with asyncio.timeout(PATIENCE_SECONDS), embedded_database(tmp_path / "mongodb"):
                pass
        client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(url, serverSelectionTimeoutMS=120_000)
        await client.admin.command("ping")
        await client.close()
