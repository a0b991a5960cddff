"""Any server that speaks OpenAI's chat completions, over the process's one HTTP session.

The stock client costs 50 ms of CPU for an answer of 100 tokens; this path costs 2.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import aiohttp
import orjson

from redraft.llm.arrivals import Clock, events_of
from redraft.llm.ask import Ask
from redraft.llm.dialect import Dialect
from redraft.llm.pace import Pace
from redraft.llm.provider import Ending, Failure, Piece, Timeouts
from redraft.llm.refusal import Refusal

MAX_ERROR_BYTES = 64_000


class Completions:
    """One model at one OpenAI-compatible server. `base_url` ends before `/chat/completions`."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        model: str,
        base_url: str,
        api_key: str | None,
        timeouts: Timeouts,
        pace: Pace,
    ) -> None:
        self._http = http
        self._model = model
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._timeouts = timeouts
        self._pace = pace
        self._dialect = Dialect()

    async def stream(self, ask: Ask) -> AsyncGenerator[Piece]:
        """See `Provider.stream`. What arrives together is one piece."""
        clock = Clock(self._timeouts)
        response = await self._post(ask, clock)
        self._pace.open += 1
        try:
            async with contextlib.aclosing(events_of(response, clock, self._pace)) as arrivals:
                async for piece in _pieces(arrivals, clock):
                    yield piece
        finally:
            self._pace.open -= 1
            if not response.closed:
                response.close()  # not `release`: a half-read answer must end at the server now

    async def _post(self, ask: Ask, clock: Clock) -> aiohttp.ClientResponse:
        while True:
            body = self._dialect.body(self._model, ask)
            response = await self._send(orjson.dumps(body), clock)
            if response.status == 200:
                return response
            refusal = await _read_refusal(response, clock)
            if not (response.status in (400, 422) and self._dialect.learn(refusal.message, refusal.parameter, body)):
                raise refusal.failure(response.status, _retry_after(response))

    async def _send(self, body: bytes, clock: Clock) -> aiohttp.ClientResponse:
        try:
            async with clock.waiting():
                try:
                    return await self._request(body)
                except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                    # Most likely a kept connection that the server had closed just then: llama.cpp does after 5 s.
                    return await self._request(body)
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Failure("unreachable", f"{type(error).__name__}: {error}") from error
        except TimeoutError as error:
            raise Failure("slow", "no answer in time", charged=True) from error

    async def _request(self, body: bytes) -> aiohttp.ClientResponse:
        # A redirect would carry a user's text, and the key, to an address that no setting names.
        return await self._http.post(self._url, data=body, headers=self._headers, allow_redirects=False)


async def _read_refusal(response: aiohttp.ClientResponse, clock: Clock) -> Refusal:
    try:
        async with clock.waiting():
            body = await response.content.read(MAX_ERROR_BYTES)
    except (aiohttp.ClientError, OSError):
        body = b""
    finally:
        response.close()
    return Refusal.parse(body) if body else Refusal("no reason given")


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """The server's wish in seconds; None where there is none or it is a date, which no model server sends."""
    try:
        return max(0.0, float(response.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None


async def _pieces(arrivals: AsyncIterator[list[bytes]], clock: Clock) -> AsyncIterator[Piece]:
    """The text of each arrival, and the ending. What came before a failure is given before it is raised."""
    answer = _Answer()
    async for events in arrivals:
        failure: Failure | None = None
        try:
            answer.take(events)
        except Failure as found:
            failure = found
        clock.begun = clock.begun or answer.begun
        if text := answer.text():
            yield text
        if failure is not None:
            raise failure
        if answer.done:
            break
    if answer.finish_reason is None:
        raise Failure("broken", "the answer ended without a finish_reason", charged=True)
    yield Ending(answer.finish_reason, **answer.usage)


class _Answer:
    """An answer as its events tell it: `begun` with the first delta, `done` when the server said that this was all."""

    def __init__(self) -> None:
        self.begun = self.done = False
        self.finish_reason: str | None = None
        self.usage: dict[str, int | None] = {}
        self._texts: list[str] = []

    def take(self, events: list[bytes]) -> None:
        """Read some more. Raises `Failure` for what is not to be understood, and for what the server says is one."""
        for event in events:
            if event == b"[DONE]":
                self.done = True
                return
            chunk = _parse(event)
            self.usage = _usage(chunk) or self.usage
            for choice in chunk.get("choices") or ():
                delta = choice.get("delta") or {}
                self.finish_reason = choice.get("finish_reason") or self.finish_reason
                self.begun = self.begun or bool(delta)
                if text := delta.get("content"):
                    self._texts.append(text)

    def text(self) -> str:
        """The text that came since this was asked last."""
        text, self._texts = "".join(self._texts), []
        return text


def _parse(event: bytes) -> dict[str, Any]:
    try:
        chunk = orjson.loads(event)
    except orjson.JSONDecodeError as error:
        raise Failure("broken", "an event is not JSON", charged=True) from error
    if not isinstance(chunk, dict):
        raise Failure("broken", "an event is not an object", charged=True)
    if chunk.get("error"):
        raise Refusal.of(chunk["error"]).failure(None)
    return chunk


def _usage(chunk: dict[str, Any]) -> dict[str, int | None]:
    """The counts of a chunk as `Ending` names them; empty where it holds none. `timings` is llama.cpp's."""
    usage = chunk.get("usage")
    if not usage:
        return {}
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens")
    if cached is None:
        cached = (chunk.get("timings") or {}).get("cache_n", usage.get("prompt_cache_hit_tokens"))
    return {
        "input_tokens": usage.get("prompt_tokens"),
        "cached_tokens": cached,
        "output_tokens": usage.get("completion_tokens"),
    }
