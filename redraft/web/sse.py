"""An event stream (`text/event-stream`) as a response: bytes as they come, and a word when the client leaves.

Plain ASGI on purpose: FastAPI's own event streams cost a quarter of a millisecond of CPU an event, which is more than
everything else a token passes through.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from redraft.web.endings import session_ended

RESPONSE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}
"""For the `responses` of a route that answers an event stream."""
LINE_ENDS = tuple((each.encode(), f"\\u{ord(each):04x}".encode()) for each in "\x85\u2028\u2029")
SESSION_ENDED = b": the session has ended\n\n"
"""A comment, for whoever looks at the wire: to a client the stream breaks off, and its next request is a 401."""
LAST_WORD_SECONDS = 1.0
PING = b": ping\n\n"
"""A comment, which clients skip: keeps proxies from closing a silent stream."""


def frame(event_id: int, name: str, data: dict[str, Any]) -> bytes:
    """One event as it goes over the wire."""
    encoded = orjson.dumps(data)
    if b"\xe2\x80" in encoded or b"\xc2\x85" in encoded:
        # No line ends to an event stream, but to many clients that read one line by line.
        for raw, escaped in LINE_ENDS:
            encoded = encoded.replace(raw, escaped)
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (event_id, name.encode(), encoded)


class EventStream(Response):
    """Sends what `frames` yields until it ends or the client leaves; then `on_leave` is awaited.

    When the session ends that the client came by, so does the stream, without a last event: what it showed goes on, and
    whoever is signed in may go on reading.

    A client that reads slowly stops `frames` at its next `yield`: nothing is queued here.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        frames: AsyncIterator[bytes],
        on_leave: Callable[[], Awaitable[None]] | None = None,
        while_open: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._frames = frames
        self._on_leave = on_leave
        self._while_open = while_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, and watch for the client's leaving at the same time: neither alone would notice the other's end.

        Raises what entering `while_open` raises, before anything is sent.
        """
        with self._while_open():
            await self._call(scope, receive, send)

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.ensure_future(self._send_all(send))
        leaving = asyncio.ensure_future(until_disconnect(receive))
        ending = asyncio.ensure_future(session_ended(scope))
        tasks = {sending, leaving, ending}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            left, ended = leaving.done() and not sending.done(), ending.done() and not sending.done()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        if ended and not left:
            with contextlib.suppress(TimeoutError):  # of a client that does not read; the server cuts it off
                async with asyncio.timeout(LAST_WORD_SECONDS):
                    await send({"type": "http.response.body", "body": SESSION_ENDED, "more_body": False})
            return
        if left and self._on_leave is not None:
            await self._on_leave()
        if not sending.cancelled():
            sending.result()

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for chunk in self._frames:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@contextlib.asynccontextmanager
async def watching(receive: Receive, on_leave: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Await `on_leave` if the client leaves within the context: for answers that take long and are no stream."""

    async def watch() -> None:
        await until_disconnect(receive)
        await on_leave()

    watch_task = asyncio.create_task(watch())
    try:
        yield
    finally:
        watch_task.cancel()
        await asyncio.wait({watch_task})
    if not watch_task.cancelled():
        watch_task.result()


async def until_disconnect(receive: Receive) -> None:
    """Return when the client has left. The request's body must have been read before."""
    while (await receive())["type"] != "http.disconnect":
        pass
