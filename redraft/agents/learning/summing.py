"""A summary that comes with what is learned: the model has read the chat anyway, and is asked once for both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redraft.agents.kept import Answer, missing_in
from redraft.agents.loops import without_loops
from redraft.agents.sections import evidence_of, with_own_rules
from redraft.agents.summarize import MOST_TOKENS
from redraft.llm import Message, estimate


@dataclass(frozen=True)
class SoFar:
    """What there is of a summary: `previous` sums up the first `start` messages of the chat.

    `own` where it is in the user's words. The new one has to cover all messages.
    """

    previous: str | None = None
    start: int = 0
    own: bool = False

    def fits(self, learned: int) -> bool:
        """Whether one answer can have the summary: all that it lacks is read to learn, and `previous` is short."""
        return learned <= self.start and (self.previous is None or estimate(self.previous) <= MOST_TOKENS)


def summary_in(answer: Any, so_far: SoFar, messages: Sequence[Message], tokens: int) -> str | None:
    """The summary that an answer has; None for one that says nothing or has lost what was there before.

    `tokens` are those of the part of the chat that the model was shown.
    """
    told = answer.get("summary") if isinstance(answer, dict) else None
    if not isinstance(told, str):
        return None
    text = without_loops(told)
    if missing_in(Answer(text), so_far.previous, None, tokens, own=so_far.own) is not None:
        return None
    return with_own_rules(text, evidence_of(messages[so_far.start :], so_far.previous, own=so_far.own))
