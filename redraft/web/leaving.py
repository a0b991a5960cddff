"""Work that ends when the client which waits for it leaves."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar

from starlette.types import Receive

from redraft.errors import ClientLeft
from redraft.web.sse import until_disconnect

T = TypeVar("T")

client: ContextVar[Receive | None] = ContextVar("redraft_client", default=None)
"""What tells, in a request whose body was read, that its client has left."""


async def while_there(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What `work()` comes to. It is cancelled, and `ClientLeft` raised, when the client leaves first.

    Outside of a request nobody can leave.
    """
    receive = client.get()
    if receive is None:
        return await work()
    working, leaving = asyncio.ensure_future(work()), asyncio.ensure_future(until_disconnect(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        left = not working.done()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.wait({working, leaving})
    if left:
        raise ClientLeft
    return working.result()
