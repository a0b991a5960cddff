"""Whether the event loop went on while something was done."""

import asyncio
from collections.abc import Awaitable, Callable


async def beats(work: Callable[[], Awaitable[object]]) -> int:
    """How often another task had its turn while `work` was under way."""
    count = 0

    async def beat() -> None:
        nonlocal count
        while True:
            await asyncio.sleep(0)
            count += 1

    heart = asyncio.create_task(beat())
    await work()
    heart.cancel()
    return count
