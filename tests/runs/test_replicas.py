"""Who is alive is told by heartbeats that are seen to come, whatever clocks say; and what one is enough for."""

from datetime import timedelta
from typing import Any

import pytest
from pymongo.errors import NetworkTimeout

from redraft.config import Settings
from redraft.db import Database, now
from redraft.ids import new_id
from redraft.runs.models import NewRun, RunRecord
from redraft.runs.replicas import NOBODY, Replicas
from redraft.runs.run import Active
from redraft.runs.store import RunStore
from redraft.runs.stored import Held, Lease
from redraft.runs.strays import Strays
from redraft.runs.sweeper import Sweeper
from redraft.vault import open_vault

LEASE_SECONDS = 6.0


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def pass_time(clock: Clock, seconds: float, beating: list[Replicas], looking: Replicas) -> None:
    """So many seconds, in each of which everybody `beating` says that it is alive, and `looking` looks."""
    for _ in range(round(seconds)):
        clock.now += 1
        for each in beating:
            await each.beat()
        await looking.look()


async def jump(database: Database, seconds: float) -> None:
    """What the clock of the next primary makes of every time that is written from now on: it is so far away."""
    async for each in database.db["replicas"].find({}):
        moved = {"$set": {"expires_at": each["expires_at"] + timedelta(seconds=seconds)}}
        await database.db["replicas"].update_one({"_id": each["_id"]}, moved)


@pytest.mark.parametrize("seconds", [-10, 10])
async def test_a_primary_whose_clock_is_ten_seconds_away_makes_nobody_dead(database: Database, seconds: float) -> None:
    clock = Clock()
    here, there = (Replicas(database, name, LEASE_SECONDS, clock) for name in ("replica_1", "replica_2"))
    await pass_time(clock, 2 * LEASE_SECONDS, [here, there], here)
    assert here.steady
    assert here.dead() == [NOBODY]
    await jump(database, seconds)
    await here.beat()  # ours is of the new primary's time, theirs is still of the old one's, or the other way round
    await here.look()
    assert here.dead() == [NOBODY]
    await pass_time(clock, LEASE_SECONDS + 2, [here], here)
    assert here.dead() == [NOBODY, "replica_2"]


async def test_who_was_never_seen_alive_is_dead_after_a_lease_and_who_left_at_once(database: Database) -> None:
    clock = Clock()
    here, there = (Replicas(database, name, LEASE_SECONDS, clock) for name in ("replica_1", "replica_2"))
    await there.beat()
    await pass_time(clock, LEASE_SECONDS - 1, [here], here)
    assert here.dead() == [NOBODY]
    assert not here.alone
    await there.leave()
    await here.look()
    assert here.dead() == [NOBODY, "replica_2"]
    assert here.alone


async def test_one_of_the_living_leads(database: Database) -> None:
    clock = Clock()
    replicas = [Replicas(database, f"replica_{number}", LEASE_SECONDS, clock) for number in range(3)]
    assert not any(each.leads for each in replicas)
    for each in replicas:
        await each.beat()
    for each in replicas:
        await each.look()
    assert [each.leads for each in replicas] == [True, False, False]
    await replicas[0].leave()
    for each in replicas:
        await each.look()
    assert [each.leads for each in replicas[1:]] == [True, False]


class Unsure(RunStore):
    """A store whose first take-over works, and whose answer to it is lost."""

    lost = False

    async def take_over(self, held: Held, lease: Lease) -> bool:
        taken = await super().take_over(held, lease)
        if not self.lost:
            self.lost = True
            raise NetworkTimeout("the answer is lost")
        return taken


async def test_a_take_over_whose_answer_was_lost_counts_as_one_attempt(database: Database, settings: Settings) -> None:
    vault = await open_vault(settings, database)
    store, taken = Unsure(database, vault, timedelta(hours=1)), list[Active]()
    new = NewRun("chat", new_id("usr"), {"messages": []})
    record = RunRecord.begun(new_id("run"), new, now(), None, None)
    assert await store.insert(record, new, Lease(NOBODY, "lease_1"), [])
    clock = Clock()
    replicas = Replicas(database, "replica_1", LEASE_SECONDS, clock)

    async def settle(ended: RunRecord) -> None:
        raise AssertionError(ended)

    options: dict[str, Any] = {"active": {}, "starting": set(), "strays": Strays(), "kept": timedelta(days=1)}
    options |= {"take": taken.append, "room": lambda: 1, "settle": settle}
    sweeper = Sweeper(store, replicas, vault, replica="replica_1", **options)
    await pass_time(clock, 2 * LEASE_SECONDS, [replicas], replicas)
    with pytest.raises(NetworkTimeout):
        await sweeper.sweep()
    for _ in range(2):  # a stray is one that was seen twice
        assert not taken
        await sweeper.sweep()
    [active] = taken
    assert (active.record.id, active.record.attempt) == (record.id, 2)
    await store.erase(new.owner_id)
