"""The chat that is learned from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from redraft.llm import Message


@dataclass(frozen=True)
class Chat:
    """`messages` with their `ids` and times, in order. The first `learned` of them were learned from before.

    A message without a time counts as said at `now`. `document` is the text that the chat is about, `name` its name.
    """

    messages: Sequence[Message]
    ids: Sequence[str]
    times: Sequence[datetime | None]
    now: datetime
    learned: int = 0
    document: str | None = None
    name: str | None = None
    conversation_id: str | None = None

    def at(self, place: int) -> datetime:
        """When a message was said."""
        return self.times[place] or self.now
