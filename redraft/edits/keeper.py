"""Exports and erases a user's proposals."""

from collections.abc import AsyncIterator
from typing import Any

from redraft.edits.store import ProposalStore


class ProposalKeeper:
    """Every proposal that is still kept."""

    name = "edits"

    def __init__(self, store: ProposalStore) -> None:
        self._store = store

    def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """One proposal after the other, the oldest first."""
        return self._store.export(owner_id)

    async def erase(self, owner_id: str) -> None:
        """Delete all of it."""
        await self._store.erase(owner_id)
