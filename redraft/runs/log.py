"""A run's events in the memory of the replica that works on it: appended once, read by any number of readers."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from redraft.runs.events import ATTEMPT, Event, RunRestarted, Shown, Token, event_of, text_of


@dataclass(frozen=True)
class Batch:
    """Consecutive events of one attempt as they are stored: `first` and the ones after it, as one JSON text."""

    first: int
    attempt: int
    count: int
    text: str


def pack(events: Sequence[Shown]) -> Batch:
    """Store `events`, which are consecutive and of one attempt. A token is its text alone, another event a pair."""
    items = [event.text if isinstance(event, Token) else [event.name, event.data()] for _, event in events]
    first = events[0].id
    return Batch(first % ATTEMPT, first // ATTEMPT + 1, len(events), orjson.dumps(items).decode())


def unpack(batch: Batch) -> list[Shown]:
    """The events that `pack` was given, with the same ids."""
    base = (batch.attempt - 1) * ATTEMPT + batch.first
    return [
        Shown(base + place, Token(item) if isinstance(item, str) else event_of(*item))
        for place, item in enumerate(orjson.loads(batch.text))
    ]


class Log:
    """The events since sequence number `first`; older ones, of attempts on other replicas, are in the store.

    Readers share it and keep only a position. `ended` means that nothing more will come: the run has ended, or this
    replica works on it no more.
    """

    def __init__(self, attempt: int = 1, first: int = 1) -> None:
        self.attempt = attempt
        self.first = first
        self.events: list[Shown] = []
        self.ended = False
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def last(self) -> int:
        """The sequence number of the newest event, shown or not; `first - 1` while there is none."""
        return self.first + len(self.events) - 1

    @property
    def first_id(self) -> int:
        """The id of the first event here, also while there is none."""
        return self.events[0].id if self.events else (self.attempt - 1) * ATTEMPT + self.first

    def seq_upto(self, event_id: int) -> int:
        """The sequence number of the newest event here with an id up to `event_id`; `first - 1` when all are newer."""
        return self.first - 1 + bisect_right(self.events, event_id, key=lambda event: event.id)

    def append(self, event: Event) -> None:
        """Add an event and wake the readers."""
        event_id = (self.attempt - 1) * ATTEMPT + self.last + 1
        self.events.append(Shown(event_id, event))
        self._wake()

    def restart(self) -> None:
        """Begin the next attempt: what was shown is to be forgotten."""
        self.attempt += 1
        self.append(RunRestarted(self.attempt))

    def end(self) -> None:
        """Say that nothing more comes."""
        self.ended = True
        self._wake()

    def text(self) -> str:
        """The tokens of this attempt, joined."""
        return text_of(self.events)

    def after(self, seq: int) -> list[Shown]:
        """The events after `seq` (which is at least `first - 1`)."""
        return self.events[seq - self.first + 1 :]

    async def changed(self, seq: int) -> bool:
        """Wait until there is an event after `seq` or the log ended. False when `pulse` came before."""
        if self.last > seq or self.ended:
            return True
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            await waiting
        finally:
            self._waiting.discard(waiting)
        return self.last > seq or self.ended

    def pulse(self) -> None:
        """Wake the readers although nothing happened, so that they can show that they are there."""
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)
