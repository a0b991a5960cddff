"""Differences between two texts: as opcodes over their parts, as marked words, as a unified diff."""

import re
from collections.abc import Hashable, Iterator, Sequence
from typing import Literal, NamedTuple, TypedDict

import regex

from redraft.markdown.align import Match, align
from redraft.markdown.budget import bounded, steps_for

_WORD = regex.compile(r"\w[\w\p{M}\u200c\u200d]*|(?:\s(?!\p{M}))+|\X")
"""Words, runs of spaces, and every other character alone; none is cut, however many code points it has."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
MOST_CHANGES = 2_000  # in one difference by words: a reader needs no more, and a browser should not draw them


Tag = Literal["equal", "replace", "delete", "insert"]


class Opcode(NamedTuple):
    """`a[a1:a2]` became `b[b1:b2]`."""

    tag: Tag
    a1: int
    a2: int
    b1: int
    b2: int


class Word(TypedDict):
    """A run of text for rendering a difference."""

    kind: Literal["equal", "delete", "insert"]
    text: str


def opcodes(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Opcode]:
    """How `a` became `b`, from start to end."""
    found: list[Opcode] = []
    at_a = at_b = 0
    for match in [*align(a, b), Match(len(a), len(b), 0)]:
        if at_a < match.a or at_b < match.b:
            tag: Tag = "insert" if at_a == match.a else "delete" if at_b == match.b else "replace"
            found.append(Opcode(tag, at_a, match.a, at_b, match.b))
        if match.size:
            found.append(Opcode("equal", match.a, match.a + match.size, match.b, match.b + match.size))
        at_a, at_b = match.a + match.size, match.b + match.size
    return found


def words(before: str, after: str) -> list[Word]:
    """The difference word by word: without the inserts it is `before`, without the deletes `after`.

    Of more than `MOST_CHANGES` changes, those with the least between them are shown as one.
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    found: list[Word] = []
    for tag, a1, a2, b1, b2 in _fewer(opcodes(old, new)):
        if tag == "equal":
            found.append({"kind": "equal", "text": "".join(old[a1:a2])})
            continue
        if a1 < a2:
            found.append({"kind": "delete", "text": "".join(old[a1:a2])})
        if b1 < b2:
            found.append({"kind": "insert", "text": "".join(new[b1:b2])})
    return found


class Differences(NamedTuple):
    """The same difference in both forms."""

    unified: str
    words: list[Word]


def differences(before: str, after: str, name: str) -> Differences:
    """The difference as a unified diff and word by word; half of the work a merge may be for each."""
    steps = steps_for(len(before) + len(after)) // 2
    with bounded(steps):
        lines = unified(before, after, name)
    with bounded(steps):
        return Differences(lines, words(before, after))


def _fewer(codes: list[Opcode]) -> list[Opcode]:
    """At most `MOST_CHANGES` changes, joined over the shortest of the equal parts between them."""
    between = [index for index, code in enumerate(codes) if code.tag == "equal" and 0 < index < len(codes) - 1]
    if len(between) < MOST_CHANGES:
        return codes
    between.sort(key=lambda index: codes[index].a2 - codes[index].a1)
    joining = set(between[: len(between) - MOST_CHANGES + 1])
    found: list[Opcode] = []
    for index, code in enumerate(codes):
        if index in joining or index - 1 in joining:
            last = found.pop()
            found.append(Opcode("replace", last.a1, code.a2, last.b1, code.b2))
        else:
            found.append(code)
    return found


def unified(before: str, after: str, name: str = "document.md", *, context: int = 3) -> str:
    """A unified diff as `diff -u` writes it, with `context` lines around each change; empty when nothing differs."""
    old, new = _LINE.findall(before), _LINE.findall(after)
    parts: list[str] = []
    for group in _groups(opcodes(old, new), context):
        first, last = group[0], group[-1]
        parts.append(f"@@ -{_range(first.a1, last.a2)} +{_range(first.b1, last.b2)} @@\n")
        for code in group:
            if code.tag == "equal":
                parts += (_line(" ", line) for line in old[code.a1 : code.a2])
                continue
            parts += (_line("-", line) for line in old[code.a1 : code.a2])
            parts += (_line("+", line) for line in new[code.b1 : code.b2])
    return "".join([f"--- a/{name}\n+++ b/{name}\n", *parts]) if parts else ""


def _groups(codes: list[Opcode], context: int) -> Iterator[list[Opcode]]:
    """Changes with the lines around them, those in one group that share such lines."""
    group: list[Opcode] = []
    for index, code in enumerate(codes):
        if code.tag != "equal":
            group.append(code)
            continue
        size = code.a2 - code.a1
        tail = min(size, context) if index else 0
        head = min(size, context) if index + 1 < len(codes) else 0
        if index and index + 1 < len(codes) and size <= 2 * context:
            group.append(code)
            continue
        if group:
            yield [*group, Opcode("equal", code.a1, code.a1 + tail, code.b1, code.b1 + tail)]
        group = [Opcode("equal", code.a2 - head, code.a2, code.b2 - head, code.b2)]
    if any(code.tag != "equal" for code in group):
        yield group


def _range(start: int, end: int) -> str:
    size = end - start
    return str(start + 1) if size == 1 else f"{start + (size > 0)},{size}"


def _line(mark: str, line: str) -> str:
    return mark + line if line.endswith(("\n", "\r")) else f"{mark}{line}\n\\ No newline at end of file\n"
