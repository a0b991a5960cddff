"""Differences between two texts: as opcodes over their parts, as marked words, as a unified diff."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher, unified_diff
from typing import Literal, NamedTuple, TypedDict

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_AT_MOST = 4_000_000  # pairs of parts; past that, what differs is one replacement


class Opcode(NamedTuple):
    """`a[a1:a2]` became `b[b1:b2]`."""

    tag: Literal["equal", "replace", "delete", "insert"]
    a1: int
    a2: int
    b1: int
    b2: int


class Word(TypedDict):
    """A run of text for rendering a difference."""

    kind: Literal["equal", "delete", "insert"]
    text: str


def opcodes(a: Sequence[str], b: Sequence[str]) -> list[Opcode]:
    """How `a` became `b`, from start to end, in time bounded whatever they hold."""
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    inner_a, inner_b = a[head : len(a) - tail], b[head : len(b) - tail]
    found = [Opcode("equal", 0, head, 0, head)] if head else []
    if len(inner_a) * len(inner_b) > _AT_MOST:
        found.append(Opcode("replace", head, len(a) - tail, head, len(b) - tail))
    else:
        for tag, a1, a2, b1, b2 in SequenceMatcher(None, inner_a, inner_b, autojunk=False).get_opcodes():
            found.append(Opcode(tag, a1 + head, a2 + head, b1 + head, b2 + head))
    if tail:
        found.append(Opcode("equal", len(a) - tail, len(a), len(b) - tail, len(b)))
    return found


def words(before: str, after: str) -> list[Word]:
    """The difference word by word: without the inserts it is `before`, without the deletes `after`."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    found: list[Word] = []
    for tag, a1, a2, b1, b2 in opcodes(old, new):
        if tag == "equal":
            found.append({"kind": "equal", "text": "".join(old[a1:a2])})
            continue
        if a1 < a2:
            found.append({"kind": "delete", "text": "".join(old[a1:a2])})
        if b1 < b2:
            found.append({"kind": "insert", "text": "".join(new[b1:b2])})
    return found


def unified(before: str, after: str, name: str = "document.md") -> str:
    """A unified diff as `diff -u` writes it; empty when nothing differs."""
    old, new = _LINE.findall(before), _LINE.findall(after)
    parts: list[str] = []
    for line in unified_diff(old, new, f"a/{name}", f"b/{name}"):
        parts.append(line)
        if not line.endswith(("\n", "\r")):
            parts.append("\n\\ No newline at end of file\n")
    return "".join(parts)
