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
from redraft.llm.pace import Pace
from redraft.llm.provider import Ending, Failure, Piece, Timeouts
from redraft.llm.refusal import Refusal
from redraft.llm.sse import EventReader, EventTooLong

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
        clock = _Clock(self._timeouts)
        response = await self._post(ask, clock)
        self._pace.open += 1
        try:
            async with contextlib.aclosing(_events(response, clock, self._pace)) as arrivals:
                async for piece in _pieces(arrivals, clock):
                    yield piece
        finally:
            self._pace.open -= 1
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


async def _events(response: aiohttp.ClientResponse, clock: _Clock, pace: Pace) -> AsyncGenerator[list[bytes]]:
    """The data of the events that have arrived, as often as `pace` says; never none of them.

    Raises `Failure` when the server is silent for too long or breaks off.
    """
    reader = EventReader()
    watchdog, time = _Watchdog(response.content, clock), asyncio.get_running_loop().time
    last = 0.0
    try:
        while arrived := await watchdog.read():
            if events := list(reader.feed(arrived)):
                yield events
            before, last = last, time()
            if last - before < 2 * pace.seconds:
                await _let_gather(response, pace.wait(last))
        if events := list(reader.close()):
            yield events
    except TimeoutError as error:
        raise Failure("slow", "the answer stalled" if clock.begun else "no token in time", charged=True) from error
    except (aiohttp.ClientError, ConnectionError, EventTooLong) as error:
        raise Failure("broken", f"{type(error).__name__}: {error}", charged=True) from error
    finally:
        watchdog.stop()


async def _let_gather(response: aiohttp.ClientResponse, seconds: float) -> None:
    """Leave what arrives in the socket for so long: it is then read at once, and not each token by itself."""
    transport = response.connection.transport if response.connection is not None else None
    if transport is not None:
        transport.pause_reading()
    await asyncio.sleep(seconds)
    if transport is not None:
        transport.resume_reading()


async def _pieces(arrivals: AsyncIterator[list[bytes]], clock: _Clock) -> AsyncIterator[Piece]:
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
