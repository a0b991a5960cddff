"""Ending tasks for certain."""

import asyncio

AGAIN_SECONDS = 2.0
"""Longer than an orderly end takes, so that it is rarely disturbed."""


async def end(*tasks: "asyncio.Task[None]") -> None:
    """Cancel the tasks until all have ended.

    Once is not always enough: a cancel that meets an answer of the database is lost on Python 3.11 (in `wait_for` and
    in PyMongo's network layer), and a loop that was told to end then goes on for ever. What a task raised is dropped.
    """
    going = {task for task in tasks if not task.done()}
    while going:
        for task in going:
            task.cancel()
        _, going = await asyncio.wait(going, timeout=AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
