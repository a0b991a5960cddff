"""The embedded model: llama.cpp as a child process that speaks OpenAI's API on 127.0.0.1."""

import asyncio
import contextlib
import json
import os
import secrets
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import aiohttp

from redraft.embedded.child import Child
from redraft.embedded.database import free_port
from redraft.embedded.llama import Options
from redraft.embedded.missing import remedy
from redraft.embedded.reading import read_in_pieces, tokens_of
from redraft.embedded.remembering import Memory

Chat = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class EmbeddedModel:
    """Where the model answers: `url` ends in `/v1`; `key` is the bearer token it wants."""

    url: str
    key: str = field(repr=False)
    name: str
    server: Child = field(repr=False)
    memory: Memory | None = field(repr=False, default=None)

    async def loaded(self) -> None:
        """Wait until it answers. Raises `RuntimeError` when the process ends instead."""
        async with aiohttp.ClientSession() as http:
            await self.server.until(lambda: self._healthy(http))

    async def read(self, beginnings: Iterable[Chat]) -> AsyncGenerator[int]:
        """Have it read chats that later ones continue, one after the other: from its cache it goes on at once.

        Yields the tokens of each piece when it is read; none of those chats that are kept in a file. A piece is begun
        only when nobody has asked for anything for a while, so that a user waits for one piece at most. Raises
        `aiohttp.ClientError` when it dies meanwhile, or a chat is longer than its context.
        """
        async with self.http() as http:
            known = [await tokens_of(http, messages) for messages in beginnings]
            unread = [tokens for tokens in known if not (self.memory and await self.memory.recall(http, tokens))]
            for tokens in unread:
                async for count in read_in_pieces(http, tokens):
                    yield count
                if self.memory:
                    await self.memory.keep(http, tokens)
            if self.memory:
                await asyncio.to_thread(self.memory.forget_others, known)

    async def recall(self, beginnings: Iterable[Chat]) -> None:
        """Have it know those of the chats that are kept in a file. Raises as `read` does."""
        if self.memory:
            async with self.http() as http:
                for messages in beginnings:
                    await self.memory.recall(http, await tokens_of(http, messages))

    def http(self) -> aiohttp.ClientSession:
        """To ask the server itself, below `/v1`; to be closed by who opens it. It waits as long as an answer takes."""
        bearer = {"Authorization": f"Bearer {self.key}"}
        patience = aiohttp.ClientTimeout(total=None)
        return aiohttp.ClientSession(self.url.removesuffix("v1"), headers=bearer, timeout=patience)

    async def _healthy(self, http: aiohttp.ClientSession) -> bool:
        try:
            async with http.get(self.url.removesuffix("/v1") + "/health") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False


@contextlib.asynccontextmanager
async def embedded_model(
    weights: Path,
    log_path: Path,
    *,
    slots: int = 2,
    context: int = 8192,
    threads: int | None = None,
    kept: Path | None = None,
) -> AsyncIterator[EmbeddedModel]:
    """Start a server for the GGUF file `weights` and answer where it will be, at once: loading takes seconds.

    `slots` answers are written at once, each within `context` tokens, all by `threads` threads (None: one for each
    core). What `read` has read is kept in the directory `kept`, if any, for the next start. A server that dies is
    started again at the same address. Raises `FileNotFoundError` with the fix when llama.cpp is not installed.
    """
    if find_spec("xllamacpp") is None:
        raise FileNotFoundError(f"The embedded model's server is not installed: {remedy()}, or set REDRAFT_MODEL.")
    log_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if kept is not None:
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = Options(
        path=str(weights), name=weights.stem, port=free_port(), key=secrets.token_urlsafe(32),
        slots=slots, context=context, threads=threads or os.cpu_count() or 1,
        kept=None if kept is None else f"{kept.absolute()}/",
    )  # fmt: skip
    command = (sys.executable, "-m", "redraft.embedded.llama", str(os.getpid()))
    given = json.dumps(asdict(options)).encode()
    async with Child("embedded model", command, log_path, given=given).running() as server:
        memory = Memory(kept, _identity(weights)) if kept else None
        yield EmbeddedModel(f"http://127.0.0.1:{options.port}/v1", options.key, options.name, server, memory)


def _identity(weights: Path) -> str:
    """What a state of the model depends on, besides the tokens."""
    found = weights.stat()
    return f"{weights.name} {found.st_size} {found.st_mtime_ns} xllamacpp {version('xllamacpp')}"
