"""Exports and erases a user's runs."""

from collections.abc import AsyncIterator
from typing import Any

from redraft.runs.store import RunStore


class RunData:
    """Every run with what is still kept of it."""

    name = "runs"

    def __init__(self, store: RunStore) -> None:
        self._store = store

    async def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """One run after the other, the oldest first."""
        for run_id in await self._store.ids_of(owner_id):
            record = await self._store.get(owner_id, run_id)
            if record is not None:
                yield {
                    "id": record.id,
                    "kind": record.kind,
                    "status": record.status,
                    "created_at": record.created_at.isoformat(),
                    "ended_at": record.ended_at.isoformat() if record.ended_at else None,
                    "conversation_id": record.turn.conversation_id if record.turn else None,
                    "input": record.input,
                    "messages": record.turn.messages if record.turn else None,
                    "message": record.outcome.message if record.outcome else None,
                    "result": record.outcome.result if record.outcome else None,
                    "error": record.problem,
                }

    async def erase(self, owner_id: str) -> None:
        """Delete all of it. Whoever works on one finds its lease gone, and stops."""
        await self._store.erase(owner_id)
