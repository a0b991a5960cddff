"""Talk or edit? Asked only when a document came along, in a way that a model of 0.5B parameters can answer.

It chooses one of three words, which the decoder enforces; the rules and examples before the message never change, so a
server with a prompt cache reads only the message.
"""

from collections.abc import Sequence
from typing import Literal

import orjson

from redraft.agents.messages import text_of
from redraft.agents.tools import AgentTools
from redraft.llm import Ask, Message

Agent = Literal["talk", "edit"]

RULES = """A writer has a document open and sends messages to an assistant. Say what each message wants:
"change": change the document now: write, add, remove, replace, move, fix, shorten, translate or format something in \
it, or do a change that was talked about.
"question": an answer in words: what the text says or means, an opinion, ideas, advice, a summary.
"chat": greetings, thanks, praise, agreement that all is well."""

EXAMPLES: tuple[tuple[str | None, str, str], ...] = (
    (None, "Make the second paragraph friendlier.", "change"),
    (None, "Is the second paragraph friendly enough?", "question"),
    (None, "Great, thank you!", "chat"),
    (None, "The deadline is May 3, not May 5.", "change"),
    (None, "What do you think of the ending?", "question"),
    ("I would open with a question, or with the year 1969.", "Take the year.", "change"),
    ("I would open with a question, or with the year 1969.", "Why the year?", "question"),
    ("I have moved the list to the end.", "Nice, that works.", "chat"),
    (None, "Sum up the whole text in one sentence.", "question"),
    (None, "请把最后一句删掉", "change"),
    (None, "最后一句是不是太难？", "question"),
    (None, "Thêm một đoạn về lịch sử", "change"),
    (None, "Phần kết có buồn quá không?", "question"),
    (None, "Hello!", "chat"),
    (None, "Could you add an example?", "change"),
    (None, "Explain the first rule to me.", "question"),
    ("The first sentence could go.", "Good, remove it.", "change"),
    ("I have cut the last line.", "Why did you cut it?", "question"),
    (None, "Traduis le titre en anglais", "change"),
    (None, "Would a child understand the first section?", "question"),
    (None, "Kannst du den Anfang kürzen?", "change"),
    (None, "Don't touch the text. What is missing?", "question"),
)
SCHEMA = {
    "type": "object",
    "properties": {"wants": {"enum": ["change", "question", "chat"]}},
    "required": ["wants"],
    "additionalProperties": False,
}
ENOUGH_OF_A_MESSAGE = 1_500  # characters from its beginning
ENOUGH_OF_AN_ANSWER = 300  # characters from its end


async def route(tools: AgentTools, messages: Sequence[Message]) -> Agent:
    """Whom the last message is for. Raises `ModelFailed`."""
    ask = Ask([*prefix(), {"role": "user", "content": _shown(messages)}], max_tokens=24, schema=SCHEMA)
    answer = orjson.loads(await tools.answer("route", ask))
    return "edit" if answer.get("wants") == "change" else "talk"


def prefix() -> list[Message]:
    """What comes before the message, always the same."""
    turns: list[Message] = [{"role": "system", "content": RULES}]
    for before, said, wants in EXAMPLES:
        turns.append({"role": "user", "content": _line(before, said)})
        turns.append({"role": "assistant", "content": f'{{"wants": "{wants}"}}'})
    return turns


def _shown(messages: Sequence[Message]) -> str:
    before = messages[-2] if len(messages) > 1 else None
    answered = text_of(before) if before and before["role"] == "assistant" else None
    return _line(answered, text_of(messages[-1]))


def _line(before: str | None, said: str) -> str:
    line = f'Message: "{said[:ENOUGH_OF_A_MESSAGE]}"'
    return f'Assistant before: "{before[-ENOUGH_OF_AN_ANSWER:]}"\n{line}' if before else line
