"""Exports and erases the answers that are kept for a user's repeated requests."""

from collections.abc import AsyncIterator
from typing import Any

from redraft.repeats.store import AnswerStore


class AnswerKeeper:
    """Every answer that is kept for a request which may come again."""

    name = "answers"

    def __init__(self, store: AnswerStore) -> None:
        self._store = store

    def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """One after the other, the oldest first."""
        return self._store.export(owner_id)

    async def erase(self, owner_id: str) -> None:
        """Delete all of them."""
        await self._store.erase(owner_id)
