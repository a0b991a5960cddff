"""The head of a request (its first line and headers), bounded in size and time before anything looks at it.

uvicorn's parser takes heads of any size and waits for them for ever, so that anybody could fill the memory or hold
connections by it. `bounded` makes the protocol that `redraft serve` gives to uvicorn.

It also takes what uvicorn would let through: HTTP/0.9, versions that do not exist, and a request of HTTP/1.1 that names
no host, or two, or none that could be one (RFC 9112, section 3.2). HTTP/1.0 has no `Host`, and health checks use it.

Bodies are bounded in `requests`, where they are read. Of a request that was answered without that, the connection ends
here when the rest of it does not come.
"""

import asyncio
import re
from http import HTTPStatus

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from redraft.errors import HeadTooLarge, Malformed, RedraftError
from redraft.ids import new_id
from redraft.web.browsers import HEADERS, NOTHING
from redraft.web.problems import problem

LEEWAY_SECONDS = 1.0
"""In which a body that comes too late can be refused in words."""
VERSIONS = ("1.0", "1.1")
HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]+)(?::[0-9]{0,5})?")
"""A name or an address, and perhaps a port: RFC 3986, sections 3.2.2 and 3.2.3."""
_ALWAYS = "".join(
    f"{name.lower()}: {value}\r\n" for name, value in {**HEADERS, "Content-Security-Policy": NOTHING}.items()
).encode()


def bounded(max_bytes: int, seconds: float, body_seconds: float) -> type[HttpToolsProtocol]:
    """uvicorn's protocol, with heads of at most `max_bytes` that arrive within `seconds`, and bodies in their time."""

    class Bounded(_BoundedHeads):
        _max_bytes, _seconds, _body_seconds = max_bytes, seconds, body_seconds + LEEWAY_SECONDS

    return Bounded


class _BoundedHeads(HttpToolsProtocol):
    """Counts what arrives until a head is complete, and again when it is: it may have come in one piece."""

    _max_bytes: int
    _seconds: float
    _body_seconds: float
    _received = 0
    _too_large = False
    _wrong: str | None = None
    _late: asyncio.TimerHandle | None = None
    _body_late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_there()
        self._body_is_there()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._late is not None:
            self._received += len(data)
            if self._received > self._max_bytes and not self.transport.is_closing():
                self._refuse_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait_for_head()

    def on_headers_complete(self) -> None:
        self._head_is_there()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > self._max_bytes:
            self._too_large = True
            raise ValueError("the head is too large")  # ends the parser, which then calls `send_400_response`
        self._wrong = self._fault()
        if self._wrong is not None:
            raise ValueError("the head is wrong")  # likewise
        self._body_late = self.loop.call_later(self._body_seconds, self.transport.close)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._body_is_there()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Called by uvicorn where its parser gave up; `msg` says the same of every fault."""
        if self._too_large:
            self._refuse_head()
        elif self._wrong is not None:
            self._refuse(Malformed(self._wrong))
        else:
            self._refuse(Malformed("What came is no request as RFC 9112 has them; TLS ends before redraft."))

    def _fault(self) -> str | None:
        """What is wrong with the version or the host of the request whose head is complete."""
        version = self.parser.get_http_version()
        if version not in VERSIONS:
            return "The version is not one that is spoken here: HTTP/1.1 or HTTP/1.0."
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1:
            return "There are several `Host` headers: send one."
        if not hosts and version != "1.0":
            return "There is no `Host` header: send one."
        if hosts and not HOST.fullmatch(hosts[0]):
            return "The `Host` header names no host: send a name or an address, and a port where there is one."
        return None

    def _wait_for_head(self) -> None:
        self._head_is_there()
        self._late = self.loop.call_later(self._seconds, self.transport.close)

    def _head_is_there(self) -> None:
        self._received = 0
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _body_is_there(self) -> None:
        if self._body_late is not None:
            self._body_late.cancel()
            self._body_late = None

    def _refuse_head(self) -> None:
        self._refuse(HeadTooLarge(f"Address and headers are larger than {self._max_bytes:,} bytes together."))

    def _refuse(self, error: RedraftError) -> None:
        """Answer with `error` and end the connection: no request was read, so no route knows of it."""
        request_id = new_id("req")
        body = orjson.dumps(problem(error, request_id))
        self.transport.write(
            b"HTTP/1.1 %d %b\r\ncontent-type: application/problem+json\r\nx-request-id: %b\r\n%b"
            b"content-length: %d\r\nconnection: close\r\n\r\n%b"
            % (error.status, HTTPStatus(error.status).phrase.encode(), request_id.encode(), _ALWAYS, len(body), body)
        )
        self.transport.close()
