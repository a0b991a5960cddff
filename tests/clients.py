"""Clients that wait as long as a slow machine needs."""

import asyncio
from collections.abc import Callable

import httpx

PATIENCE_SECONDS = 120.0
"""How long a test waits for what must come. A machine can be slow; only what hangs is a failure."""


def client_of(url: str, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    """A client of the server at `url`, which sends these headers with every request."""
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE_SECONDS)


async def until(so: Callable[[], bool]) -> None:
    """Wait for what happens in another task; fails when it does not."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not so():  # noqa: ASYNC110  a scripted server has no event to wait for
            await asyncio.sleep(0.01)
