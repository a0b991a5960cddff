"""The model: an OpenAI-compatible server whose answers can be told apart, and that fails now and then."""

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from chaos.seen import Asked
from redraft.embedded.database import free_port

TOKENS = 30
BREAKS_OF_100 = 3
"""Of a hundred calls, so many are refused, and as many break off in the middle."""


def answer(question: str) -> list[str]:
    """What the model says to `question`, token by token: every answer can be told from every other."""
    return [f"{question}/{place} " for place in range(TOKENS)]


class Model:
    """Its answer hangs on the last message only. `asked` is its own record of what it was asked."""

    def __init__(self, seed: int, token_seconds: float) -> None:
        self._chance = random.Random(f"model {seed}")
        self._token_seconds = token_seconds
        self.asked: list[Asked] = []
        self.failures: Counter[str] = Counter()
        self.port = free_port()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The server, for as long as the context lasts."""
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        call = Asked(len(self.asked) + 1, (await request.json())["messages"][-1]["content"])
        self.asked.append(call)
        luck, breaks_after = self._chance.randrange(100), self._chance.randrange(TOKENS)
        if luck < BREAKS_OF_100:
            self.failures["model refuses"] += 1
            return web.json_response({"error": {"message": "overloaded"}}, status=503)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for place, token in enumerate(answer(call.question)):
            if luck < 2 * BREAKS_OF_100 and place == breaks_after:
                self.failures["model breaks off"] += 1
                assert request.transport is not None
                request.transport.abort()
                return response
            await response.write(_chunk([{"index": 0, "delta": {"content": token}}]))
            await asyncio.sleep(self._token_seconds)
        usage = {"prompt_tokens": call.number, "completion_tokens": TOKENS}
        end = _chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}]) + _chunk([], usage=usage)
        call.told_all = True  # from here on it may be read, whatever becomes of the connection
        await response.write(end + b"data: [DONE]\n\n")
        return response


def _chunk(choices: list[dict[str, Any]], **more: Any) -> bytes:
    return b"data: " + json.dumps({"id": "c", "model": "chaos", "choices": choices, **more}).encode() + b"\n\n"
