"""Marks of a text that belong together in pairs: around words, around code, comments and formulas."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from redraft.markdown.merging.tokens import lines

_QUOTES = re.compile(r"(?:[ \t]*>)*[ \t]*")
_FENCE = re.compile(r"(?:[ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]+)?[ \t>]*(`{3,}(?=[^`]*$)|~{3,})")
_FRONT = re.compile(r"(?:---|\+\+\+)[ \t]*$")
_KEY = re.compile(r"[\w\"'][^:=]*[:=]")
_APART = re.compile(r"[ \t>]*(?:#{1,6}[ \t]|[-+*][ \t]|\d{1,9}[.)][ \t]|\|)")
"""What begins a block of its own right below another: a heading, an item, a row."""
_INLINE = re.compile(r"\\.|`+|<!--|\$\$?|\*\*|__|~~|[*_\[\]()]", re.DOTALL)
_VERBATIM = re.compile(r"`+|-->|(?<!\$)\$\$(?!\$)|(?<![\s$\\])\$(?![\d$])")
_CLOSES = {"]": "[", ")": "("}


class Pair(NamedTuple):
    """Where the two marks of a pair stand: the first from `start` to `start_end`, the second from `end_start` on."""

    start: int
    start_end: int
    end_start: int
    end: int


def pairs_of_marks(text: str) -> Iterator[Pair]:
    """The pairs of a text, in no order: fences, comments, formulas, front matter, and marks within a paragraph.

    A mark without its other half is in none. Emphasis is told by the spaces beside a mark, not to the letter of
    CommonMark: of two readings of a text this finds one.
    """
    found = _Blocks(text)
    yield from found.pairs()
    for start, end in found.paragraphs:
        yield from _within(text, start, end)


class _Blocks:
    """A text read line by line: the blocks that begin and end with a mark, and where there is running text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.paragraphs: list[tuple[int, int]] = []
        self._begin = -1
        """Where the running text begins that goes on; -1 outside of it."""

    def pairs(self) -> Iterator[Pair]:
        """The pairs of marks around blocks; the paragraphs are known when all were taken."""
        opening: tuple[str, int, int] | None = None
        at = 0
        for number, line in enumerate(lines(self._text)):
            start, at = at, at + len(line)
            body = line.rstrip("\r\n")
            if opening is None:
                opening = self._opened(number, body, start)
                if opening is None:
                    self._go_on(body, start)
                else:
                    self._stop(start)
                continue
            close = _closing(opening[0], body)
            if close is not None:
                yield Pair(opening[1], opening[2], start + close[0], start + close[1])
                opening = None
        self._stop(at)

    def _opened(self, number: int, body: str, start: int) -> tuple[str, int, int] | None:
        """The mark of a block that a line opens, and where it stands."""
        inset = len(_QUOTES.match(body)[0])  # type: ignore[index]  # it matches anything
        rest = body[inset:]
        if fence := _FENCE.match(body):
            return fence[1], start + fence.start(1), start + fence.end(1)
        if rest.rstrip() == "$$":
            return "$$", start + inset, start + inset + 2
        if rest.startswith("<!--") and "-->" not in rest[4:]:
            return "<!--", start + inset, start + inset + 4
        if not number and _FRONT.match(body) and _KEY.match(self._text[len(body) :].lstrip("\r\n")):
            return body.rstrip(), start, start + len(body)
        return None

    def _go_on(self, body: str, start: int) -> None:
        if not body.strip(" \t>"):
            self._stop(start)
        elif self._begin < 0 or _APART.match(body):
            self._stop(start)
            self._begin = start

    def _stop(self, end: int) -> None:
        if self._begin >= 0:
            self.paragraphs.append((self._begin, end))
        self._begin = -1


def _closing(mark: str, body: str) -> tuple[int, int] | None:
    """Where in a line the mark stands that closes a block opened by this one."""
    if mark == "<!--":
        at = body.find("-->")
        return (at, at + 3) if at >= 0 else None
    inset = len(_QUOTES.match(body)[0])  # type: ignore[index]  # it matches anything
    rest = body[inset:].rstrip()
    if mark in ("$$", "---", "+++"):
        return (inset, inset + len(rest)) if rest == mark else None
    return (inset, inset + len(rest)) if rest.startswith(mark) and not rest.strip(mark[0]) else None


def _within(text: str, start: int, end: int) -> Iterator[Pair]:
    """The pairs in running text."""
    opened: dict[str, list[tuple[int, int]]] = {}
    closers = _closers(text, start, end)
    at = start
    while match := _INLINE.search(text, at, end):
        mark, at = match[0], match.end()
        if mark.startswith("`") or mark in ("<!--", "$", "$$"):
            close = _verbatim_end(mark, at, text, closers)
            if close is not None:
                yield Pair(*match.span(), *close)
                at = close[1]
        elif mark in _CLOSES:
            if others := opened.get(_CLOSES[mark]):
                yield Pair(*others.pop(), *match.span())
        elif mark in "[(":
            opened.setdefault(mark, []).append(match.span())
        elif not mark.startswith("\\"):
            before, after = text[max(start, match.start() - 1) : match.start()], text[at : min(end, at + 1)]
            others = opened.get(mark)
            if others and before.strip() and not (mark[0] == "_" and after.isalnum()):
                yield Pair(*others.pop(), *match.span())
            elif after.strip() and not (mark[0] == "_" and before.isalnum()):
                opened.setdefault(mark, []).append(match.span())


def _closers(text: str, start: int, end: int) -> dict[str, list[int]]:
    """Where each mark stands that may end what is not read: code, a comment, a formula."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for match in _VERBATIM.finditer(text, start, end):
        found[match[0]].append(match.start())
    return found


def _verbatim_end(mark: str, at: int, text: str, closers: dict[str, list[int]]) -> tuple[int, int] | None:
    """Where what stands as it is ends, from `at` on; None where the mark is only a character."""
    closing = "-->" if mark == "<!--" else mark
    if mark == "$" and not text[at : at + 1].strip():
        return None
    places = closers.get(closing, [])
    index = bisect_left(places, at + (mark == "$"))
    return (places[index], places[index] + len(closing)) if index < len(places) else None
