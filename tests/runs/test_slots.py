"""Who works next: every user in turn, within bounds."""

import asyncio

import pytest

from redraft.errors import Overloaded
from redraft.runs.slots import Caps, Slots


async def test_one_users_hundred_runs_delay_anothers_by_one_run_only() -> None:
    slots = Slots(Caps(working=1, working_per_user=1, waiting=1_000, waiting_per_user=200))
    order: list[str] = []

    async def run(owner_id: str) -> None:
        async with slots.held(owner_id):
            order.append(owner_id)
            await asyncio.sleep(0)

    greedy = [asyncio.create_task(run("greedy")) for _ in range(100)]
    await asyncio.sleep(0)
    await run("modest")
    assert order.index("modest") <= 2
    await asyncio.gather(*greedy)
    assert slots.room == 1


async def test_one_user_holds_no_more_than_his_share() -> None:
    slots = Slots(Caps(working=2, working_per_user=1, waiting=10, waiting_per_user=10))
    async with slots.held("ada"):
        second = asyncio.create_task(slots.held("ada").__aenter__())
        async with slots.held("eve"):
            assert not second.done()
        second.cancel()


async def test_a_full_queue_refuses_before_anything_else_happens() -> None:
    slots = Slots(Caps(working=1, working_per_user=1, waiting=1, waiting_per_user=1))
    async with slots.held("ada"):
        waiting = asyncio.create_task(slots.held("eve").__aenter__())
        await asyncio.sleep(0)
        with pytest.raises(Overloaded) as refused:
            slots.check("bob")
        assert refused.value.retry_after is not None
        waiting.cancel()


async def test_who_stops_waiting_leaves_his_place() -> None:
    slots = Slots(Caps(working=1, working_per_user=1, waiting=1, waiting_per_user=1))
    async with slots.held("ada"):
        waiting = asyncio.create_task(slots.held("eve").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        slots.check("bob")
    assert slots.room == 1
