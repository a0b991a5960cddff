"""What a start makes of the indexes, and what it leaves to `redraft indexes`."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pymongo import ASCENDING, IndexModel

from redraft.cli.indexes import build_indexes
from redraft.config import Settings
from redraft.db import Database, Indexes, connect
from redraft.ids import new_id
from redraft.indexes import IndexesMissing, build, compare, prepare
from redraft.main import INDEXES, MIGRATIONS
from redraft.migrations import migrate
from tests.failing_database import failing_database

UNIQUE = IndexModel([("owner_id", ASCENDING), ("place", ASCENDING)], unique=True)
PLAIN = IndexModel([("owner_id", ASCENDING)])
TTL = IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=60)


def notes(*models: IndexModel) -> list[Indexes]:
    return [Indexes("notes", models)]


@pytest.fixture
async def database(database: Database) -> Database:
    """One of its own, with one note."""
    await database.db["notes"].insert_one({"_id": 1, "owner_id": "usr_1", "place": 1})
    return database


async def names(database: Database) -> set[str]:
    return set(await database.db["notes"].index_information()) - {"_id_"}


async def test_a_start_makes_what_an_empty_collection_lacks(database: Database) -> None:
    await database.db["notes"].delete_many({})
    await prepare(database, [*notes(UNIQUE, PLAIN, TTL), Indexes("others", (PLAIN,))])
    assert len(await names(database)) == 3
    assert "owner_id_1" in await database.db["others"].index_information()


async def test_a_start_without_a_unique_index_is_refused_with_the_command(database: Database) -> None:
    with pytest.raises(IndexesMissing, match=r"notes\.owner_id_1_place_1.*`redraft indexes`"):
        await prepare(database, notes(UNIQUE))
    assert not await names(database)
    [step] = [step async for step in build(database, notes(UNIQUE))]
    assert "notes.owner_id_1_place_1 (unique)" in step
    await prepare(database, notes(UNIQUE))


async def test_a_start_without_another_index_goes_on_and_says_so(
    database: Database, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    await prepare(database, notes(PLAIN))
    assert not await names(database)
    assert "redraft indexes" in capsys.readouterr().out + caplog.text


async def test_the_embedded_database_gets_all_at_the_start(database: Database) -> None:
    await prepare(database, notes(UNIQUE, PLAIN, TTL), build=True)
    assert len(await names(database)) == 3
    longer = IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=90)
    await prepare(database, notes(UNIQUE, PLAIN, longer), build=True)
    assert (await database.db["notes"].index_information())["expires_at_1"]["expireAfterSeconds"] == 90


async def test_another_lifetime_is_changed_in_place_and_another_definition_built_anew(database: Database) -> None:
    await prepare(database, notes(PLAIN, TTL), build=True)
    longer = IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=90)
    sparse = IndexModel([("owner_id", ASCENDING)], sparse=True)
    difference = await compare(database, notes(sparse, longer))
    assert ([each.name for each in difference.lifetime], [each.name for each in difference.other]) == (
        ["expires_at_1"],
        ["owner_id_1"],
    )
    assert len([step async for step in build(database, notes(sparse, longer))]) == 2
    found = await database.db["notes"].index_information()
    assert (found["expires_at_1"]["expireAfterSeconds"], found["owner_id_1"]["sparse"]) == (90, True)


async def test_what_nothing_declares_is_told_and_dropped_when_asked(database: Database) -> None:
    await prepare(database, notes(PLAIN, TTL), build=True)
    told = [step async for step in build(database, notes(TTL))]
    assert len(told) == 1
    assert "superfluous" in told[0]
    assert await names(database) == {"owner_id_1", "expires_at_1"}
    assert len([step async for step in build(database, notes(TTL), drop=True)]) == 1
    assert await names(database) == {"expires_at_1"}


async def test_an_index_that_takes_long_keeps_no_start_waiting(tmp_path: Path) -> None:
    """The server is slower than any operation may be; only the command waits for it."""
    async with failing_database(tmp_path) as slow:
        values = {"mongodb_url": SecretStr(slow.url), "mongodb_timeout_seconds": 1, "data_dir": tmp_path}
        settings = Settings.model_validate(values)
        async with connect(settings, slow.url) as database:
            await database.db["notes"].insert_one({"_id": 1})
            async with slow.failing("createIndexes", blockConnection=True, blockTimeMS=1500):
                await prepare(database, notes(PLAIN))
                async with connect(settings, slow.url, hurried=False) as patient:
                    assert len([step async for step in build(patient, notes(PLAIN))]) == 1
            assert await names(database) == {"owner_id_1"}


async def test_the_command_makes_everything_that_redraft_declares(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settings.mongodb_url is not None
    own = settings.model_copy(update={"mongodb_database": new_id("test")})
    async with connect(own, settings.mongodb_url.get_secret_value()) as database:
        await database.db["runs"].insert_one({"_id": "run_1", "owner_id": "usr_1"})
        await build_indexes(own, drop=False)
        assert "building runs." in capsys.readouterr().out
        difference = await compare(database, INDEXES)
        assert not (*difference.missing, *difference.lifetime, *difference.other, *difference.superfluous)
        await prepare(database, INDEXES)
        await migrate(database, MIGRATIONS)


async def test_the_unique_indexes_of_the_version_before_give_way_to_those_that_begin_with_the_owner(
    database: Database,
) -> None:
    messages = database.db["messages"]
    await messages.create_index([("conversation_id", ASCENDING), ("seq", ASCENDING)], unique=True)
    await messages.insert_one({"_id": "msg_1", "owner_id": "usr_1", "conversation_id": "conv_1", "seq": 1})
    await prepare(database, INDEXES, build=True)
    await migrate(database, MIGRATIONS)
    assert set(await messages.index_information()) == {"_id_", "owner_id_1_conversation_id_1_seq_1"}


def test_on_a_cluster_every_unique_index_of_users_things_begins_with_their_owner() -> None:
    """The shard key must be its prefix (`isIndexUniquenessCompatible` in the server's source)."""
    unique: dict[str, list[Any]] = {}
    for each in INDEXES:
        for model in each.models:
            if model.document.get("unique"):
                unique.setdefault(each.collection, []).append(next(iter(model.document["key"])))
    assert unique.pop("users") == ["phone_hash", "phone"]  # one for the whole deployment, whoever owns them
    assert {first for found in unique.values() for first in found} == {"owner_id"}
