"""Asks the embedded model's server, below its OpenAI-compatible API."""

from collections.abc import Mapping
from typing import Any

import aiohttp


async def post(http: aiohttp.ClientSession, path: str, body: Mapping[str, Any]) -> Any:
    """The answer's JSON. `path` is relative to the session's address. Raises `aiohttp.ClientError`."""
    async with http.post(path, json=body, raise_for_status=True) as response:
        return await response.json()
