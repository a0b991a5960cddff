"""What a reader is given when a run changes hands under it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from redraft.config import Settings
from redraft.db import Database, connect, now
from redraft.ids import new_id
from redraft.runs.events import RunDone, RunQueued, RunStarted, Shown
from redraft.runs.log import Log, pack
from redraft.runs.models import NewRun, Outcome, Position, RunRecord
from redraft.runs.reader import Reader
from redraft.runs.run import Active
from redraft.runs.store import RunStore
from redraft.runs.stored import End, Lease, Progress
from redraft.runs.usage import usage_of
from redraft.vault import OwnerKey, Vault, open_vault

LEASE = Lease("replica_1", "lease_1")


@pytest.fixture
async def kept(settings: Settings) -> AsyncIterator[tuple[Database, Vault]]:
    assert settings.mongodb_url is not None
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        yield database, await open_vault(settings, database)


def written(record: RunRecord, key: OwnerKey, stored: Position, *events: Shown) -> Progress:
    return Progress(record.id, record.owner_id, LEASE.token, key, 1, stored, (pack(list(events)),), (), (), ())


async def test_what_was_read_from_the_store_is_not_read_again_when_this_replica_loses_the_run(
    kept: tuple[Database, Vault],
) -> None:
    """A turn that waits may be taken over and lost again before anything is said here."""
    database, vault = kept
    store, new = RunStore(database, vault, timedelta(hours=1)), NewRun("chat", new_id("usr"), {})
    key, record = await vault.key(new.owner_id), RunRecord.begun(new_id("run"), new, now(), None, None)
    assert await store.insert(record, new, LEASE, [])
    first = written(record, key, Position(), Shown(1, RunQueued(record.id)))
    assert await store.add([first]) == [True]
    active = {record.id: Active(record, LEASE, key, Log(1, 2))}
    chunks = Reader(store, active, poll_seconds=0.01, ping_seconds=60).follow(new.owner_id, record.id, 0)
    seen = await anext(chunks)
    active.pop(record.id).log.end()
    last = written(record, key, first.after, Shown(2, RunStarted(record.id, "chat", "")), Shown(3, RunDone({})))
    end = End("done", Outcome(""), None, usage_of([], now(), None, now()), now())
    assert await store.end(last, end, [store.settled(record.owner_id, record.id)]) == 1
    seen += [shown async for chunk in chunks for shown in chunk]
    assert [shown.id for shown in seen] == [1, 2, 3]
    await store.erase(new.owner_id)
