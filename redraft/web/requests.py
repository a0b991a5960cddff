"""What happens to every request: an id, bounds on its body, one log line, and a problem for what nobody foresaw.

Plain ASGI: a wrapper that buffers would break event streams.
"""

import asyncio
import re
import time
from http import HTTPMethod, HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from redraft.errors import RedraftError, TooLarge
from redraft.ids import new_id
from redraft.web import prometheus
from redraft.web.problems import REFUSAL, problem_response

log = structlog.get_logger()
METHODS = frozenset(HTTPMethod)
USER_ID = "redraft.user_id"
"""Where the scope of a request says who asks; the log line says it too."""
USABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestLog:
    """Gives each request an id (the client's `X-Request-ID` where it is usable) and logs its end.

    The log line holds the route's template, never the address as sent: ids and tokens stay out of the log. It names the
    user, where he is known, and the code of a refusal; both were left in the scope by whoever knew them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent_id = Headers(scope=scope).get("x-request-id", "")
        request_id = sent_id if USABLE_ID.fullmatch(sent_id) else new_id("req")
        scope["request_id"] = request_id
        started, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])  # it may be an HTTPStatus, which says its name
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            seconds = time.perf_counter() - started
            prometheus.requests.labels(_method(scope), route, status).observe(seconds)
            milliseconds = round(seconds * 1000, 1)
            known = {name: scope[key] for name, key in (("code", REFUSAL), ("user_id", USER_ID)) if key in scope}
            log.info("request", method=_method(scope), route=route, status=status, milliseconds=milliseconds, **known)
            structlog.contextvars.unbind_contextvars("request_id")


class LastResort:
    """Makes a 500 of an exception that no handler knew. The log has all of it, the client nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:  # what has a name was answered before it came here
            log.exception("request failed")
            if begun:
                raise  # the server cuts the connection, so that nobody takes the answer for whole
            await problem_response(RedraftError(), scope)(scope, receive, send)


def _method(scope: Scope) -> str:
    """The method, if it is one of HTTP's: what a client makes up would be a time series of its own."""
    return scope["method"] if scope["method"] in METHODS else "OTHER"


class BodyLimit:
    """Refuses a body over `max_bytes`: by its `Content-Length` before a byte is read, or when it has grown past it.

    One that has not arrived within `seconds` is refused too, so that nobody holds a request open by a trickle.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, seconds: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        detail = f"The body is larger than {self._max_bytes:,} bytes."
        length = Headers(scope=scope).get("content-length", "0")
        if length.isdigit() and int(length) > self._max_bytes:
            await problem_response(TooLarge(detail), scope)(scope, receive, send)
            return
        received, arrived = 0, False
        until = asyncio.get_running_loop().time() + self._seconds

        async def receive_bounded() -> Message:
            nonlocal received, arrived
            if arrived:  # from here on it tells when the client leaves
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                late = f"The body has not arrived within {self._seconds:g} seconds. Send the request again."
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, late, {"Connection": "close"}) from None
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
            arrived = not message.get("more_body", False)
            return message

        await self._app(scope, receive_bounded, send)
