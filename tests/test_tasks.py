"""Tasks end, also those that lose a cancel."""

import asyncio

from redraft.tasks import end


async def test_a_task_that_swallows_its_first_cancel_is_ended_all_the_same() -> None:
    async def deaf_once() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            await asyncio.sleep(3600)

    task = asyncio.create_task(deaf_once())
    await asyncio.sleep(0)
    await end(task)
    assert task.cancelled()
