"""What a streamed turn of 100 tokens costs the server in CPU: redraft, everything stored, beside `plain`.

`python -m bench.turns` starts an embedded database, a model that answers as fast as it can, and both servers, one after
the other. `python -m bench.turns --streams 1000` opens so many streams at once instead, ten tokens a second each.
"""

import argparse
import asyncio
import itertools
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from aiohttp import web

from redraft.embedded.database import embedded_database, free_port

TOKENS = 100


@asynccontextmanager
async def model(token_seconds: float) -> AsyncIterator[str]:
    """A model's server; every token is a chunk of its own."""

    async def complete(request: web.Request) -> web.StreamResponse:
        await request.read()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for place in range(TOKENS):
            await response.write(_chunk([{"index": 0, "delta": {"content": f"tk{place} "}}]))
            if token_seconds:
                await asyncio.sleep(token_seconds)
        usage = {"prompt_tokens": 25, "completion_tokens": TOKENS, "total_tokens": 25 + TOKENS}
        end = _chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}]) + _chunk([], usage=usage)
        await response.write(end + b"data: [DONE]\n\n")
        return response

    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=4096).start()
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        await runner.cleanup()


def _chunk(choices: list[dict[str, Any]], **more: Any) -> bytes:
    body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4", "choices": choices, **more}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


@asynccontextmanager
async def server(command: list[str], environment: dict[str, str], path: str) -> AsyncIterator[tuple[str, int]]:
    """A server as a process, once `path` answers: its base URL and its process id."""
    port = free_port()
    ports = {"PORT": str(port), "REDRAFT_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **environment, **ports})
    base = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession() as http, asyncio.timeout(120):
            while True:
                with suppress(aiohttp.ClientError):
                    async with http.get(base + path) as response:
                        if response.status == 200:
                            break
                await asyncio.sleep(0.2)
        yield base, process.pid
    finally:
        process.terminate()
        await process.wait()


class Redraft:
    """A user with a conversation that the server keeps."""

    async def join(self, http: aiohttp.ClientSession, base: str, number: int) -> None:
        self._url = f"{base}/v1/chat"
        body = {"phone": f"+1415{2_000_000 + number}", "password": "a rather good passphrase"}
        async with http.post(f"{base}/v1/auth/register", json=body) as response:
            self._headers = {"Authorization": f"Bearer {(await response.json())['access_token']}"}
        async with http.post(f"{base}/v1/conversations", json={}, headers=self._headers) as response:
            self._conversation = (await response.json())["id"]

    async def turn(self, http: aiohttp.ClientSession) -> list[float]:
        body = {"conversation_id": self._conversation, "messages": [{"role": "user", "content": "Tell me something."}]}
        return await _read(http, self._url, body, self._headers)


class Plain:
    """A thread of the plain server."""

    async def join(self, http: aiohttp.ClientSession, base: str, number: int) -> None:
        self._url, self._thread = f"{base}/chat", str(number)

    async def turn(self, http: aiohttp.ClientSession) -> list[float]:
        body = {"thread": self._thread, "messages": [{"role": "user", "content": "Tell me something."}]}
        return await _read(http, self._url, body, {})


async def _read(http: aiohttp.ClientSession, url: str, body: Any, headers: dict[str, str]) -> list[float]:
    """When each token came. Raises when one is missing."""
    times: list[float] = []
    async with http.post(url, json=body, headers=headers) as response:
        response.raise_for_status()
        async for line in response.content:
            if line.startswith(b"data:") and b'"text"' in line and b"tk" in line:
                times.append(time.perf_counter())
    assert len(times) == TOKENS, len(times)
    return times


async def measure(kind: type[Redraft] | type[Plain], base: str, pid: int, clients: int, turns: int) -> dict[str, Any]:
    """CPU and memory of the process over `turns` turns of each client, all clients at once."""
    process = psutil.Process(pid)
    timeout = aiohttp.ClientTimeout(total=900)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as http:
        people = [kind() for _ in range(clients)]
        for start in range(0, clients, 8):
            some = people[start : start + 8]
            await asyncio.gather(*(person.join(http, base, start + place) for place, person in enumerate(some)))
        await people[0].turn(http)
        before, memory = process.cpu_times(), process.memory_info().rss
        peak = asyncio.create_task(_peak(process))
        gaps: list[float] = []

        async def one(person: Redraft | Plain) -> None:
            for _ in range(turns):
                times = await person.turn(http)
                gaps.extend(later - earlier for earlier, later in itertools.pairwise(times))

        await asyncio.gather(*(one(person) for person in people))
        after = process.cpu_times()
        peak.cancel()
        seconds = after.user + after.system - before.user - before.system
        done = clients * turns
        return {
            "cpu_ms_a_turn": round(1000 * seconds / done, 1),
            "cpu_us_a_token": round(1e6 * seconds / done / TOKENS),
            "gap_p99_ms": round(1000 * statistics.quantiles(gaps, n=100)[-1]),
            "memory_kb_a_stream": round((max(_peaks, default=memory) - memory) / 1024 / clients),
        }


_peaks: list[int] = []


async def _peak(process: psutil.Process) -> None:
    _peaks.clear()
    while True:
        _peaks.append(process.memory_info().rss)
        await asyncio.sleep(0.5)


async def main(streams: int | None) -> None:
    """Print a line for each server."""
    clients, turns = (streams, 1) if streams else (8, 10)
    directory = Path(tempfile.mkdtemp(prefix="bench-"))
    async with model(0.1 if streams else 0.0) as address, embedded_database(directory / "mongodb") as database:
        settings = {
            "REDRAFT_MONGODB_URL": database, "REDRAFT_DATA_DIR": str(directory), "REDRAFT_MODEL": "openai:gpt-4",
            "REDRAFT_MODEL_BASE_URL": address, "REDRAFT_MODEL_API_KEY": "x", "REDRAFT_LOG_LEVEL": "warning",
            "REDRAFT_RUN_SLOTS": "5000",
        }  # fmt: skip
        program = str(Path(sys.executable).with_name("redraft"))
        async with server([program, "serve"], settings, "/readyz") as (base, pid):
            print("redraft", json.dumps(await measure(Redraft, base, pid, clients, turns)), flush=True)
        if not streams:
            plain = [sys.executable, "-m", "bench.plain"]
            async with server(plain, {"MODEL_BASE_URL": address}, "/openapi.json") as (base, pid):
                print("plain  ", json.dumps(await measure(Plain, base, pid, clients, turns)), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--streams", type=int)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(parser.parse_args().streams))
