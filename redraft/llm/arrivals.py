"""What a model's server sends, as it comes: not more often than it is of use, and never waited for without an end."""

import asyncio
import math
from collections.abc import AsyncGenerator

import aiohttp

from redraft.llm.pace import Pace
from redraft.llm.provider import Failure, Timeouts
from redraft.llm.sse import EventReader, EventTooLong


class Clock:
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


class _Watchdog:
    """Reads from the server, and ends a wait that takes too long. One timer for the whole answer, not one a token."""

    def __init__(self, content: aiohttp.StreamReader, clock: Clock) -> None:
        self._loop = asyncio.get_running_loop()
        self._content = content
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._until = 0.0
        self._waiting = False

    async def read(self, shut_seconds: float) -> bytes:
        """What has arrived, at least a byte; empty at the end. Raises `TimeoutError`.

        Nothing can come for the first `shut_seconds`, for which the server is not to blame.
        """
        until = self._clock.until()
        if until <= self._loop.time():  # the whole call's time is up, however much there still is to read
            raise TimeoutError
        self._until = until + shut_seconds
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


class _Tap:
    """The socket of an answer. While it is shut, what arrives is left there, to be read at once.

    The loop itself opens it again: who reads is woken once for all tokens that came, and not to open it as well.
    """

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._timer: asyncio.TimerHandle | None = None

    def shut_for(self, seconds: float) -> None:
        """Shut it for so long, unless all has arrived: then the connection may be another call's."""
        connection = self._response.connection
        if connection is None or connection.transport is None:
            return
        self.let_be()
        connection.transport.pause_reading()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, _open, connection.transport)

    def let_be(self) -> None:
        """Open it no more: the answer is read, or its connection is about to be closed."""
        if self._timer is not None:
            self._timer.cancel()


def _open(transport: asyncio.Transport) -> None:
    if not transport.is_closing():
        transport.resume_reading()


async def events_of(response: aiohttp.ClientResponse, clock: Clock, pace: Pace) -> AsyncGenerator[list[bytes]]:
    """The data of the events that have arrived, as often as `pace` says; never none of them.

    Raises `Failure` when the server is silent for too long or breaks off.
    """
    reader, tap = EventReader(), _Tap(response)
    watchdog, time = _Watchdog(response.content, clock), asyncio.get_running_loop().time
    last, wait = -math.inf, 0.0
    try:
        while arrived := await watchdog.read(wait):
            before, last, wait = last, time(), 0.0
            if last - before < 2 * pace.seconds:
                wait = pace.wait(last)
                tap.shut_for(wait)
            if events := list(reader.feed(arrived)):
                yield events
        if events := list(reader.close()):
            yield events
    except TimeoutError as error:
        raise Failure("slow", "the answer stalled" if clock.begun else "no token in time", charged=True) from error
    except (aiohttp.ClientError, ConnectionError, EventTooLong) as error:
        raise Failure("broken", f"{type(error).__name__}: {error}", charged=True) from error
    finally:
        watchdog.stop()
        tap.let_be()
