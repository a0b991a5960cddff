"""The end of a caller's session, for answers that take long: nobody reads on by a session that has ended."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.types import Scope

from redraft.errors import Unauthenticated
from redraft.tasks import end

ENDING = "redraft.session_ended"
"""Where the scope of a request has a function that returns once the session it came by has ended."""


async def session_ended(scope: Scope) -> None:
    """Return once the caller's session has ended. Never, for a request that came by none."""
    if ENDING in scope:
        await scope[ENDING]()
    else:
        await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def while_signed_in(scope: Scope) -> AsyncIterator[None]:
    """Raise `Unauthenticated` out of the context as soon as the caller's session ends."""
    task, ended = asyncio.current_task(), False
    assert task is not None  # noqa: S101  it runs in one

    async def watch() -> None:
        nonlocal ended
        await session_ended(scope)
        ended = True
        task.cancel()

    watching = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if not ended:
            raise
        task.uncancel()
        raise Unauthenticated("This session has ended: log in.") from None
    finally:
        await end(watching)
