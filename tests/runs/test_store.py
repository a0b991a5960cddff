"""Writes of a worker: whatever is repeated, or comes too late, changes nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from redraft.config import Settings
from redraft.db import connect
from redraft.ids import new_id
from redraft.runs.models import NewRun, Position, RunRecord
from redraft.runs.store import RunStore, now
from redraft.runs.stored import Lease, Progress
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
    written = Progress(record.id, LEASE.token, key, 1, Position(), (), (call(),), (("name", "answer"),), ())
    assert await store.add([written]) == [True]
    assert await store.add([written]) == [False]
    found = await store.get(record.owner_id, record.id)
    assert found is not None
    assert (len(found.calls), found.steps, found.position) == (1, (("name", "answer"),), written.after)


async def test_who_lost_the_lease_adds_nothing(begun: tuple[RunStore, RunRecord, OwnerKey]) -> None:
    store, record, key = begun
    late = Progress(record.id, "another's", key, 1, Position(), (), (call(),), (), ())
    assert await store.add([late]) == [False]
    assert await store.position(record.id, late.token) is None
    assert await store.position(record.id, LEASE.token) == Position()
