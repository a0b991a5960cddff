"""Sums up a chat, however long, within the context of the model that does it."""

from collections.abc import Iterator, Sequence

from redraft.agents import prompts
from redraft.agents.fences import fenced
from redraft.agents.messages import characters, text_of, transcript, with_text
from redraft.agents.tools import AgentTools
from redraft.aside import beside
from redraft.llm import Ask, Message, estimate

WORDS = 250
MAX_TOKENS = 700


async def summarize(tools: AgentTools, messages: Sequence[Message], previous: str | None = None) -> str:
    """One summary of `previous` and all `messages`. A chat longer than the context is read in parts, one after another.

    Raises `ModelFailed`.
    """
    room = tools.context_tokens("summarize") - MAX_TOKENS - estimate(prompts.SUMMARIZE) - 200
    summary = previous
    size = characters(messages)
    for part in await beside(size, parts, messages, room - MAX_TOKENS):  # the summary so far stands beside each part
        asked = await beside(size, _asked, [message for _, message in part], summary)
        summary = _once(await tools.answer("summarize", Ask(asked, MAX_TOKENS)))
    return summary or ""


def _asked(messages: Sequence[Message], previous: str | None) -> list[Message]:
    chat = fenced("chat", transcript(messages))
    if previous:
        chat = f"{prompts.GO_ON}\n{fenced('summary', previous)}\n\n{chat}"
    told = prompts.SUMMARIZE.format(words=WORDS)
    return [{"role": "system", "content": told}, {"role": "user", "content": f"{chat}\n\n{prompts.SUM_UP}"}]


def _once(summary: str) -> str:
    """Without lines that were there before, or begin one that was: a small model repeats itself until it is cut off."""
    lines: list[str] = []
    for line in summary.strip().splitlines():
        if not line.strip() or not any(earlier.startswith(line.rstrip()) for earlier in lines):
            lines.append(line)
    return "\n".join(lines).strip()


def parts(messages: Sequence[Message], room: int) -> list[list[tuple[int, Message]]]:
    """The chat in runs that each fit into `room` tokens, every message with its place in the chat.

    A message that does not fit by itself is cut into several with the same place.
    """
    found: list[list[tuple[int, Message]]] = []
    used = 0
    for place, message in enumerate(messages):
        for piece in _pieces(message, room):
            cost = estimate(text_of(piece)) + 10
            if not found or used + cost > room:
                found.append([])
                used = 0
            found[-1].append((place, piece))
            used += cost
    return found


def _pieces(message: Message, room: int) -> Iterator[Message]:
    text = text_of(message)
    tokens = estimate(text)
    if tokens + 10 <= room:
        yield message
        return
    size = max(200, int(len(text) * (room - 10) / tokens * 0.9))
    for at in range(0, len(text), size):
        yield with_text(message, text[at : at + size])
