"""Writes of a worker: whatever is repeated, or comes too late, changes nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pymongo import UpdateOne

from redraft.config import Settings
from redraft.conversations.store import MESSAGES
from redraft.db import Write, connect, now
from redraft.ids import new_id
from redraft.indexes import prepare
from redraft.runs.models import NewRun, Outcome, Position, RunRecord, Turn
from redraft.runs.settle import asked_writes
from redraft.runs.store import INDEXES, RunStore
from redraft.runs.stored import End, Lease, Progress
from redraft.runs.usage import usage_of
from redraft.vault import OwnerKey, open_vault
from tests.usage.test_calls import call

LEASE = Lease("replica_1", "lease_1")


@pytest.fixture
async def begun(settings: Settings) -> AsyncIterator[tuple[RunStore, RunRecord, OwnerKey]]:
    """A run that was just accepted."""
    assert settings.mongodb_url is not None
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        vault = await open_vault(settings, database)
        owner_id, store = new_id("usr"), RunStore(database, vault, timedelta(hours=1))
        key = await vault.key(owner_id)
        new = NewRun("chat", owner_id, {"messages": []})
        record = RunRecord.begun(new_id("run"), new, now(), None, None)
        assert await store.insert(record, new, LEASE, [])
        yield store, record, key
        await store.erase(owner_id)


async def test_calls_that_are_written_twice_are_charged_once(begun: tuple[RunStore, RunRecord, OwnerKey]) -> None:
    store, record, key = begun
    written = Progress(
        record.id, record.owner_id, LEASE.token, key, 1, Position(), (), (call(),), (("name", "answer"),), ()
    )
    assert await store.add([written]) == [True]
    assert await store.add([written]) == [False]
    found = await store.get(record.owner_id, record.id)
    assert found is not None
    assert (len(found.calls), found.steps, found.position) == (1, (("name", "answer"),), written.after)


async def test_who_lost_the_lease_adds_nothing(begun: tuple[RunStore, RunRecord, OwnerKey]) -> None:
    store, record, key = begun
    late = Progress(record.id, record.owner_id, "another's", key, 1, Position(), (), (call(),), (), ())
    assert await store.add([late]) == [False]
    assert await store.position(record.owner_id, record.id, late.token) is None
    assert await store.position(record.owner_id, record.id, LEASE.token) == Position()


async def test_a_later_attempt_is_not_counted_back_by_a_write_that_comes_late(
    begun: tuple[RunStore, RunRecord, OwnerKey],
) -> None:
    store, record, key = begun
    late = Progress(record.id, record.owner_id, LEASE.token, key, 1, Position(), (), (call(),), (), ())
    assert await store.begin_again(record.owner_id, record.id, LEASE.token, 2)
    assert await store.begin_again(record.owner_id, record.id, LEASE.token, 2)
    assert await store.add([late]) == [True]
    found = await store.get(record.owner_id, record.id)
    assert found is not None
    assert found.attempt == 2
    assert not await store.begin_again(record.owner_id, record.id, "another's", 3)


async def test_what_follows_from_an_end_is_written_with_it_and_only_with_it(settings: Settings) -> None:
    assert settings.mongodb_url is not None
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        vault = await open_vault(settings, database)
        store, new = RunStore(database, vault, timedelta(hours=1)), NewRun("chat", new_id("usr"), {})
        key, record = await vault.key(new.owner_id), RunRecord.begun(new_id("run"), new, now(), None, None)
        assert await store.insert(record, new, LEASE, [])
        end = End("done", Outcome("said"), None, usage_of([], now(), None, now()), now())
        mine = Progress(record.id, record.owner_id, LEASE.token, key, 1, Position(), (), (), (), ())
        follows = [Write("notes", UpdateOne({"_id": record.id}, {"$inc": {"times": 1}}, upsert=True))]
        follows.append(store.settled(record.owner_id, record.id))

        async def times() -> int:
            found = await database.db["notes"].find_one({"_id": record.id})
            return found["times"] if found else 0

        assert await store.end(replace(mine, token="another's"), end, follows) is None
        assert await store.end(replace(mine, run_id="run_that_was_erased"), end, follows) is None
        assert await times() == 0
        assert await store.get(new.owner_id, "run_that_was_erased") is None
        assert await store.end(mine, end, follows) == len(follows)
        assert await store.end(mine, end, follows) == 0  # the answer to the first try may have been lost
        assert await times() == 1
        found = await store.get(new.owner_id, record.id)
        assert found is not None
        assert (found.status, found.outcome) == ("done", end.outcome)
        assert await database.db["runs"].count_documents({"owner_id": {"$exists": False}}) == 0
        await store.erase(new.owner_id)


async def test_a_run_whose_first_try_was_cut_off_is_stored_with_all_that_belongs_to_it(settings: Settings) -> None:
    """The driver tries again by itself when a connection breaks; a server may have done the first half by then."""
    assert settings.mongodb_url is not None
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        await prepare(database, [INDEXES])
        vault = await open_vault(settings, database)
        owner_id, store = new_id("usr"), RunStore(database, vault, timedelta(hours=1))
        new = NewRun("chat", owner_id, {}, Turn(new_id("conv"), 0, [{"role": "user", "content": "Hello"}]))
        record = RunRecord.begun(new_id("run"), new, now(), None, None)
        asked = asked_writes(record, await vault.key(owner_id))
        assert await store.insert(record, new, LEASE, [])
        assert await store.insert(record, new, LEASE, asked)
        assert await database.db[MESSAGES].count_documents({"owner_id": owner_id}) == 1
        another = RunRecord.begun(new_id("run"), new, now(), None, None)
        assert not await store.insert(another, new, LEASE, asked_writes(another, await vault.key(owner_id)))
        assert await database.db[MESSAGES].count_documents({"owner_id": owner_id}) == 1
        await store.erase(owner_id)
