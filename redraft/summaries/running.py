"""The running summaries of chats that outgrew their model, so that each is paid for once.

A summary is found by the beginning of the chat that it stands for, whoever kept that: the server, or a client that
sends all of its messages each time. It goes with its conversation, and otherwise when its time is over.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne

from redraft.agents.history import RunningSummary, prefix_keys
from redraft.agents.messages import characters
from redraft.aside import beside
from redraft.db import Database, Indexes, Write, patiently
from redraft.llm import Message, estimate_messages
from redraft.vault import OwnerKey, Place, Vault

COLLECTION = "running_summaries"
INDEXES = Indexes(
    COLLECTION,
    (
        IndexModel([("owner_id", ASCENDING), ("conversation_id", ASCENDING)]),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ),
)


class RunningSummaries:
    """The collection `running_summaries`. A run that needs one waits `patience_seconds` for a database that is away."""

    def __init__(self, database: Database, vault: Vault, patience_seconds: float) -> None:
        self._rows = database.db[COLLECTION]
        self._vault = vault
        self._patience_seconds = patience_seconds

    async def known(self, owner_id: str, messages: Sequence[Message], room: int) -> RunningSummary | None:
        """The summary of the longest beginning of this chat; None also for a chat that fits into `room` tokens.

        Raises `Unavailable`.
        """
        keys = await beside(characters(messages), _keys, messages, room)
        if not keys:
            return None
        owner_key = await self._vault.key(owner_id)
        names = {_id(owner_id, prefix, owner_key): prefix for prefix in keys}
        rows = await self._called(owner_id, names)
        if not rows:  # as they were called before names were hashed
            names = {f"{owner_id}:{prefix}": prefix for prefix in keys}
            rows = await self._called(owner_id, names)
        if not rows:
            return None
        longest = max(rows, key=lambda row: row["count"])
        text = owner_key.open(longest["sealed"], _sealed(longest["_id"]))
        return RunningSummary(text, longest["count"], names[longest["_id"]])

    async def _called(self, owner_id: str, names: Iterable[str]) -> list[dict[str, Any]]:
        """The rows of these names whose time is not over. Raises `Unavailable`."""
        ids = {"_id": {"$in": list(names)}, "owner_id": owner_id, **_alive()}
        return await patiently(lambda: self._rows.find(ids).to_list(), self._patience_seconds)

    async def drop(self, owner_id: str, conversation_id: str) -> None:
        """Delete those of a conversation that is no more."""
        await self._rows.delete_many({"owner_id": owner_id, "conversation_id": conversation_id})

    async def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """One after the other."""
        rows = await self._rows.find({"owner_id": owner_id, **_alive()}).to_list()
        key = await self._vault.key(owner_id) if rows else None
        for row in rows:
            if key is not None:
                yield {
                    "messages": row["count"],
                    "conversation_id": row["conversation_id"],
                    "summary": key.open(row["sealed"], _sealed(row["_id"])),
                }

    async def erase(self, owner_id: str) -> None:
        """Delete all of this user's."""
        await self._rows.delete_many({"owner_id": owner_id})


class RunningSummaryKeeper:
    """A user's running summaries in his export, and their end when he leaves."""

    name = "running_summaries"

    def __init__(self, summaries: RunningSummaries) -> None:
        self._summaries = summaries

    def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """One after the other."""
        return self._summaries.export(owner_id)

    async def erase(self, owner_id: str) -> None:
        """Delete all of it."""
        await self._summaries.erase(owner_id)


def running_writes(
    owner_id: str, key: OwnerKey, conversation_id: str | None, summary: RunningSummary, expires_at: datetime
) -> list[Write]:
    """The write that keeps `summary`; may be repeated."""
    name = _id(owner_id, summary.key, key)
    row = {
        "conversation_id": conversation_id,
        "count": summary.count,
        "sealed": key.seal(summary.text, _sealed(name)),
    }
    kept = {"$setOnInsert": row, "$max": {"expires_at": expires_at}}  # of an old one: it may be over, and about to go
    found = {"_id": name, "owner_id": owner_id}
    return [Write(COLLECTION, UpdateOne(found, kept, upsert=True))]


def _alive() -> dict[str, Any]:
    """The filter of those whose time is not over: the database deletes the others once a minute, or later."""
    return {"expires_at": {"$gt": datetime.now(UTC)}}


def _keys(messages: Sequence[Message], room: int) -> list[str]:
    """The names of all beginnings of the chat, or none when it fits as it is."""
    return [] if estimate_messages(messages) < room else prefix_keys(messages)


def _sealed(name: str) -> Place:
    return Place(COLLECTION, "sealed", name)


def _id(owner_id: str, prefix: str, key: OwnerKey) -> str:
    """By a keyed hash: from a plain one of a chat's beginning, its words could be guessed."""
    hashed = key.digest(f"running_summaries\0{prefix}")
    return f"{owner_id}:{hashed}"
