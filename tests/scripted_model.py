"""An OpenAI-compatible model server that says what a test tells it to, and remembers what it was asked."""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Ask = dict[str, Any]


@dataclass
class Reply:
    """One answer. `tokens` leave one event each; the ways to fail are those of real servers.

    `status` other than 200 refuses, with `error` and `headers`; `cut_after` closes the connection after so many tokens;
    `stall_after` goes silent after so many tokens until the client hangs up. What comes after the first token waits
    for `go_on`, if there is one. `raw` is sent as it is, each item by itself, instead of `tokens`.
    """

    tokens: list[str] = field(default_factory=list)
    first_token_seconds: float = 0.0
    token_seconds: float = 0.0
    status: int = 200
    cut_after: int | None = None
    stall_after: int | None = None
    go_on: asyncio.Event | None = None
    finish_reason: str = "stop"
    input_tokens: int = 25
    cached_tokens: int = 0
    error: dict[str, Any] = field(default_factory=lambda: {"message": "scripted"})
    headers: dict[str, str] = field(default_factory=dict)
    raw: list[bytes] | None = None


def words(text: str) -> list[str]:
    """`text` cut into tokens that join to it again."""
    return [piece for piece in text.replace(" ", " \0").split("\0") if piece]


@dataclass
class ScriptedModel:
    """Answers in the order of `says`, then with `otherwise`. `asked` holds every request body, oldest first."""

    base_url: str = ""
    asked: list[Ask] = field(default_factory=list)
    hung_up: int = 0
    _script: deque[Reply | Callable[[Ask], Reply]] = field(default_factory=deque)
    otherwise: Callable[[Ask], Reply] = lambda ask: Reply(["Yes", "."])

    def says(self, *answers: str | Reply | Callable[[Ask], Reply]) -> None:
        """Line up the next answers; a callable is given the request body."""
        for answer in answers:
            self._script.append(Reply(words(answer)) if isinstance(answer, str) else answer)

    def reset(self) -> None:
        """Forget the script and what was asked."""
        self.asked.clear()
        self._script.clear()
        self.hung_up = 0
        self.otherwise = lambda ask: Reply(["Yes", "."])

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls) -> AsyncIterator["ScriptedModel"]:
        """A server on a free port of 127.0.0.1."""
        scripted = cls()
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", scripted._complete)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        scripted.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        try:
            yield scripted
        finally:
            await runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        ask: Ask = await request.json()
        self.asked.append(ask)
        planned = self._script.popleft() if self._script else self.otherwise
        reply = planned if isinstance(planned, Reply) else planned(ask)
        if reply.status != 200:
            return web.json_response({"error": reply.error}, status=reply.status, headers=reply.headers)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **reply.headers})
        await response.prepare(request)
        try:
            await self._stream(response, reply)
        except (asyncio.CancelledError, ConnectionError):
            self.hung_up += 1
            raise
        return response

    async def _stream(self, response: web.StreamResponse, reply: Reply) -> None:
        await asyncio.sleep(reply.first_token_seconds)
        for piece in reply.raw or ():
            await response.write(piece)
            await asyncio.sleep(0.005)  # long enough to arrive by itself
        if reply.raw is not None:
            return
        for position, token in enumerate(reply.tokens):
            if position == reply.stall_after:
                await asyncio.sleep(3600)
            if position == reply.cut_after:
                raise ConnectionResetError
            if position == 1 and reply.go_on is not None:
                await reply.go_on.wait()
            await response.write(_event({"choices": [{"index": 0, "delta": {"content": token}}]}))
            await asyncio.sleep(reply.token_seconds)
        done = {"choices": [{"index": 0, "delta": {}, "finish_reason": reply.finish_reason}]}
        usage = {
            "prompt_tokens": reply.input_tokens,
            "completion_tokens": len(reply.tokens),
            "prompt_tokens_details": {"cached_tokens": reply.cached_tokens},
        }
        await response.write(_event(done) + _event({"choices": [], "usage": usage}) + b"data: [DONE]\n\n")


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps({"id": "c1", "model": "scripted", **chunk}).encode() + b"\n\n"
