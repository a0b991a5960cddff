"""A run as its agent sees it: a capability for this one turn, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from redraft.llm import Ask, Call, Models, Role
from redraft.runs.log import Log
from redraft.runs.models import RunRecord
from redraft.runs.store import now
from redraft.runs.stored import Lease
from redraft.vault import OwnerKey


@dataclass
class Active:
    """A run in the hands of this replica."""

    record: RunRecord
    lease: Lease
    key: OwnerKey
    log: Log
    calls: list[Call]
    stored_events: int = 0
    stored_calls: int = 0
    first_token_at: datetime | None = None
    # Held while its events are written, so that two writes never carry the same ones.
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    work: "asyncio.Task[Any] | None" = None
    stopping: bool = False
    resumed: bool = False
    lost: bool = False
    ended: bool = False
    finished: "asyncio.Future[RunRecord | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @classmethod
    def taken_over(cls, record: RunRecord, lease: Lease, key: OwnerKey, *, stopping: bool) -> "Active":
        """A run that another replica began; what it stored stays, and its readers are told to forget the rest."""
        return cls(
            record=record,
            lease=lease,
            key=key,
            log=Log(record.attempt, record.event_count + 1),
            calls=list(record.calls),
            stored_events=record.event_count,
            stored_calls=len(record.calls),
            stopping=stopping,
            resumed=True,
        )

    def stop(self) -> None:
        """End the work where it is; what was shown stays."""
        self.stopping = True
        if self.work is not None:
            self.work.cancel()

    def abandon(self) -> bool:
        """Give up on work that another replica is to go on with. False when it is done already, and about to end."""
        if self.work is not None and self.work.done():
            return False
        self.lose()
        return True

    def lose(self) -> None:
        """Give up: the lease is another's, and nothing that happens here counts."""
        self.lost = True
        if self.work is not None:
            self.work.cancel()


class Run:
    """What a kind's `work` is given: the input, models to ask, and a place to show what is done (`AgentTools`).

    Every model call is metered and charged to this run.
    """

    def __init__(self, active: Active, models: Models) -> None:
        self._active = active
        self._models = models
        self.id = active.record.id
        self.owner_id = active.record.owner_id
        self.input = active.record.input

    def stream(self, role: Role, ask: Ask) -> AsyncIterator[str]:
        """See `AgentTools.stream`."""
        return self._models.stream(role, ask, self._active.calls.append)

    async def answer(self, role: Role, ask: Ask) -> str:
        """See `AgentTools.answer`."""
        return await self._models.answer(role, ask, self._active.calls.append)

    def emit(self, event: str, data: dict[str, Any]) -> None:
        """Show an event to every reader, at once; it is stored a moment later. A `token` holds its `text` only."""
        if event == "token" and self._active.first_token_at is None:
            self._active.first_token_at = now()
        self._active.log.append(event, data)

    def context_tokens(self, role: Role) -> int:
        """See `AgentTools.context_tokens`."""
        return self._models.context_tokens(role)

    def sees_images(self, role: Role) -> bool:
        """See `AgentTools.sees_images`."""
        return self._models.sees_images(role)
