"""Conversations and their messages in MongoDB.

Both are numbered densely within their parent, and lists are read by bounded ranges of these numbers: a `limit` alone
does not keep every MongoDB-compatible server from reading the rest. Titles and contents are sealed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne

from redraft.conversations.models import MessageStatus
from redraft.db import Database, Document, Indexes, Write
from redraft.indexes import drop_index
from redraft.vault import OwnerKey, Place, Vault

CONVERSATIONS = "conversations"
MESSAGES = "messages"
COUNTS = "conversation_counts"
INDEXES = (
    Indexes(
        CONVERSATIONS,
        (IndexModel([("owner_id", ASCENDING), ("number", ASCENDING)], unique=True),),
    ),
    Indexes(
        MESSAGES,
        (IndexModel([("owner_id", ASCENDING), ("conversation_id", ASCENDING), ("seq", ASCENDING)], unique=True),),
    ),
)


@dataclass(frozen=True)
class Conversation:
    """A conversation; `message_count` counts the messages of turns that have ended."""

    id: str
    owner_id: str
    number: int
    title: str | None
    message_count: int
    created_at: datetime
    updated_at: datetime
    learn: bool = True


@dataclass(frozen=True)
class StoredMessage:
    """One message; `content` is text or parts, as models take it. `links_added` are an answer's new addresses."""

    id: str
    conversation_id: str
    owner_id: str
    seq: int
    role: str
    content: Any
    status: MessageStatus
    run_id: str
    created_at: datetime
    links_added: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """The message as models take it."""
        return {"role": self.role, "content": self.content}


class ConversationStore:
    """The collections `conversations`, `messages` and, for the numbers, `conversation_counts`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._conversations = database.db[CONVERSATIONS]
        self._messages = database.db[MESSAGES]
        self._counts = database.db[COUNTS]

    async def count(self, owner_id: str) -> int:
        """The highest number that a conversation of this user has or had."""
        found = await self._counts.find_one({"_id": owner_id})
        return 0 if found is None else int(found["count"])

    async def insert(self, conversation: Conversation) -> bool:
        """Store a new conversation; False when its number or its id is taken."""
        key = await self._vault.key(conversation.owner_id)
        document = {
            "_id": conversation.id,
            "owner_id": conversation.owner_id,
            "number": conversation.number,
            "title": key.seal_json(conversation.title, _title(conversation.id)),
            "message_count": conversation.message_count,
            "created_at": conversation.created_at,
            "updated_at": conversation.updated_at,
            "learn": conversation.learn,
        }
        counted = _counted(conversation.owner_id, conversation.number)
        return await self._database.insert_then(CONVERSATIONS, document, [counted])

    async def how_many(self, owner_id: str, upto: int | None = None) -> int:
        """The conversations that this user has, with numbers up to `upto` (None: any)."""
        numbers = {} if upto is None else {"number": {"$lte": upto}}
        return await self._conversations.count_documents({"owner_id": owner_id, **numbers})

    async def count_upto(self, owner_id: str, number: int) -> None:
        """Have `count` answer at least `number`."""
        await self._database.write([_counted(owner_id, number)])

    async def get(self, owner_id: str, conversation_id: str) -> Conversation | None:
        """The conversation, or None: not there, or not this user's."""
        found = await self._conversations.find_one(_own(owner_id, conversation_id))
        return None if found is None else _conversation(found, await self._vault.key(owner_id))

    async def numbered(self, owner_id: str, above: int, upto: int) -> list[Conversation]:
        """The user's conversations with `above` < number <= `upto`, newest first."""
        numbers = {"owner_id": owner_id, "number": {"$gt": above, "$lte": upto}}
        key = await self._vault.key(owner_id)
        found = await self._conversations.find(numbers).to_list()
        return sorted((_conversation(each, key) for each in found), key=lambda each: -each.number)

    async def change(self, owner_id: str, conversation_id: str, changes: Mapping[str, Any], at: datetime) -> bool:
        """Give it another `title`, or another `learn`; False when it is not there."""
        key = await self._vault.key(owner_id)
        fields: Document = {**changes, "updated_at": at}
        if "title" in changes:
            fields["title"] = key.seal_json(changes["title"], _title(conversation_id))
        changed = await self._conversations.update_one(_own(owner_id, conversation_id), {"$set": fields})
        return changed.matched_count > 0

    async def delete(self, owner_id: str, conversation_id: str) -> bool:
        """Delete it and its messages; False when it is not there.

        The conversation goes first: whoever stores a message after that finds it gone, and deletes it again.
        """
        gone = await self._conversations.delete_one(_own(owner_id, conversation_id))
        await self.delete_messages(owner_id, conversation_id)
        return gone.deleted_count > 0

    async def delete_messages(self, owner_id: str, conversation_id: str) -> None:
        """Delete the messages of a conversation that is no more."""
        await self._messages.delete_many({"conversation_id": conversation_id, "owner_id": owner_id})

    async def erase(self, owner_id: str) -> None:
        """Delete everything of this user."""
        await self._conversations.delete_many({"owner_id": owner_id})
        await self._messages.delete_many({"owner_id": owner_id})
        await self._counts.delete_one({"_id": owner_id})

    async def messages(self, owner_id: str, conversation_id: str, above: int, upto: int) -> list[StoredMessage]:
        """The messages with `above` < seq <= `upto`, oldest first."""
        seqs = {"conversation_id": conversation_id, "owner_id": owner_id, "seq": {"$gt": above, "$lte": upto}}
        key = await self._vault.key(owner_id)
        found = await self._messages.find(seqs).to_list()
        return sorted((_message(each, key) for each in found), key=lambda each: each.seq)


