"""Fits a long history into a model's context: what no longer fits is summed up, and looked up where it is asked for."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from redraft.agents.messages import characters, text_of
from redraft.agents.recall import Recalled, recall
from redraft.agents.summarize import MAX_TOKENS, summarize
from redraft.agents.tools import AgentTools
from redraft.errors import PromptTooLong
from redraft.llm import Message, estimate, estimate_messages
from redraft.threads import in_thread_if_long

KEPT_SHARE = 0.5
"""Of the room, how much the last messages keep when older ones are summed up: less, and it happens less often."""
RECALLED_SHARE = 1 / 6
"""Of the room, how much what is looked up in the messages that were summed up may take."""


@dataclass(frozen=True)
class RunningSummary:
    """What the first `count` messages of a chat say; `key` is their `prefix_keys` entry, to know them again by.

    `own` where the user corrected it: then it is theirs, and the next one must not lose it.
    """

    text: str
    count: int
    key: str
    own: bool = False


@dataclass(frozen=True)
class Fitted:
    """The messages to send as they are, after `summary` of all those before.

    `told` is its text, as far as there is room for it; `recalled` is what the last message points to in those before.
    """

    messages: list[Message]
    summary: RunningSummary | None
    told: str = ""
    recalled: list[Recalled] = field(default_factory=list)


def prefix_keys(messages: Sequence[Message]) -> list[str]:
    """For each n, a name of the first n + 1 messages that another chat has only when they are the same."""
    digest, keys = hashlib.sha256(), []
    for message in messages:
        digest.update(orjson.dumps([message["role"], message["content"]]))
        keys.append(digest.hexdigest()[:32])
    return keys


@dataclass(frozen=True)
class _ToSumUp:
    """The messages from `start` to `count` are to be summed up after `previous`; those from `count` on stay."""

    start: int
    count: int
    previous: str | None
    own: bool = False


async def fit(tools: AgentTools, messages: Sequence[Message], room: int, known: RunningSummary | None) -> Fitted:
    """The chat in at most `room` tokens, with what is recalled. `known` is used as long as the messages after it fit.

    Only when they do not, the model is asked for a new summary, which leaves room for a while. Raises `PromptTooLong`
    when the last message alone does not fit, and `ModelFailed`.
    """
    size = characters(messages)
    plan = await in_thread_if_long(size, _plan, messages, room, known)
    if isinstance(plan, Fitted):
        return plan
    if isinstance(plan, _ToSumUp):
        text = await summarize(tools, messages[plan.start : plan.count], plan.previous, own=plan.own)
        plan = RunningSummary(text, plan.count, await in_thread_if_long(size, _key, messages, plan.count))
    return await in_thread_if_long(size, _summed_up, messages, plan, room)


def _plan(messages: Sequence[Message], room: int, known: RunningSummary | None) -> Fitted | RunningSummary | _ToSumUp:
    if estimate_messages(messages) <= room:
        return Fitted(list(messages), None)
    known = known if known and known.count < len(messages) and known.key == _key(messages, known.count) else None
    most = room - int(room * RECALLED_SHARE)
    if known and estimate(known.text) + estimate_messages(messages[known.count :]) <= most:
        return known
    if estimate_messages(messages[-1:]) > room:
        raise PromptTooLong("The last message does not fit into the model's context. Send less at once.")
    count = len(messages) - _how_many_stay(messages, min(int(room * KEPT_SHARE), most - MAX_TOKENS))
    if known is None:
        return _ToSumUp(0, count, None)
    # One that covers more than has to go, and is too long by itself, is only made shorter.
    return _ToSumUp(known.count, max(known.count, count), known.text, known.own)


def _summed_up(messages: Sequence[Message], summary: RunningSummary, room: int) -> Fitted:
    stay = list(messages[summary.count :])
    left = room - estimate_messages(stay)
    told = _first_lines(summary.text, left)
    left = min(left - estimate(told), int(room * RECALLED_SHARE))
    recalled = recall(messages[: summary.count], text_of(messages[-1]), left)
    return Fitted(stay, summary, told, recalled)


def _first_lines(text: str, room: int) -> str:
    """As many of the first lines as fit: a summary may be longer than its model was asked to make it."""
    lines = text.splitlines()
    while lines and estimate("\n".join(lines)) > room:
        lines.pop()
    return text if len(lines) == len(text.splitlines()) else "\n".join(lines)


def _how_many_stay(messages: Sequence[Message], room: int) -> int:
    """How many of the last messages fit into `room`; at least the last one, and the first that stays is the user's."""
    stay, used = 1, estimate_messages(messages[-1:])
    for count in range(2, len(messages)):
        used += estimate_messages([messages[-count]])
        if used > room:
            break
        if messages[-count]["role"] == "user":
            stay = count
    return stay


def _key(messages: Sequence[Message], count: int) -> str:
    return prefix_keys(messages[:count])[-1]
