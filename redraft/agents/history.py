"""Fits a long history into a model's context: what no longer fits is summed up, never dropped."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from redraft.agents.messages import characters
from redraft.agents.summarize import summarize
from redraft.agents.tools import AgentTools
from redraft.aside import beside
from redraft.errors import PromptTooLong
from redraft.llm import Message, estimate, estimate_messages

KEPT_SHARE = 0.5
"""Of the room, how much the last messages keep when older ones are summed up: less, and it happens less often."""


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
    """The messages to send as they are, after `summary` of all those before."""

    messages: list[Message]
    summary: RunningSummary | None


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
    """The chat in at most `room` tokens. `known` is used as long as the messages after it fit.

    Only when they do not, the model is asked for a new summary, which leaves room for a while. Raises `PromptTooLong`
    when the last message alone does not fit, and `ModelFailed`.
    """
    plan = await beside(characters(messages), _plan, messages, room, known)
    if isinstance(plan, Fitted):
        return plan
    text = await summarize(tools, messages[plan.start : plan.count], plan.previous, own=plan.own)
    summary = RunningSummary(text, plan.count, await beside(characters(messages), _key, messages, plan.count))
    return Fitted(list(messages[plan.count :]), summary)


def _plan(messages: Sequence[Message], room: int, known: RunningSummary | None) -> Fitted | _ToSumUp:
    known = known if known and known.count < len(messages) and known.key == _key(messages, known.count) else None
    if estimate_messages(messages) <= room:
        return Fitted(list(messages), None)
    if known and estimate(known.text) + estimate_messages(messages[known.count :]) <= room:
        return Fitted(list(messages[known.count :]), known)
    keep = _how_many_stay(messages, int(room * KEPT_SHARE))
    if estimate_messages(messages[-1:]) > room:
        raise PromptTooLong("The last message does not fit into the model's context. Send less at once.")
    if known is None:
        return _ToSumUp(0, len(messages) - keep, None)
    # One that covers more than has to go, and is too long by itself, is only made shorter.
    return _ToSumUp(known.count, max(known.count, len(messages) - keep), known.text, known.own)


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
