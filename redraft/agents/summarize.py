"""Sums up a chat, however long, within the context of the model that does it, and loses nothing that it was told."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from redraft.agents import prompts
from redraft.agents.cutting import pieces
from redraft.agents.fences import fenced
from redraft.agents.kept import Answer, both, missing_in, within
from redraft.agents.loops import without_loops
from redraft.agents.messages import characters, text_of, transcript, with_text
from redraft.agents.sections import Evidence, evidence_of, with_own_rules
from redraft.agents.tools import AgentTools
from redraft.errors import ModelFailed
from redraft.llm import Ask, Message, estimate
from redraft.threads import in_thread_if_long

WORDS = 250
MAX_TOKENS = 700
MOST_TOKENS = 2 * MAX_TOKENS
"""Of a summary that another builds on: a longer one is summed up itself first, unless it fits beside the whole chat."""
AROUND = 260
"""Tokens of what stands around the chat and the summary: marks, the last words, and what a first answer lacked."""
LEAST_ROOM = 150
"""Tokens that each part has, however small the context is said to be."""
AROUND_A_MESSAGE = 10


@dataclass(frozen=True)
class _Part:
    """What one call reads: messages as a `text`, or `notes`, a piece of an earlier summary that is too long."""

    text: str
    tokens: int
    notes: bool = False


def _of_messages(part: Sequence[tuple[int, Message]]) -> _Part:
    text = transcript([message for _, message in part])
    return _Part(text, estimate(text))


async def summarize(
    tools: AgentTools, messages: Sequence[Message], previous: str | None = None, *, own: bool = False
) -> str:
    """One summary of `previous` and all `messages`, never empty, by the form that `sections` knows.

    A chat longer than the context is read in parts, one after another, and so is a `previous` that is longer than its
    share. With `own`, `previous` is in the user's words: what an answer leaves out of it is put back. An answer that is
    cut off or has lost `previous` is asked for once more. Fails it again, `previous` stays as it is, followed by the
    answer's whole lines, as many as fit into `MOST_TOKENS`.

    Raises `ModelFailed`, also for an answer without words.
    """
    room = max(tools.context_tokens("summarize") - MAX_TOKENS - estimate(prompts.SUMMARIZE) - AROUND, 2 * LEAST_ROOM)
    size = characters(messages) + len(previous or "")
    summary = (previous or "").strip() or None
    reading = Reading(messages)
    summary = (previous or "").strip() or None
    evidence = await in_thread_if_long(size, evidence_of, messages, summary, own=own)
    if summary and not await in_thread_if_long(size, _fits_beside, messages, summary, room):
        summary = await _shortened(tools, summary, room, evidence, own=own)
        own = False  # from here on it is the model's
    while part := await in_thread_if_long(size, reading.take, _left(room, summary)):
        told = await in_thread_if_long(size, _of_messages, part)
        summary = await _sum_up(tools, told, summary, own=own)
        summary = await in_thread_if_long(len(summary), with_own_rules, summary, evidence)
        own = False
        if reading and estimate(summary) > min(MOST_TOKENS, room // 2):
            summary = await _shortened(tools, summary, room, evidence)
    if summary is None:
        raise ModelFailed("There is nothing to sum up.")
    return summary


def _left(room: int, summary: str | None) -> int:
    return max(room - (estimate(summary) if summary else 0), LEAST_ROOM)


def _fits_beside(messages: Sequence[Message], summary: str, room: int) -> bool:
    tokens = estimate(summary)
    if tokens <= min(MOST_TOKENS, room // 2):
        return bool(messages)
    return bool(messages) and tokens + sum(estimate(text_of(each)) + AROUND_A_MESSAGE for each in messages) <= room


async def _shortened(tools: AgentTools, previous: str, room: int, evidence: Evidence, *, own: bool = False) -> str:
    """`previous` in fewer words, read in parts. What an answer loses of a part is kept as far as its share goes."""
    share = min(MOST_TOKENS, room // 2)
    summary: str | None = None
    for piece in await in_thread_if_long(len(previous), pieces, previous, room - share):
        answer = await _sum_up(tools, _Part(piece, estimate(piece), notes=True), summary, own=own)
        summary = within(with_own_rules(answer, evidence), share)
    assert summary is not None  # noqa: S101  there is one piece at least
    return summary


async def _sum_up(tools: AgentTools, part: _Part, previous: str | None, *, own: bool) -> str:
    """What the model says of this part and `previous`: as it is, or held against what it had to keep."""
    notes = part.text if part.notes else None
    lacks: str | None = None
    answers: list[Answer] = []
    for _ in range(2):
        asked = await in_thread_if_long(len(part.text), _asked, part, previous, lacks)
        try:
            text = await tools.answer("summarize", Ask(asked, MAX_TOKENS))
        except ModelFailed:
            if not any(answer.lines for answer in answers):
                raise
            break
        answer = Answer(without_loops(text), cut=tools.cut is not None)
        lacks = missing_in(answer, previous, notes, part.tokens, own=own)
        if lacks is None:
            return answer.text
        answers.append(answer)
    usable = [answer for answer in answers if answer.lines]
    if not usable:
        raise ModelFailed("The model's summary says nothing.")
    best = max(usable, key=lambda answer: (not answer.cut, len(answer.lines)))
    return both(previous, best.lines, notes)


def _asked(part: _Part, previous: str | None, lacks: str | None) -> list[Message]:
    told = fenced("notes", part.text) if part.notes else fenced("chat", part.text)
    if previous:
        told = f"{prompts.GO_ON}\n{fenced('summary', previous)}\n\n{told}"
    if part.notes:
        told = f"{prompts.SHORTEN}\n{told}"
    last = prompts.SUM_UP if lacks is None else f"{prompts.SUM_UP}\n{lacks}"
    system = prompts.SUMMARIZE.format(words=WORDS)
    return [{"role": "system", "content": system}, {"role": "user", "content": f"{told}\n\n{last}"}]


class Reading:
    """A chat that is read from its beginning, a part at a time; false when all of it was."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._waiting = deque(enumerate(messages))

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def take(self, room: int) -> list[tuple[int, Message]]:
        """The next messages that fit into `room` tokens together, each with its place in the chat.

        A message that does not fit by itself is cut, and the rest of it comes next with the same place.
        """
        taken: list[tuple[int, Message]] = []
        used = 0
        while self._waiting:
            place, message = self._waiting[0]
            cost = estimate(text_of(message)) + AROUND_A_MESSAGE
            if used + cost > room:
                if taken:
                    break
                first, *rest = pieces(text_of(message), room - AROUND_A_MESSAGE)
                self._waiting.popleft()
                self._waiting.extendleft((place, _rest_of(message, each)) for each in reversed(rest))
                return [(place, with_text(message, first))]
            taken.append(self._waiting.popleft())
            used += cost
        return taken


def _rest_of(message: Message, text: str) -> Message:
    return {**message, "content": text}


def parts(messages: Sequence[Message], room: int) -> list[list[tuple[int, Message]]]:
    """The chat in runs that each fit into `room` tokens, every message with its place in the chat.

    A message that does not fit by itself is cut into several with the same place.
    """
    reading = Reading(messages)
    found: list[list[tuple[int, Message]]] = []
    while part := reading.take(max(room, LEAST_ROOM)):
        found.append(part)
    return found
