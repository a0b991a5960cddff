"""Cuts long texts into pieces that fit a model's context, where a reader would cut them."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter

import regex

from redraft.llm import estimate

_WORD = regex.compile(r"\S+\s*|\s+")
_CLUSTER = regex.compile(r"\r\n|\X")
_SENTENCE_END = regex.compile(r"""(?<![.!?…])[.!?…]++["'”’»)\]]*\s+|[。！？]+[」』”’）]*""")
_FENCE = regex.compile(r" {0,3}(?:[-*+>] |\d{1,3}[.)] )? {0,8}(`{3,}|~{3,})([^\r\n]*)")


def pieces(text: str, room: int) -> list[str]:
    """`text` in pieces of at most `room` tokens each, by the estimate; joined they are `text` again.

    A piece ends with a code block, else with a line, else with a sentence, and only where one of these alone is more
    than `room` within it, between two characters as readers see them. A character is never cut, whatever it counts.
    """
    found: list[str] = []
    held: list[str] = []
    used = 0
    for unit, tokens in _units(text, room):
        if held and used + tokens > room:
            used = estimate("".join(held))  # each unit's tokens were rounded up
        if held and used + tokens > room:
            found.append("".join(held))
            held, used = [], 0
        held.append(unit)
        used += tokens
    if held:
        found.append("".join(held))
    return found


def fenced_lines(lines: Sequence[str]) -> list[int]:
    """For each line the number of the code block that it stands in, the block's own marks included; 0 outside."""
    found: list[int] = []
    mark, block = "", 0
    for line in lines:
        match = _FENCE.match(line)
        if mark:
            found.append(block)
            mark = "" if match and match[1].startswith(mark) and not match[2].strip() else mark
        elif match and not (match[1][0] == "`" and "`" in match[2]):
            mark, block = match[1], block + 1
            found.append(block)
        else:
            found.append(0)
    return found


def closed(text: str) -> str:
    """`text`, its last code block ended where it was not."""
    lines = text.splitlines()
    last = fenced_lines([*lines, ""])[-1]
    if not last:
        return text
    opened = _FENCE.match(lines[fenced_lines(lines).index(last)])
    return f"{text.rstrip()}\n{opened[1]}" if opened else text


def blocks(text: str) -> Iterator[str]:
    """`text` in its lines, each with its end, and every code block as one."""
    lines = text.splitlines(keepends=True)
    for number, group in groupby(zip(fenced_lines(lines), lines, strict=True), key=itemgetter(0)):
        held = (line for _, line in group)
        if number:
            yield "".join(held)
        else:
            yield from held


def _units(text: str, room: int) -> Iterator[tuple[str, int]]:
    """What is not cut, with its tokens: whole code blocks, lines, and less only where these do not fit."""
    for block in blocks(text):
        if (tokens := estimate(block)) <= room:
            yield block, tokens
            continue
        for line in block.splitlines(keepends=True):
            yield from _of_line(line, room)


def _of_line(line: str, room: int) -> Iterator[tuple[str, int]]:
    tokens = estimate(line)
    if tokens <= room:
        yield line, tokens
        return
    ends = [match.end() for match in _SENTENCE_END.finditer(line)]
    for start, end in pairwise(sorted({0, *ends, len(line)})):
        sentence = line[start:end]
        tokens = estimate(sentence)
        if tokens <= room:
            yield sentence, tokens
        else:
            yield from _of_sentence(sentence, room)


def _of_sentence(sentence: str, room: int) -> Iterator[tuple[str, int]]:
    """By words where there are any, else by characters."""
    held = ""
    for word in _WORD.findall(sentence):
        if estimate(held + word) <= room:
            held += word
            continue
        if held:
            yield held, estimate(held)
        held = word
        if estimate(word) > room:
            *whole, held = _of_word(word, room)
            for piece in whole:
                yield piece, estimate(piece)
    if held:
        yield held, estimate(held)


def _of_word(word: str, room: int) -> list[str]:
    found: list[str] = []
    held: list[str] = []
    used = 1.0
    for cluster in _CLUSTER.findall(word):
        tokens = estimate(cluster) if len(cluster) > 1 else _of_one(cluster)
        if held and used + tokens > room:
            found.append("".join(held))
            held, used = [], 1.0
        held.append(cluster)
        used += tokens
    return [*found, "".join(held)]


def _of_one(character: str) -> float:
    if character.isascii():
        return 1 / 3.5
    return 1.0 if ord(character) > 0x7FF else 0.5
