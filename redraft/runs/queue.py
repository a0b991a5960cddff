"""Turns that wait for their place in a conversation: stored, in order, and begun when those before them have ended.

A turn that waits is a run like any other, with a lease of the replica that accepted it; when that replica dies, whoever
takes it over waits in its place. Who is next is decided by the store alone: the lowest place goes first, and the unique
index on (conversation, place in it) lets one turn begin there.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import structlog
from pymongo.errors import DuplicateKeyError, PyMongoError

from redraft.conversations import ConversationStore
from redraft.errors import NotFound, QueueFull
from redraft.runs.events import RunStarted
from redraft.runs.models import Turn, Wait
from redraft.runs.run import Active
from redraft.runs.settle import Settler
from redraft.runs.store import RunStore
from redraft.runs.writer import Writer, note, progress

log = structlog.get_logger()

PAUSE_SECONDS = 0.5
"""Before the store is asked again, when it did not answer."""


class Queue:
    """The turns that wait on this replica. `most` may wait in one conversation, on all replicas together."""

    def __init__(
        self,
        store: RunStore,
        writer: Writer,
        settler: Settler,
        conversations: ConversationStore,
        active: Mapping[str, Active],
        most: int,
    ) -> None:
        self._store = store
        self._writer = writer
        self._settler = settler
        self._conversations = conversations
        self._active = active
        self._most = most
        self._elsewhere: dict[str, asyncio.Future[None]] = {}
        self._owners: dict[str, str] = {}

    async def place(self, owner_id: str, conversation_id: str, interrupts: str | None) -> Wait:
        """Where a new turn would wait now: last, or first when it interrupts. Raises `QueueFull`."""
        places = [place for _, place in await self._store.waiting(owner_id, conversation_id)]
        if len(places) >= self._most:
            raise QueueFull(f"{len(places)} turns of this conversation wait already. Wait for one, or stop one.")
        if not places:
            return Wait(0, interrupts)
        return Wait(places[0] - 1 if interrupts else places[-1] + 1, interrupts)

    async def wait(self, active: Active, announced: RunStarted) -> None:
        """Return when the turn has its place in its conversation, and is stored as `running` with the event `run`, or
        when it is another replica's.

        Raises `NotFound` when there is no such conversation any more.
        """
        while True:
            try:
                ahead = await self._ahead(active, announced)
                if ahead is None:
                    break
                if active.record.wait is not None and active.record.wait.interrupts == ahead:
                    await self._stop(active.record.owner_id, ahead)
                await self._end_of(active.record.owner_id, ahead)
            except PyMongoError as error:
                log.warning("queue waits for the database", run_id=active.record.id, error=type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)
        if active.lost:
            return
        try:
            await self._settler.keep_asked(active.record)
        except PyMongoError as error:  # then they are kept when the run is settled
            log.warning("messages not kept yet", run_id=active.record.id, error=type(error).__name__)

    async def look(self) -> None:
        """Wake those that wait for runs of other replicas that have ended."""
        if self._elsewhere:
            live = await self._store.live({run_id: self._owners[run_id] for run_id in self._elsewhere})
            for run_id in self._elsewhere.keys() - (live - self._active.keys()):
                self._elsewhere.pop(run_id).set_result(None)
                del self._owners[run_id]

    async def _ahead(self, active: Active, announced: RunStarted) -> str | None:
        """The run that has to end first; None when there was none, and the turn has its place now, or is another's."""
        record = active.record
        assert record.turn is not None  # noqa: S101  only turns wait
        assert record.wait is not None  # noqa: S101
        conversation_id = record.turn.conversation_id
        while not active.lost:  # `_begin` may have found that it is another's
            waiting = await self._store.waiting(record.owner_id, conversation_id)
            before = [run_id for run_id, place in waiting if place < record.wait.place]
            if before:
                return before[-1]
            conversation = await self._conversations.get(record.owner_id, conversation_id)
            if conversation is None:
                raise NotFound("The conversation was deleted.")
            try:
                if await self._begin(active, replace(record.turn, after=conversation.message_count), announced):
                    return None
            except DuplicateKeyError:
                there = await self._store.at_place(record.owner_id, conversation_id, conversation.message_count)
                if there is not None and not there.ended:
                    return there.id
                if there is not None:
                    await self._settler.settle(there)
        return None

    async def _begin(self, active: Active, turn: Turn, announced: RunStarted) -> bool:
        """Take the place. False when that did not work, for a reason that may be another's lease."""
        async with active.writing:
            written = progress(active, [announced])
            if await self._store.begin(written, turn):
                note(active, written)
            else:
                await self._writer.catch_up(active)
                stored = await self._store.get(active.record.owner_id, active.record.id)
                if active.lost or stored is None or stored.turn is None or stored.status != "running":
                    return False
                turn = stored.turn  # an earlier try had worked, and its answer was lost
        active.record = replace(active.record, status="running", turn=turn, wait=None, waited=True)
        active.log.append(announced)
        return True

    async def _stop(self, owner_id: str, run_id: str) -> None:
        await self._store.ask_to_stop(owner_id, run_id)
        if run_id in self._active:
            self._active[run_id].stop()

    async def _end_of(self, owner_id: str, run_id: str) -> None:
        """Wait until this run has ended, or is in other hands than it was."""
        active = self._active.get(run_id)
        if active is not None:
            await asyncio.wait({active.finished})
            return
        self._owners[run_id] = owner_id
        ended = self._elsewhere.setdefault(run_id, asyncio.get_running_loop().create_future())
        await asyncio.wait({ended})
