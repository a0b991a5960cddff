"""What was said in a run's conversation before its turn: read when the work begins, not carried in the run."""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from redraft.conversations import ConversationStore
from redraft.db import patiently
from redraft.llm import Message
from redraft.runs.models import RunRecord, Turn
from redraft.vault import OwnerKey, Place


@dataclass
class _Chat:
    """The first messages of a conversation, each sealed by its owner's key: who was erased is erased here too."""

    owner_id: str
    conversation_id: str
    sealed: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, messages: Sequence[Message], key: OwnerKey) -> None:
        first = len(self.sealed)
        sealed = [key.seal_json(message, self._place(seq)) for seq, message in enumerate(messages, first)]
        self.sealed += sealed
        self.size += sum(map(len, sealed))

    def first(self, count: int, key: OwnerKey) -> list[Message]:
        return [key.open_json(each, self._place(seq)) for seq, each in enumerate(self.sealed[:count])]

    def _place(self, seq: int) -> Place:
        return Place("chats in memory", "message", f"{self.conversation_id}:{seq}")


class Histories:
    """Reads the one conversation that a run is about, up to the place of its turn.

    The messages of turns that have ended never change, so every attempt reads the same, and those that this replica
    knows from the turn before need not be read again: it keeps up to `kept_bytes` of them. Waits `patience_seconds` for
    a database that is away.
    """

    def __init__(self, conversations: ConversationStore, patience_seconds: float, kept_bytes: int) -> None:
        self._conversations = conversations
        self._patience_seconds = patience_seconds
        self._kept_bytes = kept_bytes
        self._chats: OrderedDict[str, _Chat] = OrderedDict()
        self._size = 0

    async def chat(self, record: RunRecord, key: OwnerKey) -> list[Message]:
        """The whole chat of a run, its own new messages last. Raises `Unavailable`."""
        turn = record.turn
        if turn is None:
            messages: list[Message] = record.input["messages"]
            return messages
        return [*await self._before(record.owner_id, turn, key), *turn.messages]

    def keep(self, record: RunRecord, key: OwnerKey) -> None:
        """Remember the turn of a run that has ended, for the next one."""
        turn = record.turn
        if turn is None or turn.after is None:
            return
        chat = self._chats.get(turn.conversation_id) or _Chat(record.owner_id, turn.conversation_id)
        if len(chat.sealed) == turn.after:
            said = record.outcome.message if record.outcome is not None else None
            answer: list[Message] = [{"role": "assistant", "content": said}] if said else []
            self._put(turn.conversation_id, chat, [*turn.messages, *answer], key)

    def forget(self, owner_ids: Collection[str]) -> None:
        """Drop the chats of these users."""
        for conversation_id in [each for each, chat in self._chats.items() if chat.owner_id in owner_ids]:
            self.drop(conversation_id)

    def drop(self, conversation_id: str) -> None:
        """Drop the chat of a conversation."""
        chat = self._chats.pop(conversation_id, None)
        if chat is not None:
            self._size -= chat.size

    async def _before(self, owner_id: str, turn: Turn, key: OwnerKey) -> list[Message]:
        after = turn.after or 0
        chat = self._chats.get(turn.conversation_id) or _Chat(owner_id, turn.conversation_id)
        known = chat.first(after, key)
        if len(known) == after:
            return known
        found = await patiently(
            lambda: self._conversations.messages(owner_id, turn.conversation_id, len(known), after),
            self._patience_seconds,
        )
        read = [message.plain() for message in found]
        if len(chat.sealed) + len(read) == after:  # none is missing, and no other run of it was here meanwhile
            self._put(turn.conversation_id, chat, read, key)
        return [*known, *read]

    def _put(self, conversation_id: str, chat: _Chat, more: Sequence[Message], key: OwnerKey) -> None:
        """Add to what is kept of a conversation, and let go of those that were used longest ago."""
        self.drop(conversation_id)
        chat.add(more, key)
        self._chats[conversation_id] = chat
        self._size += chat.size
        while self._size > self._kept_bytes:
            self.drop(next(iter(self._chats)))
