"""Migrations: each once, in order, one process at a time, whoever dies in between."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from redraft import migrations
from redraft.config import Settings
from redraft.db import Database, connect
from redraft.indexes import drop_index
from redraft.main import MIGRATIONS
from redraft.migrations import DONE, LEASES, Migration, migrate, newer_than
from tests.failing_database import failing_database


def noting(done: list[str], *names: str) -> list[Migration]:
    """Migrations that only note that they are done, some time after they began."""

    def one(number: int, name: str) -> Migration:
        async def change(database: Database) -> None:
            done.append(f"{name} begins")
            await asyncio.sleep(0.05)
            done.append(f"{name} ends")

        return Migration(number, name, change)

    return [one(number, name) for number, name in enumerate(names, 1)]


def test_numbers_are_dense_and_names_differ() -> None:
    assert [each.number for each in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
    assert len({each.name for each in MIGRATIONS}) == len(MIGRATIONS)


async def test_each_is_done_once_in_the_order_of_its_number(database: Database) -> None:
    done: list[str] = []
    first, second, third = noting(done, "one", "two", "three")
    await migrate(database, [third, first])
    await migrate(database, [third, second, first])
    assert done[::2] == ["one begins", "three begins", "two begins"]
    assert {row["_id"]: row["number"] async for row in database.db[DONE].find()} == {"one": 1, "two": 2, "three": 3}


async def test_of_several_processes_one_migrates_and_the_others_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "POLL_SECONDS", 0.01)
    done: list[str] = []
    wanted = noting(done, "one", "two")
    await asyncio.gather(*(migrate(database, wanted) for _ in range(4)))
    assert done == ["one begins", "one ends", "two begins", "two ends"]
    assert await database.db[LEASES].find_one({}) is None


async def test_the_lease_of_a_process_that_died_runs_out(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "LEASE_SECONDS", 0.2)
    monkeypatch.setattr(migrations, "POLL_SECONDS", 0.01)
    done: list[str] = []

    async def dies(database: Database) -> None:
        done.append("dies")
        raise asyncio.CancelledError

    await database.db[LEASES].insert_one({"_id": DONE, "holder": "migrating_dead", "beats": 3})
    with pytest.raises(asyncio.CancelledError):
        await migrate(database, [Migration(1, "one", dies)])
    await migrate(database, noting(done, "one"))
    assert done == ["dies", "one begins", "one ends"]


async def test_what_was_done_before_there_were_numbers_is_known_by_its_name(database: Database) -> None:
    done: list[str] = []
    await database.db[DONE].insert_one({"_id": "one"})
    await migrate(database, noting(done, "one"))
    assert done == []
    assert await newer_than(database, noting(done, "two")) == ["one"]


async def test_a_migration_that_fails_is_not_marked_as_done(database: Database, tmp_path: Path) -> None:
    await drop_index(database, "notes", "never_there")
    await drop_index(database, "never_there", "never_there")
    async with failing_database(tmp_path) as failing:
        settings = Settings.model_validate({"mongodb_url": SecretStr(failing.url), "data_dir": tmp_path})

        async def tidy(database: Database) -> None:
            await drop_index(database, "notes", "old")

        async with connect(settings, failing.url) as opened:
            async with failing.failing("dropIndexes", errorCode=50):
                with pytest.raises(Exception, match="failCommand"):
                    await migrate(opened, [Migration(1, "tidy", tidy)])
            assert await opened.db[DONE].find_one({}) is None
            await migrate(opened, [Migration(1, "tidy", tidy)])
            assert await opened.db[DONE].find_one({"_id": "tidy"}) is not None
