"""Texts travel compressed: answers as the client takes them, and bodies as it sends them (`Content-Encoding: gzip`).

An answer that holds a secret and what somebody else chose must not be compressed: its length would tell of the secret
(BREACH). Tokens and codes are answered under `SECRETS` alone, which stay as they are. Elsewhere an answer holds one
user's texts, and another site can have none of it made: the access token is a header that only our pages send.
"""

import asyncio
import zlib
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECRETS = ("/v1/auth/", "/v1/me/")
"""Addresses that begin so answer tokens and codes, and are never compressed; but for the export, which has none."""
EXPORT = "/v1/me/export"
SMALL = 1_000
"""Bytes of an answer up to which its head is most of what travels."""
ON_THE_LOOP = 20_000
"""Bytes that are compressed in the event loop: half a millisecond. More are compressed in a thread."""
LEVEL = 6
"""zlib's own default: half the time of level 9, and within 2 % of its size for prose."""
GZIP = ("gzip", "x-gzip")


class Compressed(GZipMiddleware):
    """Sends answers as gzip to clients that take it; not event streams, which come in small pieces, nor secrets."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, SMALL, LEVEL, ON_THE_LOOP)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _has_secrets(scope["path"]) or not _takes_gzip(Headers(scope=scope)):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class Inflated:
    """Gives the app the bodies that were sent as gzip unpacked: at most `max_bytes`, and never more in memory."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        encoding = Headers(scope=scope).get("content-encoding", "").strip().lower() if scope["type"] == "http" else ""
        if encoding in ("", "identity"):
            await self._app(scope, receive, send)
            return
        unpacked = False

        async def receive_unpacked() -> Message:
            nonlocal unpacked
            if unpacked:  # from here on it tells when the client leaves
                return await receive()
            if encoding not in GZIP:
                told = "Send the body as it is, or with `Content-Encoding: gzip`."
                raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, told, {"Accept-Encoding": "gzip"})
            packed = bytearray()
            while not unpacked:
                message = await receive()
                if message["type"] != "http.request":
                    return message
                packed += message.get("body", b"")
                unpacked = not message.get("more_body", False)
            return {"type": "http.request", "body": await self._body(bytes(packed)), "more_body": False}

        await self._app(scope, receive_unpacked, send)

    async def _body(self, packed: bytes) -> bytes:
        """The body unpacked. Raises 413 when it is too large, which is known before all of it is there."""
        if not packed:
            return b""
        try:
            body, rest = await asyncio.to_thread(unpack, packed, self._max_bytes + 1)
        except zlib.error:
            rest, body = True, b""
        if len(body) > self._max_bytes:
            detail = f"The body is larger than {self._max_bytes:,} bytes when it is unpacked."
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        if rest:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "The body is not what its `Content-Encoding: gzip` says.")
        return body


def unpack(packed: bytes, most: int) -> tuple[bytes, bool]:
    """At most `most` bytes, and whether something is missing or too much. Raises `zlib.error`."""
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    body = stream.decompress(packed, most)
    return body, not stream.eof or bool(stream.unused_data)


def _has_secrets(path: str) -> bool:
    return path.startswith(SECRETS) and path != EXPORT


def _takes_gzip(headers: Headers) -> bool:
    """By `Accept-Encoding` (RFC 9110, 12.5.3): named, or meant by `*`, and not with the weight 0."""
    weights: dict[str, bool] = {}
    for each in ",".join(headers.getlist("accept-encoding")).lower().split(","):
        name, _, parameters = each.partition(";")
        weight = parameters.replace(" ", "").removeprefix("q=")
        weights[name.strip()] = not parameters or weight.strip("0.") != ""
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", False)))
