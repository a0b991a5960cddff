"""Reads a prompt into the model's cache while nobody wants anything of it.

In pieces, because what is being read cannot be set aside: llama.cpp reads one prompt to its end before the next. What a
piece has read is kept, also when an answer takes its place meanwhile: the next piece goes on from there.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import aiohttp

PIECE_TOKENS = 32
"""What a user may have to wait for: half a second of two cores with the 1.5B."""
QUIET_SECONDS = 1.0
"""A turn asks several times in a row; between two of its calls nothing is read."""
LOOK_SECONDS = 0.2


async def read_in_pieces(http: aiohttp.ClientSession, messages: Sequence[Mapping[str, Any]]) -> AsyncGenerator[int]:
    """Have the server of `http` read the chat; yields the tokens of each piece when it is read."""
    tokens = await _tokens(http, messages)
    for begin in range(0, len(tokens), PIECE_TOKENS):
        piece = tokens[begin : begin + PIECE_TOKENS]
        await _nobody_asks(http)
        await _post(http, "completion", {"prompt": tokens[:begin] + piece, "n_predict": 0})
        yield len(piece)


async def _tokens(http: aiohttp.ClientSession, messages: Sequence[Mapping[str, Any]]) -> list[int]:
    """The chat as a call of it would begin, up to its last message."""
    text = (await _post(http, "apply-template", {"messages": list(messages), "add_generation_prompt": False}))["prompt"]
    whole = {"content": text, "add_special": True, "parse_special": True}  # as chat completions are read
    tokens: list[int] = (await _post(http, "tokenize", whole))["tokens"]
    return tokens


async def _nobody_asks(http: aiohttp.ClientSession) -> None:
    """Return at once when nothing is being answered; else when nothing has been for `QUIET_SECONDS`."""
    time = asyncio.get_running_loop().time
    quiet_from = 0.0
    while True:
        async with http.get("slots", raise_for_status=True) as response:
            if any(slot["is_processing"] for slot in await response.json()):
                quiet_from = time() + QUIET_SECONDS
        if time() >= quiet_from:
            return
        await asyncio.sleep(LOOK_SECONDS)


async def _post(http: aiohttp.ClientSession, path: str, body: Mapping[str, Any]) -> Any:
    async with http.post(path, json=body, raise_for_status=True) as response:
        return await response.json()
