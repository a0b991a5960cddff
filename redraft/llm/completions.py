"""Any server that speaks OpenAI's chat completions, over the process's one HTTP session.

The stock client costs 50 ms of CPU for an answer of 100 tokens; this path costs 2.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace

import aiohttp
import orjson

from redraft.llm.arrivals import Clock, events_of
from redraft.llm.ask import Ask
from redraft.llm.dialect import Dialect
from redraft.llm.limits import Limits, input_tokens, is_output_too_large, output_limit
from redraft.llm.pace import Pace
from redraft.llm.provider import Failure, Piece, Thought, Timeouts
from redraft.llm.refusal import Refusal
from redraft.llm.reply import Reply
from redraft.llm.tokens import estimate_messages

MAX_ERROR_BYTES = 64_000
MARGIN = 32
"""Tokens between input and output that a server's template may need."""
LEAST_TRIED = 1_024
LEAST_SHARE = 8
"""An answer that has less of the context than one part of so many is not worth asking for."""


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
        limits: Limits,
    ) -> None:
        self._http = http
        self._model = model
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._timeouts = timeouts
        self._pace = pace
        self._limits = limits
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
        """Ask, and again at once where the server's refusal says how to. Every round asks for less, or otherwise."""
        while True:
            ask = replace(ask, max_tokens=self._limits.asked(ask.max_tokens))
            body = self._dialect.body(self._model, ask)
            response = await self._send(orjson.dumps(body), clock)
            if response.status == 200:
                return response
            refusal = await _read_refusal(response, clock)
            smaller = self._smaller(ask, refusal) if response.status in (400, 413, 422) else None
            if smaller is None and not self._dialect.learn(response.status, refusal.message, refusal.parameter, body):
                raise refusal.failure(response.status, _retry_after(response))
            ask = smaller or ask

    def _smaller(self, ask: Ask, refusal: Refusal) -> Ask | None:
        """The same with a lower limit, where it was refused for being too large. Learns what the server names."""
        limit = output_limit(refusal.message)
        names_output = limit is not None and refusal.context_limit() is None
        if names_output and self._limits.learn_output(limit, ask.max_tokens):
            return ask
        if refusal.is_too_long():
            room = self._room(ask, refusal)
            return replace(ask, max_tokens=room) if room else None
        if not is_output_too_large(refusal.message, refusal.parameter):
            return None
        # It names no number, or none that can be true: half as much is tried, and not remembered.
        return replace(ask, max_tokens=ask.max_tokens // 2) if ask.max_tokens > LEAST_TRIED else None

    def _room(self, ask: Ask, refusal: Refusal) -> int | None:
        """What the context that the server names leaves for the output; None where that is too little or no less."""
        context = refusal.context_limit()
        if context is None:
            return None
        self._limits.learn_context(context)
        told, guess = input_tokens(refusal.message), estimate_messages(ask.messages)
        is_exact = told is not None and "at least" not in refusal.message
        used = told + MARGIN if told is not None and is_exact else guess + guess // 10 + MARGIN
        room = context - used
        if room >= ask.max_tokens and not is_exact:  # the server counts more than is guessed here
            room = ask.max_tokens // 2
        return room if context // LEAST_SHARE <= room < ask.max_tokens else None

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
    reply = Reply()
    async for events in arrivals:
        failure: Failure | None = None
        try:
            reply.take(events)
        except Failure as found:
            failure = found
        clock.begun = clock.begun or reply.begun
        if thought := reply.reasoning():
            yield Thought(thought)
        if text := reply.text():
            yield text
        if failure is not None:
            raise failure
        if reply.done:
            break
    yield reply.ending()
