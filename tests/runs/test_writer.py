"""What a replica stores of its runs while they are at work, when there is not time for all of it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from redraft.config import Settings
from redraft.db import connect, now
from redraft.ids import new_id
from redraft.runs.events import Token
from redraft.runs.journal import UnderWay
from redraft.runs.log import Log
from redraft.runs.models import NewRun, RunRecord
from redraft.runs.run import Active
from redraft.runs.store import RunStore
from redraft.runs.stored import Lease
from redraft.runs.writer import RUNS_AT_ONCE, Writer
from redraft.vault import open_vault
from tests.usage.test_calls import call

RUNS = 2 * RUNS_AT_ONCE + 10


@pytest.fixture
async def at_work(settings: Settings) -> AsyncIterator[tuple[RunStore, list[Active]]]:
    """More runs than are written at once, each with one event."""
    assert settings.mongodb_url is not None
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        vault, owner_id = await open_vault(settings, database), new_id("usr")
        store, new = RunStore(database, vault, timedelta(hours=1)), NewRun("chat", owner_id, {})
        runs = []
        for _ in range(RUNS):
            record, lease = RunRecord.begun(new_id("run"), new, now(), None, None), Lease("replica", new_id("lease"))
            assert await store.insert(record, new, lease, [])
            runs.append(Active(record, lease, await vault.key(owner_id), Log()))
            runs[-1].log.append(Token("Well"))
        yield store, runs
        await store.erase(owner_id)


async def test_when_time_is_short_every_run_has_its_turn(at_work: tuple[RunStore, list[Active]]) -> None:
    store, runs = at_work
    writer = Writer(store, {active.record.id: active for active in runs}, events_seconds=0)
    for rounds in (1, 2, 3):
        await writer.write()
        assert sum(active.stored.events > 0 for active in runs) == min(rounds * RUNS_AT_ONCE, RUNS)
        for active in runs:
            active.log.append(Token("more"))


async def test_a_call_that_begins_is_on_record_before_the_events_of_others(
    at_work: tuple[RunStore, list[Active]],
) -> None:
    store, runs = at_work
    writer = Writer(store, {active.record.id: active for active in runs}, events_seconds=0)
    begun = call()
    runs[-1].under_way.append(UnderWay(lambda: begun))
    await writer.write()
    record = await store.get(runs[-1].record.owner_id, runs[-1].record.id)
    assert record is not None
    assert record.under_way == (begun,)
