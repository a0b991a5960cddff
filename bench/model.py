"""A model's server as a process of its own: `python -m bench.model PORT TOKENS TOKEN_SECONDS`.

An OpenAI-compatible stream by a bare protocol, so that it costs next to nothing beside what is measured. Every token is
a chunk of its own, and tells when it was sent, in nanoseconds of the machine's monotonic clock.
"""

import asyncio
import json
import sys
import time
from typing import cast

import uvloop

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def _chunk(choices: list[dict[str, object]], **more: object) -> bytes:
    body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4", "choices": choices, **more}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


TOKEN = _chunk([{"index": 0, "delta": {"content": "tk@NOW "}}])


class Connection(asyncio.Protocol):
    """Answers each request with the same tokens; a request is anything that ends where its length says."""

    def __init__(self, tokens: int, token_seconds: float) -> None:
        self._tokens = tokens
        self._token_seconds = token_seconds
        self._loop = asyncio.get_running_loop()
        self._rest = b""
        usage = {"prompt_tokens": 25, "completion_tokens": tokens, "total_tokens": 25 + tokens}
        end = _chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}]) + _chunk([], usage=usage)
        self._end = _framed(end + b"data: [DONE]\n\n") + b"0\r\n\r\n"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        self._rest += data
        head, found, body = self._rest.partition(b"\r\n\r\n")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
        if found and len(body) >= int(length.split(b":")[1]):
            self._rest = b""
            self._transport.write(HEAD)
            self._say(0, self._loop.time())

    def _say(self, place: int, at: float) -> None:
        if self._transport.is_closing():
            return
        while place < self._tokens:
            now = b"%d" % time.monotonic_ns()
            self._transport.write(_framed(TOKEN.replace(b"NOW", now)))
            place += 1
            if self._token_seconds:
                at += self._token_seconds
                self._loop.call_at(at, self._say, place, at)
                return
        self._transport.write(self._end)


async def serve(port: int, tokens: int, token_seconds: float) -> None:
    """Until the process is ended."""
    make = lambda: Connection(tokens, token_seconds)  # noqa: E731
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
