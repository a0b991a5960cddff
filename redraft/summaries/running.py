"""The running summaries of chats that outgrew their model, so that each is paid for once.

A summary is found by the beginning of the chat that it stands for, whoever kept that: the server, or a client that
sends all of its messages each time. A conversation has one, which is its owner's to read and correct, lives as long as
the conversation, and counts only as long as it stands for the messages that are there. The others go when their time
is over.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne

from redraft.agents.history import RunningSummary, prefix_keys
from redraft.agents.messages import characters, leading
from redraft.agents.sections import as_material
from redraft.conversations import count_write
from redraft.db import Database, Indexes, Write, patiently
from redraft.llm import Message, estimate_messages
from redraft.threads import in_thread_if_long
from redraft.vault import OwnerKey, Place, Vault

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When the summary of a conversation expires: it goes with the conversation."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
COLLECTION = "running_summaries"
INDEXES = Indexes(
    COLLECTION,
    (
        IndexModel([("owner_id", ASCENDING), ("conversation_id", ASCENDING)]),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ),
)


@dataclass(frozen=True)
class Made:
    """How a summary came to be: by which model, for what, and when. None where no model made it, or it is not known.

    `cost` is in `currency`; None where it is not known. Tokens are those of all calls that it took.
    """

    model: str | None
    cost: float | None
    currency: str | None
    input_tokens: int | None
    output_tokens: int | None
    created_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True)
class KeptSummary:
    """The summary of a conversation: of its first `count` messages after the app's own.

    `version` counts how often it was written; 0 of one that a turn of an earlier version left.
    """

    text: str
    count: int
    key: str
    edited: bool
    version: int
    made: Made


class RunningSummaries:
    """The collection `running_summaries`. A run that needs one waits `patience_seconds` for a database that is away."""

    name = "running_summaries"
    """Of its part in a user's export."""

    def __init__(self, database: Database, vault: Vault, patience_seconds: float) -> None:
        self._database = database
        self._rows = database.db[COLLECTION]
        self._vault = vault
        self._patience_seconds = patience_seconds

    async def known(self, owner_id: str, messages: Sequence[Message], room: int) -> RunningSummary | None:
        """The summary of the longest beginning of this chat; None also for a chat that fits into `room` tokens.

        Raises `Unavailable`.
        """
        chat = leading(messages)[1]
        keys = await in_thread_if_long(characters(chat), _keys, chat, room)
        return await self._of_beginnings(owner_id, keys) if keys else None

    async def known_in(
        self, owner_id: str, conversation_id: str, messages: Sequence[Message], room: int
    ) -> tuple[RunningSummary | None, int]:
        """The same for a chat in a conversation, whose own summary comes before all others; and its version.

        The version is how often that was written: 0 where there is none, or where nothing was looked for.
        """
        chat = leading(messages)[1]
        keys = await in_thread_if_long(characters(chat), _keys, chat, room)
        if not keys:
            return None, 0
        kept, version = await self._of(owner_id, conversation_id, keys)
        if kept is not None:
            return RunningSummary(kept.text, kept.count, kept.key, kept.edited), version
        return await self._of_beginnings(owner_id, keys), version

    async def of_conversation(
        self, owner_id: str, conversation_id: str, messages: Sequence[Message]
    ) -> tuple[KeptSummary | None, int]:
        """The summary of a conversation that has these messages, and how often one was written.

        Raises `Unavailable`.
        """
        chat = leading(messages)[1]
        keys = await in_thread_if_long(characters(chat), prefix_keys, chat)
        return await self._of(owner_id, conversation_id, keys)

    async def _of_beginnings(self, owner_id: str, keys: Sequence[str]) -> RunningSummary | None:
        owner_key = await self._vault.key(owner_id)
        names = {_id(owner_id, prefix, owner_key): prefix for prefix in keys}
        rows = await self._called(owner_id, names)
        if not rows:  # as they were called before names were hashed
            names = {f"{owner_id}:{prefix}": prefix for prefix in keys}
            rows = await self._called(owner_id, names)
        if not rows:
            return None
        longest = max(rows, key=lambda row: row["count"])
        return RunningSummary(_text(longest, owner_key), longest["count"], names[longest["_id"]])

    async def _of(self, owner_id: str, conversation_id: str, keys: Sequence[str]) -> tuple[KeptSummary | None, int]:
        """The conversation's own, or the longest that a turn of an earlier version left in it.

        Only one that stands for the messages that are there: `keys` are theirs.
        """
        owner_key = await self._vault.key(owner_id)
        wanted = {"owner_id": owner_id, "conversation_id": conversation_id, **_alive()}
        rows = await patiently(lambda: self._rows.find(wanted).to_list(), self._patience_seconds)
        found: list[KeptSummary] = []
        for row in rows:
            count = row["count"]
            prefix = keys[count - 1] if 0 < count <= len(keys) else None
            if prefix is not None and row.get("stands_for", row["_id"]) == _id(owner_id, prefix, owner_key):
                found.append(_kept(row, prefix, _text(row, owner_key)))
        kept = max(found, key=lambda each: (each.version > 0, each.count), default=None)
        return kept, max((int(row.get("version", 0)) for row in rows), default=0)

    async def keep(self, owner_id: str, conversation_id: str, summary: RunningSummary, made: Made, seen: int) -> bool:
        """Do what `kept_writes` says; False where it did not find all, so that something else happened meanwhile."""
        writes = kept_writes(owner_id, await self._vault.key(owner_id), conversation_id, summary, made, seen)
        return await self._database.write(writes) == len(writes)

    async def _called(self, owner_id: str, names: Iterable[str]) -> list[dict[str, Any]]:
        """The rows of these names whose time is not over. Raises `Unavailable`."""
        ids = {"_id": {"$in": list(names)}, "owner_id": owner_id, **_alive()}
        return await patiently(lambda: self._rows.find(ids).to_list(), self._patience_seconds)

    async def drop(self, owner_id: str, conversation_id: str) -> None:
        """Delete those of a conversation."""
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
                    "edited": bool(row.get("edited")),
                }

    async def erase(self, owner_id: str) -> None:
        """Delete all of this user's."""
        await self._rows.delete_many({"owner_id": owner_id})


