"""How many tokens a text is, roughly: models count differently, and their tables are megabytes."""

import re
from collections.abc import Iterable

from redraft.llm.ask import Message

WIDE = re.compile(r"[⺀-鿿가-힯぀-ヿ豈-﫿\U00020000-\U0003ffff]")
TOKENS_OF_AN_IMAGE = 1_000
TOKENS_AROUND_A_MESSAGE = 6


def estimate(text: str) -> int:
    """Rather too many than too few: 3.5 ASCII characters, 2 of another alphabet, or 1 Chinese character to a token."""
    if text.isascii():
        return int(len(text) / 3.5) + 1
    wide = len(WIDE.findall(text))
    bytes_ = len(text.encode("utf-8", "surrogatepass"))
    other = (bytes_ - 3 * wide - (len(text) - wide)) if bytes_ > len(text) else 0  # one for each two-byte letter
    ascii_ = len(text) - wide - min(other, len(text) - wide)
    return int(ascii_ / 3.5 + other / 2 + wide) + 1


def estimate_messages(messages: Iterable[Message]) -> int:
    """The same for whole messages, with what the model's server puts around each."""
    return sum(TOKENS_AROUND_A_MESSAGE + _content_tokens(message["content"]) for message in messages)


def _content_tokens(content: object) -> int:
    if isinstance(content, str):
        return estimate(content)
    parts = content if isinstance(content, list) else []
    return sum(estimate(part.get("text", "")) if part.get("type") == "text" else TOKENS_OF_AN_IMAGE for part in parts)
