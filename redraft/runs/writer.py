"""Stores the events of all runs of this replica in batches: one round trip for all of them, not one a token."""

import asyncio
from itertools import groupby, islice

import structlog
from pymongo.errors import PyMongoError

from redraft.runs.log import ATTEMPT, Event, pack
from redraft.runs.run import Active
from redraft.runs.store import RunStore
from redraft.runs.stored import Progress

log = structlog.get_logger()

RUNS_AT_ONCE = 100
"""Runs in one bulk write: few enough that the ends of other runs need not wait long for their turn."""


def progress(active: Active, more: list[Event] | None = None) -> Progress:
    """What is not stored yet of `active`, and `more` events after it."""
    events = active.log.events[active.stored.events - active.log.first + 1 :] + (more or [])
    attempts = groupby(events, key=lambda event: event.id // ATTEMPT)
    return Progress(
        run_id=active.record.id,
        token=active.lease.token,
        key=active.key,
        attempt=active.log.attempt,
        stored=active.stored,
        batches=tuple(pack(list(group)) for _, group in attempts),
        calls=tuple(active.calls[active.stored.calls :]),
        steps=tuple(islice(active.steps.items(), active.stored.steps, None)),
        under_way=tuple(active.under_way),
    )


def note(active: Active, written: Progress) -> None:
    """Remember what of `active` is stored by now."""
    active.stored = written.after
    active.stored_under_way = written.under_way


class Writer:
    """Writes what is new every `flush_seconds`, or as often as the database can follow, whichever is less.

    A database that is away is no harm: what is not stored stays in memory and goes with the next batch.
    """

    def __init__(self, store: RunStore, active: dict[str, Active], flush_seconds: float) -> None:
        self._store = store
        self._active = active
        self._flush_seconds = flush_seconds

    async def keep_writing(self) -> None:
        """Never returns; cancel it."""
        while True:
            await asyncio.sleep(self._flush_seconds)
            try:
                await self.write()
            except PyMongoError as error:
                log.warning("events not stored yet", error=type(error).__name__)

    async def write(self) -> None:
        """Store what is new of every run, once."""
        due = [active for active in self._active.values() if _is_due(active)]
        await self.write_now(due)

    async def write_now(self, runs: list[Active]) -> None:
        """Store what is new of these runs, which may be this replica's no more in the next moment."""
        for start in range(0, len(runs), RUNS_AT_ONCE):
            await self._write(runs[start : start + RUNS_AT_ONCE])

    async def _write(self, due: list[Active]) -> None:
        held = [active for active in due if not active.writing.locked()]
        for active in held:
            await active.writing.acquire()  # free, so this does not wait
        try:
            written = [progress(active) for active in held]
            kept = await self._store.add(written) if written else []
            for active, each, stored in zip(held, written, kept, strict=True):
                if stored:
                    note(active, each)
                else:
                    await self.catch_up(active)
        finally:
            for active in held:
                active.writing.release()

    async def catch_up(self, active: Active) -> None:
        """Find out why a write found nothing: an earlier one had worked after all, or the lease is another's."""
        position = await self._store.position(active.record.id, active.lease.token)
        if position is None:
            active.lose()
        else:
            active.stored = position
            active.stored_under_way = None


def _is_due(active: Active) -> bool:
    return (
        active.log.last > active.stored.events
        or len(active.calls) > active.stored.calls
        or tuple(active.under_way) != active.stored_under_way
    )
