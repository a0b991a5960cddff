"""Exports and erases a user's documents."""

from collections.abc import AsyncIterator
from typing import Any

from redraft.documents.store import DocumentStore


class DocumentData:
    """Every document with all of its kept versions."""

    name = "documents"

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    async def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """One document after the other, the oldest first, its versions from 1 on inside it."""
        for place in range(1, await self._store.last_place(owner_id) + 1):
            for item in await self._store.between(owner_id, place - 1, place + 1):
                head = await self._store.get(owner_id, item.id)
                kept = await self._store.versions(owner_id, head.id, 0, head.newest.version)
                older = [await self._store.version(owner_id, head.id, each.version) for each in reversed(kept)]
                versions = [version.model_dump(mode="json") for version in (*older, head.newest)]
                yield {**head.document().model_dump(mode="json"), "versions": versions}

    async def erase(self, owner_id: str) -> None:
        """Delete all of it."""
        await self._store.erase(owner_id)
