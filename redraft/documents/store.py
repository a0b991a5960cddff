"""Where documents are kept. The owner stands in every filter: "not yours" and "not there" are one answer.

A document holds its newest version whole; older ones are rows of their own, with dense numbers. A write first copies
the newest version into its row (the same row each time: nothing changes the second time), then replaces it by one
conditional update. So a version below the newest always has its row, and a process that dies in between leaves a row
that says what the document says. Names and texts are sealed with their owner's key.
"""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import DuplicateKeyError

from redraft.db import Database, Indexes, Write
from redraft.documents.models import Author, Head, Version
from redraft.errors import NotFound
from redraft.vault import OwnerKey, Place, Vault

DOCUMENTS = Indexes("documents", (IndexModel([("owner_id", ASCENDING), ("place", ASCENDING)], unique=True),))
VERSIONS = Indexes(
    "document_versions",
    (IndexModel([("document_id", ASCENDING), ("version", ASCENDING)]), IndexModel([("owner_id", ASCENDING)])),
)
PLACES = "document_places"
"""How many places of a user's list are taken: a hint, the unique index decides. And the bytes of all that they keep.

`bytes` may say too much, after a process that died between the count and the write; a minute after that, whoever is
refused by it counts anew first.
"""

RECOUNTS = 3
"""Tries to take bytes, against others who save at the same time."""
IN_FLIGHT = timedelta(minutes=1)
"""How long bytes may be counted and not be kept yet: a count is not taken anew while it is younger."""
WITHOUT_TEXT = {"newest.text": False}


