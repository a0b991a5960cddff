"""What is known of each user in MongoDB: a row for each item, each deleted one, and each chat that was learned from.

All texts are sealed. An item carries a `rev`, which counts its changes: a change that was made of an older one, by a
run that took a while, does nothing.
"""

import dataclasses
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, DeleteOne, IndexModel, UpdateOne

from redraft.agents.history import prefix_keys
from redraft.agents.learning import Forgotten
from redraft.agents.memory import KINDS, Kind, Reflection, Reflections
from redraft.agents.messages import characters
from redraft.db import Database, Indexes, Write
from redraft.llm import Message
from redraft.reflections.shaping import item_of, plain_item
from redraft.threads import in_thread_if_long
from redraft.vault import OwnerKey, Place, Vault

COLLECTION = "reflections"
FORGOTTEN = "forgotten_reflections"
LEARNED = "learned_chats"
INDEXES = (
    Indexes(COLLECTION, (IndexModel([("owner_id", ASCENDING)]),)),
    Indexes(FORGOTTEN, (IndexModel([("owner_id", ASCENDING)]),)),
    Indexes(
        LEARNED, (IndexModel([("owner_id", ASCENDING)]), IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0))
    ),
)
MOST_FORGOTTEN = 200
"""Deleted items that are remembered; the ones deleted longest ago are not held against a chat any more."""
USED = timedelta(days=1)
"""How often it is noted that an item was told to an agent: a write a turn would cost more than it tells."""


class ReflectionStore:
    """The collections `reflections`, `forgotten_reflections` and `learned_chats`."""

    name = "reflections"
    """Of its part in a user's export."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._rows = database.db[COLLECTION]
        self._forgotten = database.db[FORGOTTEN]
        self._learned = database.db[LEARNED]
        self._vault = vault

    async def known(self, owner_id: str) -> Reflections:
        """All of this user's, the oldest first."""
        rows = await self._rows.find({"owner_id": owner_id}).to_list()
        key = await self._vault.key(owner_id) if rows else None
        found: dict[Kind, list[Reflection]] = {kind: [] for kind in KINDS}
        for row in sorted(rows, key=lambda row: (row["at"], row["place"])):
            assert key is not None  # noqa: S101  there are rows
            found[row["kind"]].append(_item(row, key))
        return Reflections(tuple(found["style"]), tuple(found["facts"]))

    async def forgotten(self, owner_id: str) -> list[Forgotten]:
        """What this user had deleted, the newest first."""
        rows = await self._forgotten.find({"owner_id": owner_id}).to_list()
        key = await self._vault.key(owner_id) if rows else None
        rows = sorted(rows, key=lambda row: row["at"], reverse=True)[:MOST_FORGOTTEN]
        return [
            Forgotten(
                row["_id"], row["kind"], key.open(row["sealed"], Place(FORGOTTEN, "sealed", row["_id"])), row["at"]
            )
            for row in rows
            if key is not None
        ]

    async def learned(self, owner_id: str, messages: Sequence[Message]) -> int:
        """How many messages of this chat's beginning were learned from before."""
        key = await self._vault.key(owner_id)
        names = await in_thread_if_long(characters(messages), _chat_names, owner_id, messages, key)
        rows = await self._learned.find({"_id": {"$in": names}, "owner_id": owner_id}, {"count": 1}).to_list()
        return max((row["count"] for row in rows), default=0)

    async def write(self, writes: Iterable[Write]) -> int:
        """Do these writes; answers how many found or made their row."""
        return await self._database.write(writes)

    async def key(self, owner_id: str) -> OwnerKey:
        """What this user's texts are sealed with."""
        return await self._vault.key(owner_id)

    async def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """One after the other, as plain data; then what was deleted and is remembered as such."""
        known = await self.known(owner_id)
        for kind in KINDS:
            for each in known.of(kind):
                yield {"kind": kind, **{name: value for name, value in plain_item(each).items() if name != "rev"}}
        for gone in await self.forgotten(owner_id):
            yield {"kind": gone.kind, "id": gone.id, "text": gone.text, "deleted_at": gone.at.isoformat()}

    async def erase(self, owner_id: str) -> None:
        """Delete all of this user's."""
        for rows in (self._rows, self._forgotten, self._learned):
            await rows.delete_many({"owner_id": owner_id})