async def put_owners_first_in_messages(database: Database) -> None:
    """Drop the indexes in whose place the one stands that begins with the owner, and is there by now."""
    for name in ("conversation_id_1_seq_1", "owner_id_1"):
        await drop_index(database, MESSAGES, name)


def message_writes(messages: Sequence[StoredMessage], key: OwnerKey) -> list[Write]:
    """The writes that store `messages`, sealed with their owner's `key`; each may be repeated."""
    return [
        Write(MESSAGES, UpdateOne(_own(each.owner_id, each.id), {"$setOnInsert": _document(each, key)}, upsert=True))
        for each in messages
    ]


def count_write(owner_id: str, conversation_id: str, message_count: int, at: datetime) -> Write:
    """The write that says that the conversation now has `message_count` messages; may be repeated."""
    update = {"$max": {"message_count": message_count, "updated_at": at}}
    return Write(CONVERSATIONS, UpdateOne(_own(owner_id, conversation_id), update))


def _counted(owner_id: str, number: int) -> Write:
    return Write(COUNTS, UpdateOne({"_id": owner_id}, {"$max": {"count": number}}, upsert=True))


def _title(conversation_id: str) -> Place:
    return Place(CONVERSATIONS, "title", conversation_id)


def _content(message_id: str) -> Place:
    return Place(MESSAGES, "content", message_id)


def _links(message_id: str) -> Place:
    return Place(MESSAGES, "links_added", message_id)


def _own(owner_id: str, own_id: str) -> Document:
    return {"_id": own_id, "owner_id": owner_id}


def _conversation(found: Document, key: OwnerKey) -> Conversation:
    return Conversation(
        id=found["_id"],
        owner_id=found["owner_id"],
        number=found["number"],
        title=key.open_json(found["title"], _title(found["_id"])),
        message_count=found["message_count"],
        created_at=found["created_at"],
        updated_at=found["updated_at"],
        learn=found.get("learn", True),
    )


def _document(message: StoredMessage, key: OwnerKey) -> Document:
    links = {"links_added": key.seal_json(message.links_added, _links(message.id))} if message.links_added else {}
    return links | {
        "conversation_id": message.conversation_id,
        "seq": message.seq,
        "role": message.role,
        "content": key.seal_json(message.content, _content(message.id)),
        "status": message.status,
        "run_id": message.run_id,
        "created_at": message.created_at,
    }


def _message(found: Document, key: OwnerKey) -> StoredMessage:
    return StoredMessage(
        id=found["_id"],
        conversation_id=found["conversation_id"],
        owner_id=found["owner_id"],
        seq=found["seq"],
        role=found["role"],
        content=key.open_json(found["content"], _content(found["_id"])),
        status=found["status"],
        run_id=found["run_id"],
        created_at=found["created_at"],
        links_added=key.open_json(found["links_added"], _links(found["_id"])) if "links_added" in found else [],
    )
