"""What is still to be summed up of a chat, and under what name its summary is then kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from redraft.agents.history import RunningSummary, prefix_keys
from redraft.agents.messages import characters, leading
from redraft.llm import Message
from redraft.summaries.running import RunningSummaries
from redraft.threads import in_thread_if_long


@dataclass(frozen=True)
class Due:
    """The summary of a chat is to cover its first `count` messages after the app's own, whose name is `key`.

    `previous` covers the first `start` of them, and is the user's `own` words or not; None where there is none. `seen`
    is how often the conversation's was written until now.
    """

    previous: str | None
    start: int
    own: bool
    count: int
    key: str
    seen: int

    def done(self, text: str) -> RunningSummary:
        """The summary that it becomes."""
        return RunningSummary(text, self.count, self.key)


async def due_in(
    running: RunningSummaries,
    owner_id: str,
    conversation_id: str | None,
    messages: Sequence[Message],
    *,
    from_scratch: bool = False,
) -> Due:
    """Of a conversation, or of a chat that its client keeps; `from_scratch`, as if there were no summary yet.

    Without a conversation's own, the summary of the longest known beginning counts. Raises `Unavailable`.
    """
    chat = leading(messages)[1]
    known: RunningSummary | None
    if conversation_id is None:
        known, seen = await running.known(owner_id, messages, 0), 0
    else:
        known, seen = await running.known_in(owner_id, conversation_id, messages, 0)
    keys = await in_thread_if_long(characters(chat), prefix_keys, chat)
    if known is None or from_scratch:
        return Due(None, 0, False, len(chat), keys[-1], seen)
    return Due(known.text, known.count, known.own, len(chat), keys[-1], seen)
