"""Any server that speaks OpenAI's chat completions, over the process's one HTTP session.

The stock client costs 50 ms of CPU for an answer of 100 tokens; this path costs 2.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import aiohttp
import orjson

from redraft.llm.ask import Ask
from redraft.llm.dialect import Dialect
from redraft.llm.provider import Ending, Failure, Piece, Timeouts
from redraft.llm.refusal import Refusal
from redraft.llm.sse import EventReader, EventTooLong

PIECES_IN_A_ROW = 32  # a millisecond; then others get their turn, however much has arrived already
PASS_ON_SECONDS = 0.03
"""Tokens that come faster than this are passed on together: nobody reads faster, and each step on their way costs."""
MAX_ERROR_BYTES = 64_000


class Completions:
    """One model at one OpenAI-compatible server. `base_url` ends before `/chat/completions`."""

    def __init__(
        self, http: aiohttp.ClientSession, model: str, base_url: str, api_key: str | None, timeouts: Timeouts
    ) -> None:
        self._http = http
        self._model = model
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._timeouts = timeouts
        self._dialect = Dialect()

    async def stream(self, ask: Ask) -> AsyncGenerator[Piece]:
        """See `Provider.stream`."""
        clock = _Clock(self._timeouts)
        response = await self._post(ask, clock)
        try:
            async with contextlib.aclosing(_chunks(response, clock)) as chunks:
                async for piece in _pieces(chunks, clock):
                    yield piece
        finally:
            if not response.closed:
                response.close()  # not `release`: a half-read answer must end at the server now

    async def _post(self, ask: Ask, clock: "_Clock") -> aiohttp.ClientResponse:
        while True:
            body = self._dialect.body(self._model, ask)
            response = await self._send(orjson.dumps(body), clock)
            if response.status == 200:
                return response
            refusal = await _read_refusal(response, clock)
            if not (response.status in (400, 422) and self._dialect.learn(refusal.message, refusal.parameter, body)):
                raise refusal.failure(response.status, _retry_after(response))

    async def _send(self, body: bytes, clock: "_Clock") -> aiohttp.ClientResponse:
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


class _Clock:
    """How long the next wait may take: until the first token, between tokens, and for the whole call.

    Only waits for the server count. The time that whoever reads the pieces takes in between does not.
    """

    def __init__(self, timeouts: Timeouts) -> None:
        now = asyncio.get_running_loop().time
        self._now = now
        self._timeouts = timeouts
        self._first = now() + timeouts.first_token
        self._end = now() + timeouts.call
        self.begun = False

    def until(self) -> float:
        """When a wait that begins now has taken too long, in the loop's time."""
        silent = self._now() + self._timeouts.between_tokens if self.begun else self._first
        return min(silent, self._end)

    def waiting(self) -> asyncio.Timeout:
        """The same for a wait within a context, which then raises `TimeoutError`."""
        return asyncio.timeout_at(self.until())


async def _read_refusal(response: aiohttp.ClientResponse, clock: _Clock) -> Refusal:
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


class _Watchdog:
    """Reads from the server, and ends a wait that takes too long. One timer for the whole answer, not one a token."""

    def __init__(self, content: aiohttp.StreamReader, clock: _Clock) -> None:
        self._loop = asyncio.get_running_loop()
        self._content = content
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._until = 0.0
        self._waiting = False

    async def read(self) -> bytes:
        """What has arrived, at least a byte; empty at the end. Raises `TimeoutError`."""
        self._until = self._clock.until()
        if self._until <= self._loop.time():  # the whole call's time is up, however much there still is to read
            raise TimeoutError
        if self._timer is None or self._timer.when() > self._until:
            self._arm()
        self._waiting = True
        try:
            return await self._content.readany()
        finally:
            self._waiting = False

    def stop(self) -> None:
        """The answer is read."""
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        self.stop()
        self._timer = self._loop.call_at(self._until, self._look)

    def _look(self) -> None:
        self._timer = None
        if not self._waiting:
            return  # somebody reads slowly; the next wait sets the timer again
        if self._loop.time() >= self._until:
            self._content.set_exception(TimeoutError())
        else:
            self._arm()


async def _chunks(response: aiohttp.ClientResponse, clock: _Clock) -> AsyncGenerator[bytes]:
    """The data of each event. Raises `Failure` when the server is silent for too long or breaks off."""
    events = EventReader()
    watchdog, time = _Watchdog(response.content, clock), asyncio.get_running_loop().time
    last = 0.0
    try:
        while arrived := await watchdog.read():
            for event in events.feed(arrived):
                yield event
            before, last = last, time()
            if last - before < 2 * PASS_ON_SECONDS:
                await asyncio.sleep(PASS_ON_SECONDS)
        for event in events.close():
            yield event
    except TimeoutError as error:
        raise Failure("slow", "the answer stalled" if clock.begun else "no token in time", charged=True) from error
    except (aiohttp.ClientError, ConnectionError, EventTooLong) as error:
        raise Failure("broken", f"{type(error).__name__}: {error}", charged=True) from error
    finally:
        watchdog.stop()


async def _pieces(chunks: AsyncIterator[bytes], clock: _Clock) -> AsyncIterator[Piece]:
    finish_reason: str | None = None
    usage: dict[str, int | None] = {}
    in_a_row = 0
    async for event in chunks:
        if event == b"[DONE]":
            break
        chunk = _parse(event)
        usage = _usage(chunk) or usage
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or {}
            finish_reason = choice.get("finish_reason") or finish_reason
            clock.begun = clock.begun or bool(delta)
            if text := delta.get("content"):
                yield text
                in_a_row += 1
                if in_a_row % PIECES_IN_A_ROW == 0:
                    await asyncio.sleep(0)
    if finish_reason is None:
        raise Failure("broken", "the answer ended without a finish_reason", charged=True)
    yield Ending(finish_reason, **usage)


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
