"""Which of the counts that a server tells can be true. What cannot is not counted: the estimate counts then."""

from collections.abc import Sequence
from dataclasses import replace

from redraft.llm.ask import Ask, Message
from redraft.llm.provider import Ending

MOST_CHARACTERS_WRITTEN = 20
"""In an output token, on average. English has 4, code 3; only runs of one character come near it."""
WRITTEN_FREE = 20
"""Tokens by which an output may be counted too low: answers of a few words prove nothing."""
MOST_CHARACTERS_READ = 1_000
"""In an input token, on average: far more than any tokenizer puts into one. Some servers leave out what was cached."""
MOST_TOKENS_A_CHARACTER = 4
"""Tokenizers that know a character by its bytes alone need as many."""
UNSEEN_TOKENS = 10_000
"""Tokens of a call that its texts do not show: templates, schemas, what a server puts in front of a prompt."""
MOST_TOKENS_OF_AN_IMAGE = 100_000
TIMES_ITS_LIMIT = 10
"""How far output may pass its limit: some servers do not count what was thought towards it."""


def believed(told: Ending, ask: Ask, written: int) -> tuple[Ending, bool]:
    """`told` without the counts that cannot be true, and whether there were any.

    `written` is how many characters of the answer arrived. Of an input that is believed, at most all is cached.
    """
    sent, images = _size(ask.messages)
    input_tokens, output_tokens = _count(told.input_tokens), _count(told.output_tokens)
    if input_tokens is not None and not _can_be_read(input_tokens, sent, images):
        input_tokens = None
    if output_tokens is not None and not _can_be_written(output_tokens, written, ask.max_tokens):
        output_tokens = None
    cached = _part(told.cached_tokens, input_tokens)
    stored = _part(told.cache_write_tokens, None if input_tokens is None else input_tokens - (cached or 0))
    true = replace(
        told,
        input_tokens=input_tokens,
        cached_tokens=cached,
        cache_write_tokens=stored,
        output_tokens=output_tokens,
    )
    return true, true != told


def _count(told: object) -> int | None:
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else None


def _part(told: object, whole: int | None) -> int | None:
    tokens = _count(told)
    return None if tokens is None or whole is None else min(tokens, whole)


def _can_be_read(tokens: int, characters: int, images: int) -> bool:
    most = MOST_TOKENS_A_CHARACTER * characters + UNSEEN_TOKENS + MOST_TOKENS_OF_AN_IMAGE * images
    return characters <= MOST_CHARACTERS_READ * tokens and tokens <= most


def _can_be_written(tokens: int, characters: int, limit: int) -> bool:
    if tokens == 0 and characters > 0:
        return False
    most = max(TIMES_ITS_LIMIT * limit, MOST_TOKENS_A_CHARACTER * characters) + UNSEEN_TOKENS
    return characters <= MOST_CHARACTERS_WRITTEN * (tokens + WRITTEN_FREE) and tokens <= most


def _size(messages: Sequence[Message]) -> tuple[int, int]:
    """How many characters of text and how many images there are."""
    characters = images = 0
    for message in messages:
        content = message["content"]
        if isinstance(content, str):
            characters += len(content)
            continue
        for part in content or ():
            if part.get("type") == "text":
                characters += len(part.get("text", ""))
            else:
                images += 1
    return characters, images
