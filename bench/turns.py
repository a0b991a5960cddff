"""What a streamed turn of 100 tokens costs a server in CPU: redraft, everything stored, beside `plain`.

`python -m bench.turns` starts an embedded database, a model and both servers, one after the other, and asks with tokens
that come as fast as they can, and with one every 10 ms. What the database costs is told apart.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.processes import REDRAFT, Server, cpu_seconds, database, model, redraft_settings, server

TOKENS = 100
CLIENTS, TURNS = 8, 10
PACES = {"tokens at once": 0.0, "one every 10 ms": 0.01}


class Redraft:
    """A user with a conversation that the server keeps."""

    async def join(self, http: aiohttp.ClientSession, base: str, number: int) -> None:
        self._url = f"{base}/v1/chat"
        body = {"phone": f"+1415{2_000_000 + number}", "password": "a rather good passphrase"}
        async with http.post(f"{base}/v1/auth/register", json=body) as response:
            self._headers = {"Authorization": f"Bearer {(await response.json())['access_token']}"}
        async with http.post(f"{base}/v1/conversations", json={}, headers=self._headers) as response:
            self._conversation = (await response.json())["id"]

    async def turn(self, http: aiohttp.ClientSession) -> None:
        body = {"conversation_id": self._conversation, "messages": [{"role": "user", "content": "Tell me something."}]}
        await _read(http, self._url, body, self._headers)


class Plain:
    """A thread of the plain server."""

    async def join(self, http: aiohttp.ClientSession, base: str, number: int) -> None:
        self._url, self._thread = f"{base}/chat", str(number)

    async def turn(self, http: aiohttp.ClientSession) -> None:
        body = {"thread": self._thread, "messages": [{"role": "user", "content": "Tell me something."}]}
        await _read(http, self._url, body, {})


async def _read(http: aiohttp.ClientSession, url: str, body: Any, headers: dict[str, str]) -> None:
    """Read a turn to its end. Raises when a token is missing."""
    tokens = 0
    async with http.post(url, json=body, headers=headers) as response:
        response.raise_for_status()
        async for line in response.content:
            tokens += line.count(b"tk@") if line.startswith(b'data: {"text"') else 0
    assert tokens == TOKENS, tokens


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds a turn."""

    server: float
    database: float


async def measure(kind: type[Redraft] | type[Plain], served: Server, kept: Server) -> Cost:
    """What the turns of all clients cost, all at once."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=900)) as http:
        people = [kind() for _ in range(CLIENTS)]
        await asyncio.gather(*(person.join(http, served.base, number) for number, person in enumerate(people)))
        await asyncio.gather(*(person.turn(http) for person in people))  # what is made on first use is made now
        before = cpu_seconds(served.pid), cpu_seconds(kept.pid)

        async def ask(person: Redraft | Plain) -> None:
            for _ in range(TURNS):
                await person.turn(http)

        await asyncio.gather(*(ask(person) for person in people))
        spent = cpu_seconds(served.pid) - before[0], cpu_seconds(kept.pid) - before[1]
        return Cost(*(1000 * seconds / CLIENTS / TURNS for seconds in spent))


@asynccontextmanager
async def started(token_seconds: float) -> AsyncIterator[tuple[Server, Server, Server]]:
    """redraft, its database, and the plain server, on one model."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        asked = await stack.enter_async_context(model(TOKENS, token_seconds))
        kept = await stack.enter_async_context(database(directory))
        settings = redraft_settings(directory, kept, asked)
        redraft = await stack.enter_async_context(server(REDRAFT, settings, "/readyz"))
        plain = [sys.executable, "-m", "bench.plain"]
        yield (
            redraft,
            kept,
            await stack.enter_async_context(server(plain, {"MODEL_BASE_URL": asked.base}, "/openapi.json")),
        )


async def main() -> None:
    """Print a line for each pace."""
    print(f"CPU milliseconds of a turn of {TOKENS} tokens, {CLIENTS} clients with {TURNS} turns each")
    print(f"{'':20}{'redraft':>10}{'its database':>15}{'plain':>10}{'redraft / plain':>18}")
    for name, token_seconds in PACES.items():
        async with started(token_seconds) as (redraft, kept, plain):
            ours = await measure(Redraft, redraft, kept)
            theirs = await measure(Plain, plain, kept)
        share = ours.server / theirs.server
        print(f"{name:20}{ours.server:10.1f}{ours.database:15.1f}{theirs.server:10.1f}{share:18.2f}", flush=True)


if __name__ == "__main__":
    began = time.monotonic()
    asyncio.run(main())
    print(f"took {time.monotonic() - began:.0f} s")
