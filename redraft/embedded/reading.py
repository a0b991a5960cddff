"""Reads a prompt into the model's cache while nobody wants anything of it.

In pieces, because what is being read cannot be set aside: llama.cpp reads one prompt to its end before the next. What a
piece has read is kept, also when an answer takes its place meanwhile: the next piece goes on from there.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import aiohttp

from redraft.embedded.asking import post

PIECE_TOKENS = 32
"""What a user may have to wait for: half a second of two cores with the 1.5B."""
QUIET_SECONDS = 1.0
"""A turn asks several times in a row; between two of its calls nothing is read."""
LOOK_SECONDS = 0.2
SLOT = 0
"""Where it reads, of the places in which answers are written."""


async def tokens_of(http: aiohttp.ClientSession, messages: Sequence[Mapping[str, Any]]) -> list[int]:
    """The chat as a call of it would begin, up to its last message."""
    text = (await post(http, "apply-template", {"messages": list(messages), "add_generation_prompt": False}))["prompt"]
    whole = {"content": text, "add_special": True, "parse_special": True}  # as chat completions are read
    tokens: list[int] = (await post(http, "tokenize", whole))["tokens"]
    return tokens


async def read_in_pieces(http: aiohttp.ClientSession, tokens: Sequence[int]) -> AsyncGenerator[int]:
    """Have the server of `http` read the tokens; yields the number of those of each piece when it is read."""
    for begin in range(0, len(tokens), PIECE_TOKENS):
        until = min(begin + PIECE_TOKENS, len(tokens))
        await nobody_asks(http)
        await post(http, "completion", {"prompt": list(tokens[:until]), "n_predict": 0, "id_slot": SLOT})
        yield until - begin


async def nobody_asks(http: aiohttp.ClientSession) -> None:
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
