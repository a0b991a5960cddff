"""Many streams open at once on one replica, ten tokens a second each: what a stream and a token cost.

`python -m bench.streams --streams 1000`. The model, the replica, its database and the clients are processes of their
own on one machine. A token tells when the model sent it, so its latency is all that lies between: replica, sockets,
client.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import aiohttp
import psutil
import uvloop
from pymongo import AsyncMongoClient

from bench.processes import (
    REDRAFT,
    Server,
    allow_many_files,
    cpu_seconds,
    database,
    model,
    redraft_settings,
    server,
)

TOKEN = b"tk@"
EVENT = b'data: {"text":"tk@'
TOKEN_SECONDS = 0.1
JOIN_AT_ONCE = 8
OPEN_SECONDS = 5.0
"""Over which the streams are opened, one after the other: the figures are those of open streams."""


class Stream(asyncio.Protocol):
    """One request and its events, by a bare protocol: a client that costs as little as can be."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._rest = b""
        self.refused = ""
        self.latencies: list[float] = []
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        if data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 200 "):
            self.refused = data.decode()
            self.ended.set_result(None)
            return
        whole, end, self._rest = (self._rest + data).rpartition(b"\n\n")
        for event in whole.split(EVENT)[1:]:
            for token in event.partition(b"\n")[0].split(TOKEN):
                self.latencies.append((now - int(token[: token.index(b" ")])) / 1e6)
        if b"event: done" in whole + end and not self.ended.done():
            self.ended.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionResetError("the stream ended without `done`"))


def _request(base: str, token: str, conversation: str) -> bytes:
    body = {"conversation_id": conversation, "messages": [{"role": "user", "content": "Tell me something."}]}
    sent = json.dumps(body).encode()
    head = f"POST /v1/chat HTTP/1.1\r\nHost: {base.removeprefix('http://')}\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n".encode() + sent


async def _join(http: aiohttp.ClientSession, base: str, number: int) -> bytes:
    """A user with a conversation: the request that asks in it."""
    body = {"phone": f"+1415{2_000_000 + number}", "password": "a rather good passphrase"}
    async with http.post(f"{base}/v1/auth/register", json=body) as response:
        token = (await response.json())["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with http.post(f"{base}/v1/conversations", json={}, headers=headers) as response:
        return _request(base, token, (await response.json())["id"])


async def _requests(base: str, count: int) -> list[bytes]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=900)) as http:
        requests: list[bytes] = []
        for start in range(0, count, JOIN_AT_ONCE):
            some = range(start, min(start + JOIN_AT_ONCE, count))
            requests += await asyncio.gather(*(_join(http, base, number) for number in some))
        return requests


async def _open(base: str, requests: list[bytes]) -> list[Stream]:
    """Open all streams and read them to their ends, or to a refusal."""
    loop = asyncio.get_running_loop()
    host, port = base.removeprefix("http://").split(":")
    streams: list[Stream] = []
    for request in requests:
        _, stream = await loop.create_connection(lambda request=request: Stream(request), host, int(port))
        streams.append(stream)
        await asyncio.sleep(OPEN_SECONDS / len(requests))
    await asyncio.gather(*(stream.ended for stream in streams))
    return streams


@asynccontextmanager
async def _highest(pid: int) -> AsyncIterator[list[int]]:
    """Memory of a process, in bytes, the highest so far as the only item."""
    process = psutil.Process(pid)
    highest = [process.memory_info().rss]

    async def watch() -> None:
        while True:
            highest[0] = max(highest[0], process.memory_info().rss)
            await asyncio.sleep(0.2)

    watching = asyncio.create_task(watch())
    try:
        yield highest
    finally:
        watching.cancel()


async def _batches(kept: Server) -> tuple[float, float]:
    """How many batches of events were stored for a turn, and how many events a batch holds."""
    async with AsyncMongoClient[dict[str, Any]](kept.base) as mongo:
        runs = await mongo["redraft"]["runs"].find({}, {"events.count": 1, "event_count": 1}).to_list()
    batches = [len(run["events"]) for run in runs]
    return statistics.mean(batches), sum(run["event_count"] for run in runs) / sum(batches)


async def measure(streams: int, tokens: int) -> dict[str, Any]:
    """One wave of streams."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        directory = Path(name)
        async with AsyncExitStack() as stack:
            asked = await stack.enter_async_context(model(tokens, TOKEN_SECONDS))
            kept = await stack.enter_async_context(database(directory))
            settings = redraft_settings(directory, kept, asked)
            served = await stack.enter_async_context(server(REDRAFT, settings, "/readyz"))
            requests = await _requests(served.base, streams)
            await _open(served.base, requests[:1])
            memory = psutil.Process(served.pid).memory_info().rss
            pids = {
                "redraft": served.pid,
                "its database": kept.pid,
                "the model": asked.pid,
                "the clients": psutil.Process().pid,
            }
            before, began = {name: cpu_seconds(pid) for name, pid in pids.items()}, time.monotonic()
            async with _highest(served.pid) as highest:
                opened = await _open(served.base, requests)
            seconds = time.monotonic() - began
            spent = {name: cpu_seconds(pid) - before[name] for name, pid in pids.items()}
            batches, events = await _batches(kept)
    latencies = [latency for stream in opened for latency in stream.latencies]
    refused = [stream.refused for stream in opened if stream.refused]
    if refused:
        print(f"{len(refused)} refused, such as\n{refused[0]}")
    count = (streams - len(refused)) * tokens
    assert len(latencies) == count, (len(latencies), count)
    cuts = statistics.quantiles(latencies, n=1000)
    return {
        "streams": streams,
        "tokens of each": tokens,
        "seconds": round(seconds, 1),
        "tokens a second": round(count / seconds),
        "CPU, microseconds a token": {name: round(1e6 * used / count) for name, used in spent.items()},
        "CPU, share of a core": {name: round(used / seconds, 2) for name, used in spent.items()},
        "latency of a token, ms": {
            "p50": round(cuts[499], 1),
            "p99": round(cuts[989], 1),
            "max": round(max(latencies)),
        },
        "memory, KB a stream": round((highest[0] - memory) / 1024 / streams),
        "batches stored a turn": round(batches, 1),
        "events a batch": round(events, 1),
    }


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--tokens", type=int, default=200)
    given = parser.parse_args()
    allow_many_files()
    print(json.dumps(uvloop.run(measure(given.streams, given.tokens)), indent=2))


if __name__ == "__main__":
    main()
