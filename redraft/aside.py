"""Work on long texts, beside the event loop."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

ON_THE_LOOP = 20_000
"""Characters that may be worked on in the event loop: a few tens of milliseconds."""


async def beside(size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`work(...)`, in a thread when it is about more than a few pages of text."""
    if size <= ON_THE_LOOP:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)
