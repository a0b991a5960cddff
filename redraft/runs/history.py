"""What was said in a run's conversation before its turn: read when the work begins, not carried in the run."""

from redraft.conversations import ConversationStore
from redraft.db import patiently
from redraft.llm import Message
from redraft.runs.models import RunRecord


class Histories:
    """Reads the one conversation that a run is about, up to the place of its turn.

    The messages of turns that have ended never change, so every attempt reads the same. Waits `patience_seconds` for a
    database that is away.
    """

    def __init__(self, conversations: ConversationStore, patience_seconds: float) -> None:
        self._conversations = conversations
        self._patience_seconds = patience_seconds

    async def chat(self, record: RunRecord) -> list[Message]:
        """The whole chat of a run, its own new messages last. Raises `Unavailable`."""
        turn = record.turn
        if turn is None:
            messages: list[Message] = record.input["messages"]
            return messages
        if not turn.after:
            return turn.messages
        before = await patiently(
            lambda: self._conversations.messages(record.owner_id, turn.conversation_id, 0, turn.after or 0),
            self._patience_seconds,
        )
        return [*(message.plain() for message in before), *turn.messages]
