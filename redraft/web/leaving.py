"""Work that ends when the client which waits for it leaves."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar

from starlette.types import Receive

from redraft.errors import RedraftError
from redraft.web.sse import until_disconnect

T = TypeVar("T")

client: ContextVar[Receive | None] = ContextVar("redraft_client", default=None)
"""What tells, in a request whose body was read, that its client has left."""


class ClientLeft(RedraftError):
    """The client left before its answer. Nobody reads this; the log does. What was not done yet is left undone."""

    status, code, title = 499, "client_left", "The client left"


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
