"""Stores the events of all runs of this replica in batches: one round trip for all of them, not one a token."""

import time
from collections.abc import Sequence
from itertools import groupby, islice

import structlog

from redraft.runs.events import ATTEMPT, Event, Shown
from redraft.runs.log import pack
from redraft.runs.run import Active
from redraft.runs.store import RunStore
from redraft.runs.stored import Progress

log = structlog.get_logger()

RUNS_AT_ONCE = 25
"""Runs in one bulk write: few enough that neither the ends of other runs nor the loop need wait long for their turn."""


def progress(active: Active, more: Sequence[Event] = ()) -> Progress:
    """What is not stored yet of `active`, and `more` events after it, which are shown once they are stored."""
    next_id = (active.log.attempt - 1) * ATTEMPT + active.log.last + 1
    following = [Shown(event_id, event) for event_id, event in enumerate(more, start=next_id)]
    events = active.log.events[active.stored.events - active.log.first + 1 :] + following
    if active.overfull and not more:
        events = []
    attempts = groupby(events, key=lambda shown: shown.id // ATTEMPT)
    steps = () if active.overfull else tuple(islice(active.steps.items(), active.stored.steps, None))
    return Progress(
        run_id=active.record.id,
        owner_id=active.record.owner_id,
        token=active.lease.token,
        key=active.key,
        attempt=active.log.attempt,
        stored=active.stored,
        batches=tuple(pack(list(group)) for _, group in attempts),
        calls=tuple(active.calls[active.stored.calls :]),
        steps=steps,
        under_way=tuple(active.under_way),
    )


def note(active: Active, written: Progress) -> None:
    """Remember what of `active` is stored by now."""
    active.stored = written.after
    active.stored_under_way = written.under_way
    active.stored_at = time.monotonic()


class Writer:
    """Writes what is new. A database that is away is no harm: it stays in memory and goes with the next batch.

    `events_seconds` is how long events alone may take at a time: a busy database is left time for what cannot wait.
    """

    def __init__(self, store: RunStore, active: dict[str, Active], events_seconds: float) -> None:
        self._store = store
        self._active = active
        self._events_seconds = events_seconds

    async def write(self) -> None:
        """Store what is new: what costs money of every run, and then events, those that have waited longest first.

        When there is no time left for the others, these are the first the next time.
        """
        costly = [active for active in self._active.values() if _has_new_calls(active)]
        due = [active for active in self._active.values() if _has_new_events(active) and not _has_new_calls(active)]
        due.sort(key=lambda active: active.stored_at)
        room = -len(costly) % RUNS_AT_ONCE
        await self.write_now(costly + due[:room])
        until = time.monotonic() + self._events_seconds
        for start in range(room, len(due), RUNS_AT_ONCE):
            await self._write(due[start : start + RUNS_AT_ONCE])
            if time.monotonic() > until:
                return

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
                elif stored is None:
                    log.warning("a run is too large to be stored", run_id=active.record.id)
                    active.overfull = True
                else:
                    await self.catch_up(active)
        finally:
            for active in held:
                active.writing.release()

    async def catch_up(self, active: Active) -> None:
        """Find out why a write found nothing: an earlier one had worked after all, or the lease is another's."""
        position = await self._store.position(active.record.owner_id, active.record.id, active.lease.token)
        if position is None:
            active.lose()
        else:
            active.stored = position
            active.stored_under_way = None


def _has_new_events(active: Active) -> bool:
    return active.log.last > active.stored.events and not active.overfull


def _has_new_calls(active: Active) -> bool:
    return len(active.calls) > active.stored.calls or tuple(active.under_way) != active.stored_under_way