def running_writes(owner_id: str, key: OwnerKey, summary: RunningSummary, expires_at: datetime) -> list[Write]:
    """The write that keeps the summary of a chat that its client keeps; may be repeated."""
    name = _id(owner_id, summary.key, key)
    row = {
        "conversation_id": None,
        "count": summary.count,
        "sealed": key.seal(summary.text, _sealed(name)),
        "checked": True,
    }
    kept = {"$setOnInsert": row, "$max": {"expires_at": expires_at}}  # of an old one: it may be over, and about to go
    found = {"_id": name, "owner_id": owner_id}
    return [Write(COLLECTION, UpdateOne(found, kept, upsert=True))]


def kept_writes(
    owner_id: str, key: OwnerKey, conversation_id: str, summary: RunningSummary, made: Made, seen: int
) -> list[Write]:
    """The writes that make `summary` the conversation's, unless it was written since it had the version `seen`.

    They may be repeated. The last one finds nothing where the conversation is no more: then all of it must go again.
    It comes last, so that whoever deletes the conversation after it finds the summary.
    """
    name = _own_id(owner_id, conversation_id)
    row = {
        "conversation_id": conversation_id,
        "count": summary.count,
        "stands_for": _id(owner_id, summary.key, key),
        "sealed": key.seal(summary.text, _sealed(name)),
        "expires_at": NEVER,
        "checked": True,
        "edited": summary.own,
        "version": seen + 1,
        **asdict(made),
    }
    found = {"_id": name, "owner_id": owner_id}
    if seen:
        row.pop("created_at")
        update = UpdateOne({**found, "version": seen}, {"$set": row})
    else:
        update = UpdateOne(found, {"$setOnInsert": row}, upsert=True)
    return [Write(COLLECTION, update), count_write(owner_id, conversation_id, 0, LONG_AGO)]


def _kept(row: dict[str, Any], prefix: str, text: str) -> KeptSummary:
    made = {each.name: row.get(each.name) for each in fields(Made)}
    return KeptSummary(text, row["count"], prefix, bool(row.get("edited")), int(row.get("version", 0)), Made(**made))


def _text(row: dict[str, Any], key: OwnerKey) -> str:
    """What it says. Of one that an earlier version made, nothing was held against the user's own words."""
    text = key.open(row["sealed"], _sealed(row["_id"]))
    return text if row.get("checked") else as_material(text)


def _alive() -> dict[str, Any]:
    """The filter of those whose time is not over: the database deletes the others once a minute, or later."""
    return {"expires_at": {"$gt": datetime.now(UTC)}}


def _keys(messages: Sequence[Message], room: int) -> list[str]:
    """The names of all beginnings of the chat, or none when it fits as it is."""
    return [] if estimate_messages(messages) < room else prefix_keys(messages)


def _sealed(name: str) -> Place:
    return Place(COLLECTION, "sealed", name)


def _own_id(owner_id: str, conversation_id: str) -> str:
    return f"{owner_id}:{conversation_id}"


def _id(owner_id: str, prefix: str, key: OwnerKey) -> str:
    """By a keyed hash: from a plain one of a chat's beginning, its words could be guessed."""
    hashed = key.digest(f"running_summaries\0{prefix}")
    return f"{owner_id}:{hashed}"
