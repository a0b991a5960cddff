"""Exports and erases a user's reflections."""

from collections.abc import AsyncIterator
from typing import Any

from redraft.reflections.store import ReflectionStore


class ReflectionKeeper:
    """Every style rule and fact."""

    name = "reflections"

    def __init__(self, store: ReflectionStore) -> None:
        self._store = store

    def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """One after the other, style rules first."""
        return self._store.export(owner_id)

    async def erase(self, owner_id: str) -> None:
        """Delete all of it."""
        await self._store.erase(owner_id)
