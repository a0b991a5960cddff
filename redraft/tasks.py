"""Ending tasks for certain."""

import asyncio
from typing import Any

AGAIN_SECONDS = 2.0
"""Longer than an orderly end takes, so that it is rarely disturbed."""


def cancel(task: "asyncio.Task[Any]") -> None:
    """Cancel the task, and again until it has ended.

    Once is not always enough: a cancel that meets an answer of the database is lost on Python 3.11 (in `wait_for` and
    in PyMongo's network layer), and a task that was told to end then goes on as if nothing had been said.
    """
    if not task.done():
        task.cancel()
        asyncio.get_running_loop().call_later(AGAIN_SECONDS, cancel, task)


async def end(*tasks: "asyncio.Task[None]") -> None:
    """Cancel the tasks and wait until all have ended. What a task raised is dropped."""
    for task in tasks:
        cancel(task)
    await asyncio.gather(*tasks, return_exceptions=True)
