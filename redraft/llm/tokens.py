"""How many tokens a text is, roughly: models count differently, and their tables are megabytes."""

from collections.abc import Iterable
from typing import Any

import orjson

from redraft.llm.ask import Message

FIRST_OF_WIDE = bytes(range(0xE3, 0xEE))
"""With which UTF-8 begins Chinese, Japanese and Korean letters: found 30 times as soon as the letters themselves."""
TOKENS_OF_AN_IMAGE = 1_000
TOKENS_AROUND_A_MESSAGE = 6


def estimate(text: str) -> int:
    """Rather too many than too few: 3.5 ASCII characters, 2 of another alphabet, or 1 Chinese character to a token."""
    if text.isascii():
        return int(len(text) / 3.5) + 1
    encoded = text.encode("utf-8", "surrogatepass")
    wide = len(encoded) - len(encoded.translate(None, FIRST_OF_WIDE))
    other = len(encoded) - 3 * wide - (len(text) - wide)  # one for each two-byte letter
    ascii_ = len(text) - wide - min(other, len(text) - wide)
    return int(ascii_ / 3.5 + other / 2 + wide) + 1


def estimate_messages(messages: Iterable[Message]) -> int:
    """The same for whole messages, with what the model's server puts around each."""
    return sum(TOKENS_AROUND_A_MESSAGE + _content_tokens(message["content"]) for message in messages)


def estimate_ask(messages: Iterable[Message], schema: dict[str, Any] | None) -> int:
    """The same for all that a call sends: servers put the schema of an answer into the prompt, or count it as if."""
    return estimate_messages(messages) + (0 if schema is None else estimate(orjson.dumps(schema).decode()))


def _content_tokens(content: object) -> int:
    if isinstance(content, str):
        return estimate(content)
    parts = content if isinstance(content, list) else []
    return sum(estimate(part.get("text", "")) if part.get("type") == "text" else TOKENS_OF_AN_IMAGE for part in parts)