class DocumentStore:
    """Documents and versions of all users."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._documents = database.db[DOCUMENTS.collection]
        self._versions = database.db[VERSIONS.collection]
        self._places = database.db[PLACES]

    async def create(self, owner_id: str, document_id: str, name: str, newest: Version) -> Head:
        """Keep a new document at the next place of the owner's list. One that has its id is the answer: it was kept."""
        place = await self.last_place(owner_id) + 1
        key = await self._vault.key(owner_id)
        row = {
            "_id": document_id,
            "owner_id": owner_id,
            "name": key.seal(name, _name(document_id)),
            "newest": _row(newest, key, _newest(document_id, newest.version)),
        }
        while True:
            try:
                await self._documents.insert_one({**row, "place": place, "created_at": newest.created_at})
            except DuplicateKeyError:
                with contextlib.suppress(NotFound):
                    return await self.get(owner_id, document_id)
                place += 1  # another request took it, or died before it said so
                continue
            await self._places.update_one({"_id": owner_id}, {"$max": {"taken": place}}, upsert=True)
            return Head(document_id, owner_id, place, name, newest.created_at, newest)

    async def how_many(self, owner_id: str, upto: int | None = None) -> int:
        """The documents that this owner has, at places up to `upto` (None: any)."""
        places = {} if upto is None else {"place": {"$lte": upto}}
        return await self._documents.count_documents({"owner_id": owner_id, **places})

    async def take(self, owner_id: str, size: int, limit: int) -> bool:
        """Count `size` bytes more; False, and nothing is counted, when that would pass the limit.

        One conditional write decides, so that two requests cannot both take the last bytes.
        """
        has_room = {"_id": owner_id, "bytes": {"$lte": limit - size}}
        for _ in range(RECOUNTS):
            now = datetime.now(UTC)
            taken = await self._places.update_one(has_room, {"$inc": {"bytes": size}, "$set": {"counted_at": now}})
            if taken.matched_count:
                return True
            counter = await self._places.find_one({"_id": owner_id}) or {}
            if "bytes" in counter and counter["counted_at"] > now - IN_FLIGHT:
                return False
            await self._recount(owner_id, counter)
        return False

    async def give_back(self, owner_id: str, size: int) -> None:
        """Count `size` bytes less: they are not kept, or no longer."""
        await self._places.update_one({"_id": owner_id, "bytes": {"$gte": size}}, {"$inc": {"bytes": -size}})

    async def _bytes(self, owner_id: str) -> int:
        """The bytes of all kept versions."""
        total = 0
        for rows, size in ((self._documents, "$newest.bytes"), (self._versions, "$bytes")):
            summed = {"_id": None, "bytes": {"$sum": size}}
            pipeline: list[dict[str, Any]] = [{"$match": {"owner_id": owner_id}}, {"$group": summed}]
            total += sum(int(row["bytes"]) for row in await (await rows.aggregate(pipeline)).to_list())
        return total

    async def _recount(self, owner_id: str, counter: dict[str, Any]) -> None:
        """Let the count be what is kept, unless somebody has counted meanwhile."""
        same = {name: counter.get(name, {"$exists": False}) for name in ("bytes", "counted_at")}
        counted = {"bytes": await self._bytes(owner_id), "counted_at": datetime.now(UTC)}
        change = {"$set": counted, "$setOnInsert": {"taken": 0}}
        with contextlib.suppress(DuplicateKeyError):  # there is a count by now
            await self._places.update_one({"_id": owner_id, **same}, change, upsert="bytes" not in counter)

    async def last_place(self, owner_id: str) -> int:
        """The place of the owner's newest document, 0 when there is none; documents since deleted left gaps."""
        counter = await self._places.find_one({"_id": owner_id})
        return int(counter["taken"]) if counter else 0

    async def between(self, owner_id: str, above: int, below: int) -> list[Head]:
        """The documents with `above < place < below`, without their texts, newest first."""
        found = self._documents.find({"owner_id": owner_id, "place": {"$gt": above, "$lt": below}}, WITHOUT_TEXT)
        key = await self._vault.key(owner_id)
        return [_head(row, key) for row in sorted(await found.to_list(), key=lambda row: -int(row["place"]))]

    async def get(self, owner_id: str, document_id: str) -> Head:
        """The document with its newest text. Raises `NotFound`."""
        row = await self._documents.find_one({"_id": document_id, "owner_id": owner_id})
        if row is None:
            raise NotFound("There is no such document.")
        return _head(row, await self._vault.key(owner_id))

    async def replace(self, head: Head, after: Head) -> bool:
        """Let `after` follow `head`; False, and nothing is changed, when another version has done so."""
        key = await self._vault.key(head.owner_id)
        if after.newest.version != head.newest.version:
            await self._keep(head, key)
        unchanged = {"_id": head.id, "owner_id": head.owner_id, "newest.version": head.newest.version}
        newest = _row(after.newest, key, _newest(head.id, after.newest.version)) | {"made_by": after.made_by}
        changed = {"$set": {"name": key.seal(after.name, _name(head.id)), "newest": newest}}
        done = await self._documents.update_one(unchanged, changed)
        return done.matched_count == 1

    async def _keep(self, head: Head, key: OwnerKey) -> None:
        _id = _version_id(head.id, head.newest.version)
        row = {"document_id": head.id, **_row(head.newest, key, _older(_id)), "made_by": head.made_by}
        keep = UpdateOne({"_id": _id, "owner_id": head.owner_id}, {"$setOnInsert": row}, upsert=True)
        await self._database.write([Write(VERSIONS.collection, keep)])

    async def forget_versions(self, owner_id: str, document_id: str, up_to: int) -> None:
        """Delete the rows of the versions 1 to `up_to`."""
        old = {"document_id": document_id, "owner_id": owner_id, "version": {"$lte": up_to}}
        for row in await self._versions.find(old, {"bytes": True}).to_list():  # mostly one
            gone = await self._versions.delete_one({"_id": row["_id"], "owner_id": owner_id})
            if gone.deleted_count:
                await self.give_back(owner_id, row["bytes"])

    async def version(self, owner_id: str, document_id: str, number: int) -> Version:
        """An older version, with its text. Raises `NotFound`."""
        row = await self._versions.find_one({"_id": _version_id(document_id, number), "owner_id": owner_id})
        if row is None:
            raise NotFound(f"Version {number} of this document is not kept.")
        return _version(row, await self._vault.key(owner_id), _older(row["_id"]))

    async def made_by(self, owner_id: str, document_id: str, seed: str) -> Version | None:
        """The older version that a request with this seed made, if it is kept."""
        row = await self._versions.find_one({"document_id": document_id, "owner_id": owner_id, "made_by": seed})
        return None if row is None else _version(row, await self._vault.key(owner_id), _older(row["_id"]))

    async def versions(self, owner_id: str, document_id: str, above: int, below: int) -> list[Version]:
        """The older versions with `above < number < below`, without their texts, newest first."""
        wanted = {"document_id": document_id, "owner_id": owner_id, "version": {"$gt": above, "$lt": below}}
        rows = await self._versions.find(wanted, {"text": False}).to_list()
        key = await self._vault.key(owner_id)
        return [_version(row, key, _older(row["_id"])) for row in sorted(rows, key=lambda row: -int(row["version"]))]

    async def erase(self, owner_id: str) -> None:
        """Delete everything of this owner."""
        await self._versions.delete_many({"owner_id": owner_id})
        await self._documents.delete_many({"owner_id": owner_id})
        await self._places.delete_one({"_id": owner_id})

    async def delete(self, owner_id: str, document_id: str) -> None:
        """Delete the document and all its versions. Raises `NotFound`.

        Rows go before and after: before, so that a process that dies leaves a document which can be deleted again;
        after, for the row of a write that ran meanwhile.
        """
        head = await self.get(owner_id, document_id)
        rows = {"document_id": document_id, "owner_id": owner_id}
        sizes = [row["bytes"] for row in await self._versions.find(rows, {"bytes": True}).to_list()]
        await self._versions.delete_many(rows)
        gone = await self._documents.delete_one({"_id": document_id, "owner_id": owner_id})
        await self._versions.delete_many(rows)
        if gone.deleted_count:
            await self.give_back(owner_id, head.newest.bytes + sum(sizes))


def _version_id(document_id: str, number: int) -> str:
    return f"{document_id}:{number}"


def _name(document_id: str) -> Place:
    return Place(DOCUMENTS.collection, "name", document_id)


def _newest(document_id: str, number: int) -> Place:
    """With the number, so that no earlier text can be put back as the newest."""
    return Place(DOCUMENTS.collection, "newest.text", _version_id(document_id, number))


def _older(version_id: str) -> Place:
    return Place(VERSIONS.collection, "text", version_id)


def _row(version: Version, key: OwnerKey, place: Place) -> dict[str, Any]:
    return {**version.model_dump(), "text": key.seal(version.text, place)}


def _version(row: dict[str, Any], key: OwnerKey, place: Place) -> Version:
    """The version in `row`; its text, sealed at `place`, is empty where the query left it out."""
    return Version(
        version=row["version"],
        author=Author.model_validate(row["author"]),
        restored_from=row["restored_from"],
        bytes=row["bytes"],
        created_at=row["created_at"],
        text=key.open(row["text"], place) if "text" in row else "",
    )


def _head(row: dict[str, Any], key: OwnerKey) -> Head:
    name = key.open(row["name"], _name(row["_id"]))
    newest = _version(row["newest"], key, _newest(row["_id"], row["newest"]["version"]))
    made_by = row["newest"].get("made_by")
    return Head(row["_id"], row["owner_id"], row["place"], name, row["created_at"], newest, made_by)
