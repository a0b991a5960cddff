"""The chat before a request, as an edit is told it: by the same rules as a talk."""

from dataclasses import dataclass

from redraft.agents import prompts
from redraft.agents.editing.draft import SAID_LIMIT, Draft
from redraft.agents.fences import fenced
from redraft.agents.history import RunningSummary, fit
from redraft.agents.messages import characters, leading, transcript
from redraft.agents.recall import quoted_chat, recall
from redraft.agents.tools import AgentTools, Answers
from redraft.llm import Message, estimate_messages
from redraft.threads import in_thread_if_long

USER = "User"
"""What the prompts of edits call the user."""
LEAST_ROOM = 400
"""Tokens below which no summary is made: it would not fit."""
RECALLED_SHARE, MOST_RECALLED = 2 / 15, 800
"""Of a small model's context, and in tokens, what is looked up in the chat may take where new text is written."""
ALWAYS_READ = 3
"""Messages of a chat, the request among them, of which a small model is told enough without looking up."""


@dataclass(frozen=True)
class Past:
    """`so_far` is for the system prompt, `chat` and `recalled` for the request; each may be empty."""

    so_far: str = ""
    chat: str = ""
    recalled: str = ""
    summary: RunningSummary | None = None


def tokens_of(draft: Draft) -> int:
    """How much the chat before the request takes when it is told whole."""
    return estimate_messages(_chat(draft)[:-1])


async def past(tools: AgentTools, draft: Draft, room: int) -> Past:
    """The chat before the request in at most `room` tokens. Raises `ModelFailed` when it cannot be summed up."""
    chat = _chat(draft)
    if len(chat) < 2 or room <= 0:
        return Past()
    if room < LEAST_ROOM and estimate_messages(chat[:-1]) > room:
        found = await in_thread_if_long(characters(chat), recall, chat[:-1], draft.instruction, room)
        return Past(recalled=prompts.recalled(quoted_chat(found, USER)))
    fitted = await fit(tools, chat, room + estimate_messages(chat[-1:]), draft.task.known)
    told = fitted.messages[:-1]
    return Past(
        so_far=prompts.so_far(fitted.told) if fitted.summary else "",
        chat=fenced("chat", transcript(told, user=USER)) if told else "",
        recalled=prompts.recalled(quoted_chat(fitted.recalled, USER)),
        summary=fitted.summary,
    )


async def look_up(tools: Answers, draft: Draft) -> str:
    """What the request points to in the chat, for a small model that is told no more of it; empty when nothing is."""
    chat = _chat(draft)
    outside = chat[:-2] if draft.said and len(draft.said) <= SAID_LIMIT else chat[:-1]
    if len(chat) <= ALWAYS_READ and len(outside) < len(chat) - 1:
        return ""
    budget = min(MOST_RECALLED, int(tools.context_tokens("edit") * RECALLED_SHARE))
    for asked in dict.fromkeys((draft.instruction, draft.told)):  # a mere yes points to nothing: then what it answers
        if found := await in_thread_if_long(characters(outside), recall, outside, asked, budget):
            return quoted_chat(found, USER)
    return ""


def _chat(draft: Draft) -> list[Message]:
    return leading(draft.task.messages)[1] if draft.task.messages else []