def new_writes(owner_id: str, key: OwnerKey, kind: Kind, items: Sequence[Reflection], at: datetime) -> list[Write]:
    """The writes that keep new items, in this order. A repeat changes nothing."""
    return [
        Write(
            COLLECTION,
            UpdateOne(
                {"_id": each.id, "owner_id": owner_id},
                {"$setOnInsert": {"kind": kind, "at": at, "place": place, "rev": 0, "sealed": _sealed(each, key)}},
                upsert=True,
            ),
        )
        for place, each in enumerate(items)
    ]


def changed_write(owner_id: str, key: OwnerKey, kind: Kind, item: Reflection) -> Write:
    """The write that makes the kept item of this id, if it is still of this `rev`, into this one."""
    changes = {"kind": kind, "sealed": _sealed(item, key), "rev": item.rev + 1}
    return Write(COLLECTION, UpdateOne(_of_rev(owner_id, item), {"$set": changes}))


def gone_write(owner_id: str, item: Reflection) -> Write:
    """The write that deletes this item, if it is still of this `rev`."""
    return Write(COLLECTION, DeleteOne(_of_rev(owner_id, item)))


def forgotten_writes(owner_id: str, key: OwnerKey, items: Sequence[Forgotten]) -> list[Write]:
    """The writes that remember that these were deleted."""
    writes = []
    for each in items:
        sealed = key.seal(each.text, Place(FORGOTTEN, "sealed", each.id))
        kept = {"$setOnInsert": {"kind": each.kind, "sealed": sealed}, "$max": {"at": each.at}}
        writes.append(Write(FORGOTTEN, UpdateOne({"_id": each.id, "owner_id": owner_id}, kept, upsert=True)))
    return writes


def learned_writes(
    owner_id: str, key: OwnerKey, name: str, count: int, conversation_id: str | None, expires_at: datetime
) -> list[Write]:
    """The write that remembers that the first `count` messages of a chat were learned from."""
    row = {"count": count, "conversation_id": conversation_id}
    kept = {"$setOnInsert": row, "$max": {"expires_at": expires_at}}
    found = {"_id": _chat_name(owner_id, name, key), "owner_id": owner_id}
    return [Write(LEARNED, UpdateOne(found, kept, upsert=True))]


def used_writes(owner_id: str, told: Reflections, at: datetime) -> list[Write]:
    """The writes that note that these were told to an agent, at most once a day each."""
    return [
        Write(COLLECTION, UpdateOne({"_id": each.id, "owner_id": owner_id}, {"$max": {"used_at": at}}))
        for kind in KINDS
        for each in told.of(kind)
        if each.used_at is None or at - each.used_at > USED
    ]


def _of_rev(owner_id: str, item: Reflection) -> dict[str, Any]:
    return {"_id": item.id, "owner_id": owner_id, "rev": item.rev or {"$in": [0, None]}}  # rows of old have none


def _item(row: dict[str, Any], key: OwnerKey) -> Reflection:
    plain = key.open_json(row["sealed"], Place(COLLECTION, "sealed", row["_id"]))
    item = item_of({**plain, "id": row["_id"]})
    return dataclasses.replace(
        item,
        created_at=item.created_at or row["at"],
        updated_at=item.updated_at or row["at"],
        used_at=row.get("used_at"),
        rev=row.get("rev", 0),
    )


def _sealed(item: Reflection, key: OwnerKey) -> bytes:
    kept = {name: value for name, value in plain_item(item).items() if name not in ("id", "used_at", "rev")}
    return key.seal_json(kept, Place(COLLECTION, "sealed", item.id))


def _chat_names(owner_id: str, messages: Sequence[Message], key: OwnerKey) -> list[str]:
    return [_chat_name(owner_id, prefix, key) for prefix in prefix_keys(messages)]


def _chat_name(owner_id: str, prefix: str, key: OwnerKey) -> str:
    hashed = key.digest(f"{LEARNED}\0{prefix}")
    return f"{owner_id}:{hashed}"
