"""The reflections of each user in MongoDB: one row each, sealed."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pymongo import ASCENDING, DeleteOne, IndexModel, UpdateOne

from redraft.agents.memory import Reflection, Reflections
from redraft.db import Database, Indexes, Write
from redraft.vault import OwnerKey, Place, Vault

COLLECTION = "reflections"
INDEXES = Indexes(COLLECTION, (IndexModel([("owner_id", ASCENDING)]),))
Kind = Literal["style", "facts"]
KINDS: tuple[Kind, Kind] = ("style", "facts")


class ReflectionStore:
    """The collection `reflections`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._rows = database.db[COLLECTION]
        self._vault = vault

    async def known(self, owner_id: str) -> Reflections:
        """All of this user's, the oldest first."""
        rows = await self._rows.find({"owner_id": owner_id}).to_list()
        key = await self._vault.key(owner_id) if rows else None
        found: dict[str, list[Reflection]] = {kind: [] for kind in KINDS}
        for row in sorted(rows, key=lambda row: (row["at"], row["place"])):
            assert key is not None  # noqa: S101  there are rows
            plain = key.open_json(row["sealed"], _sealed(row["_id"]))
            addresses = tuple(plain.get("addresses", ()))  # not in rows of before they were noted
            found[row["kind"]].append(Reflection(row["_id"], plain["text"], tuple(plain["message_ids"]), addresses))
        return Reflections(tuple(found["style"]), tuple(found["facts"]))

    async def replace(self, owner_id: str, wanted: Reflections) -> None:
        """Have exactly `wanted`, in this order."""
        key = await self._vault.key(owner_id)
        await self._database.write(changes(owner_id, key, await self.known(owner_id), wanted, datetime.now(UTC)))

    async def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """One after the other, as plain data."""
        known = await self.known(owner_id)
        for kind, items in zip(KINDS, (known.style, known.facts), strict=True):
            for each in items:
                yield {"kind": kind, "id": each.id, "text": each.text, "message_ids": list(each.message_ids)}

    async def erase(self, owner_id: str) -> None:
        """Delete all of this user's."""
        await self._rows.delete_many({"owner_id": owner_id})


def _sealed(reflection_id: str) -> Place:
    return Place(COLLECTION, "sealed", reflection_id)


def changes(owner_id: str, key: OwnerKey, before: Reflections, after: Reflections, at: datetime) -> list[Write]:
    """The writes that make `before` into `after`; each may be repeated. `at` is when the new ones were learned."""
    writes: list[Write] = []
    for kind, old, new in zip(KINDS, (before.style, before.facts), (after.style, after.facts), strict=True):
        writes += _changes_of(owner_id, key, kind, old, new, at)
    return writes


def _changes_of(
    owner_id: str, key: OwnerKey, kind: Kind, old: Sequence[Reflection], new: Sequence[Reflection], at: datetime
) -> list[Write]:
    known, kept = {each.id: each for each in old}, {each.id for each in new}
    operations: list[DeleteOne | UpdateOne] = [
        DeleteOne({"_id": each.id, "owner_id": owner_id}) for each in old if each.id not in kept
    ]
    for place, each in enumerate(new):
        if known.get(each.id) == each:
            continue
        plain = {"text": each.text, "message_ids": list(each.message_ids), "addresses": list(each.addresses)}
        sealed = key.seal_json(plain, _sealed(each.id))
        update = {"$set": {"sealed": sealed}, "$setOnInsert": {"kind": kind, "at": at, "place": place}}
        operations.append(UpdateOne({"_id": each.id, "owner_id": owner_id}, update, upsert=True))
    return [Write(COLLECTION, operation) for operation in operations]
