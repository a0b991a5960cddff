"""The embedded model as a provider: one that is loaded when redraft starts, and again when its process died."""

import asyncio
from collections.abc import AsyncGenerator

import aiohttp

from redraft.llm.ask import Ask
from redraft.llm.provider import Failure, Piece, Provider

LOADING_SECONDS = 60.0
"""How long a call waits for the model. From a slow disk, 1 GB takes half of it."""
LOOK_SECONDS = 0.2


class Embedded:
    """Holds calls back while the model is being loaded, so that a turn sent too early is answered late, not refused."""

    def __init__(self, provider: Provider, http: aiohttp.ClientSession, base_url: str) -> None:
        self._provider = provider
        self._http = http
        self._health = base_url.rstrip("/").removesuffix("/v1") + "/health"
        self._loaded = False

    async def stream(self, ask: Ask) -> AsyncGenerator[Piece]:
        """See `Provider.stream`. Raises an `overloaded` failure when the model is still not there after a minute."""
        if not self._loaded:
            await self._wait()
        try:
            async for piece in self._provider.stream(ask):
                yield piece
        except Failure as failure:
            self._loaded = self._loaded and failure.kind not in ("unreachable", "broken")
            raise

    async def is_loaded(self) -> bool:
        """Whether it answers now. llama.cpp says 503 while it loads; a server that knows no `/health` is loaded."""
        try:
            async with self._http.get(self._health) as response:
                self._loaded = response.status != 503
        except (aiohttp.ClientError, OSError):
            self._loaded = False
        return self._loaded

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOADING_SECONDS):
                while True:
                    if await self.is_loaded():
                        return
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise Failure("overloaded", "the embedded model is not loaded", retry_after=5) from None
