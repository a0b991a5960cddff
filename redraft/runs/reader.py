"""Reads a run's events: from memory where this replica works on it, from the store elsewhere, without a seam."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import structlog
from pymongo.errors import PyMongoError

from redraft.runs.ending import last_events
from redraft.runs.events import ATTEMPT, Shown
from redraft.runs.log import Batch, unpack
from redraft.runs.models import ENDED, Status
from redraft.runs.run import Active
from redraft.runs.store import RunStore

log = structlog.get_logger()


@dataclass
class _Place:
    """Where a reader is: the id of the last event it was given, and whether the run's last was among them."""

    after: int
    over: bool = False


class Reader:
    """Follows runs for clients, any number of them.

    Another replica's run is looked at every `poll_seconds`.
    """

    def __init__(
        self, store: RunStore, active: Mapping[str, Active], *, poll_seconds: float, ping_seconds: float
    ) -> None:
        self._store = store
        self._active = active
        self._poll_seconds = poll_seconds
        self._ping_seconds = ping_seconds
        self._closed = False

    def close(self) -> None:
        """End every stream where it is, so that clients go on elsewhere."""
        self._closed = True

    async def follow(self, owner_id: str, run_id: str, after: int) -> AsyncIterator[list[Shown]]:
        """Every event with an id above `after`, until the run has ended; none after `ping_seconds` without one.

        Ids only grow, also when another replica takes the run over. So whoever saw events that a crash took back gets
        `restart` next, and whoever saw none of them gets what is stored.
        """
        place = _Place(after)
        while not place.over and not self._closed:
            active = self._active.get(run_id)
            chunks = (
                self._from_store(owner_id, run_id, place)
                if active is None or active.record.owner_id != owner_id
                else self._from_memory(active, place)
            )
            try:
                async for chunk in chunks:
                    yield chunk
            except PyMongoError as error:  # the database is away: a pause for the reader, not an end
                log.warning("stream waits for the database", run_id=run_id, error=type(error).__name__)
                yield []
                await asyncio.sleep(self._poll_seconds)

    async def _stored(self, owner_id: str, run_id: str, skip: int) -> tuple[list[Batch], Status] | None:
        """`RunStore.batches`, which goes on to its end when the reader leaves: a read that is cut off costs the driver
        its connection.
        """
        reading = asyncio.ensure_future(self._store.batches(owner_id, run_id, skip))
        reading.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be left to hear of it
        return await asyncio.shield(reading)

    async def _from_memory(self, active: Active, place: _Place) -> AsyncIterator[list[Shown]]:
        """Follow a run of this replica; returns when it has ended, or is another's by now."""
        log = active.log
        if place.after < log.first_id - 1:
            found = await self._stored(active.record.owner_id, active.record.id, 0)
            stored = [event for batch in (found[0] if found else []) for event in unpack(batch)]
            earlier = [event for event in stored if event.id > place.after and event.seq < log.first]
            if earlier:
                place.after = earlier[-1].id
                yield earlier
        seq = log.seq_upto(place.after)
        while True:
            if log.last > seq:
                chunk, seq = log.after(seq), log.last
                place.after = log.events[-1].id
                yield chunk
            elif log.ended:
                place.over = active.ended
                return
            elif not await log.changed(seq):
                yield []

    async def _from_store(self, owner_id: str, run_id: str, place: _Place) -> AsyncIterator[list[Shown]]:
        """Follow a run of another replica; returns when it has ended, or is in this replica's hands."""
        skip, silent = 0, 0.0
        while run_id not in self._active and not self._closed:
            found = await self._stored(owner_id, run_id, skip)
            if found is None:
                place.over = True
                return
            batches, status = found
            skip += len(batches)
            events = [event for batch in batches for event in unpack(batch) if event.id > place.after]
            if events:
                silent = 0.0
                place.after = events[-1].id
                yield events
            if status in ENDED:
                place.over = True
                if not skip and (last := await self._remembered(owner_id, run_id, place.after)):
                    yield last  # its events are forgotten by now, its answer is not
                return
            if silent >= self._ping_seconds:
                silent = 0.0
                yield []
            await asyncio.sleep(self._poll_seconds)
            silent += self._poll_seconds

    async def _remembered(self, owner_id: str, run_id: str, after: int) -> list[Shown]:
        """The last events of a run whose events are forgotten, with the ids they had."""
        record = await self._store.get(owner_id, run_id)
        if record is None:
            return []
        last = last_events(record)
        first_id = (record.attempt - 1) * ATTEMPT + record.position.events - len(last) + 1
        return [Shown(event_id, event) for event_id, event in enumerate(last, first_id) if event_id > after]
