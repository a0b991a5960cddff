"""Work on long texts in threads, so that the event loop goes on."""

import asyncio
import contextlib
import contextvars
from collections.abc import Awaitable, Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import coroutine
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
OnTheLoop = Callable[[], Awaitable[Any]]

THREADS = 2
"""That work on texts at once. They share the interpreter lock: more would only keep the event loop waiting for it."""
ON_THE_LOOP = 20_000
"""Characters that may be worked on in the event loop: a few tens of milliseconds."""

_threads = ThreadPoolExecutor(THREADS, "texts")


async def in_thread_if_long(size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`work(...)`, in a thread when it is about more than a few pages of text."""
    if size <= ON_THE_LOOP:
        return work(*args, **kwargs)
    return await in_thread(work, *args, **kwargs)


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`work(...)`, in one of the few threads that work on texts."""
    context = contextvars.copy_context()
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, partial(context.run, work, *args, **kwargs))


async def in_thread_by_steps(work: Coroutine[OnTheLoop, Any, T]) -> T:
    """What `work` comes to, every step of it in a thread.

    It may await only `on_the_loop`, and holds no thread while it does: waiting for a model takes minutes.
    """
    step: Callable[[], OnTheLoop] = partial(work.send, None)
    try:
        while True:
            wanted, result = await in_thread(_stepped, step)
            if wanted is None:
                ended: T = result
                return ended
            try:
                step = partial(work.send, await wanted())
            except Exception as error:  # noqa: BLE001  raised again, within `work`
                step = partial(work.throw, error)
    finally:
        with contextlib.suppress(ValueError):  # cancelled in the middle of a step, after which no other comes
            work.close()


@coroutine
def on_the_loop(work: Callable[[], Awaitable[T]]) -> Generator[OnTheLoop, T, T]:
    """What `work()` comes to, awaited in the event loop; for the coroutines of `in_thread_by_steps`."""
    return (yield work)


def _stepped(step: Callable[[], OnTheLoop]) -> tuple[OnTheLoop | None, Any]:
    """What the coroutine waits for next, or None and its result."""
    try:
        return step(), None
    except StopIteration as end:  # which no future can hold
        return None, end.value
