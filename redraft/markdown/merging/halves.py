"""Clashes widened until no side of one holds half of a pair of marks: nobody could choose such a side by itself."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

from redraft.markdown.budget import current
from redraft.markdown.merging.marks import pairs_of_marks
from redraft.markdown.merging.result import Clash, Piece
from redraft.markdown.merging.tokens import lines

_OPENS_CODE = re.compile(r"[ \t]*(?:`{3,}|~{3,})")
_MARKS = re.compile(r"[`$*_~\[\]()]|<!--|-->|---|\+\+\+")
_SIDES = range(3)

Texts = tuple[str, str, str]


class Part(NamedTuple):
    """What some lines were merged to, and the three texts of these where a side changed them."""

    pieces: Sequence[Piece]
    texts: Texts | None = None


class _Cell(NamedTuple):
    """What a clash takes in as a whole: a line, or lines that a side changed, or another clash."""

    texts: Texts
    pieces: Sequence[Piece]
    part: int
    clashes: bool = False


class _Mark(NamedTuple):
    """Where a mark stands, and from where to where its pair reaches."""

    start: int
    end: int
    first: int
    last: int


def with_both_halves(parts: Sequence[Part]) -> list[Piece]:
    """The pieces of all parts, clashes widened by the lines up to the other half of each pair of marks in them.

    A widened clash holds what each side has there: half of a pair may have been merged in from one of them.
    """
    pieces = [piece for part in parts for piece in part.pieces]
    if not _may_hold_halves(pieces):
        return pieces
    cells, spans = _spans(parts)
    made: list[Piece] = []
    at = 0
    for first, last in spans:
        made += (piece for cell in cells[at:first] for piece in cell.pieces)
        made += cells[first].pieces if last == first + 1 else [_joined(cells[first:last], parts)]
        at = last
    return [*made, *(piece for cell in cells[at:] for piece in cell.pieces)]


def holds_halves(pieces: Sequence[Piece]) -> bool:
    """Whether a side of a clash holds half of a pair of marks."""
    if not _may_hold_halves(pieces):
        return False
    return any(last > first + 1 for first, last in _spans([Part([piece]) for piece in pieces])[1])


def _may_hold_halves(pieces: Sequence[Piece]) -> bool:
    clashes = [piece for piece in pieces if isinstance(piece, Clash)]
    if not any(_MARKS.search(text) for clash in clashes for text in clash):
        return False
    return current().spend(
        sum(len(text) for piece in pieces for text in ([piece] if isinstance(piece, str) else piece))
    )


def _spans(parts: Sequence[Part]) -> tuple[list[_Cell], list[tuple[int, int]]]:
    """The cells of all parts, and those of each clash, from the first up to, not including, the last."""
    cells = [cell for number, part in enumerate(parts) for cell in _cells(part, number)]
    return cells, _Cells(cells, [part.texts is not None for part in parts]).spans()


def _cells(part: Part, number: int) -> Iterator[_Cell]:
    if part.texts is not None and not any(isinstance(piece, Clash) for piece in part.pieces):
        yield _Cell(part.texts, part.pieces, number)
        return
    for piece in part.pieces:
        if isinstance(piece, Clash):
            head = _opening(piece)
            if head:
                yield _Cell((head, head, head), [head], number)
                piece = Clash(*(text.removeprefix(head) for text in piece))
            yield _Cell((piece.base, piece.mine, piece.theirs), [piece], number, clashes=True)
            continue
        for line in lines(piece):
            yield _Cell((line, line, line), [line], number)


def _opening(clash: Clash) -> str:
    """The mark that opens a block of code in all three texts, of which only the language is disputed; else empty."""
    if any("\n" in text or "\r" in text for text in clash):
        return ""
    found = {match[0] if (match := _OPENS_CODE.match(text)) else "" for text in clash}
    return found.pop() if len(found) == 1 else ""


def _joined(cells: Sequence[_Cell], parts: Sequence[Part]) -> Piece:
    texts: list[Texts] = []
    for number, run in groupby(cells, key=lambda cell: cell.part):
        whole = parts[number].texts
        texts += [whole] if whole is not None else [cell.texts for cell in run]
    base, mine, theirs = map("".join, zip(*texts, strict=True))
    return mine if mine == theirs else Clash(base, mine, theirs)


class _Cells:
    """The cells, and the marks in the text that each side has in them."""

    def __init__(self, cells: Sequence[_Cell], is_one: Sequence[bool]) -> None:
        self._cells = cells
        self._is_one = is_one
        """By part, whether a clash that is widened takes in all of it."""
        self._places = [[0, *accumulate(len(cell.texts[side]) for cell in cells)] for side in _SIDES]
        self._marks = [_marks("".join(cell.texts[side] for cell in cells)) for side in _SIDES]

    def spans(self) -> list[tuple[int, int]]:
        """The cells of each clash, widened where they need it."""
        found: list[tuple[int, int]] = []
        for number, cell in enumerate(self._cells):
            if not cell.clashes or (found and number < found[-1][1]):
                continue
            first, last = self._widened(number)
            while found and first < found[-1][1]:
                first = min(first, found.pop()[0])
            found.append((first, last))
        return found

    def _widened(self, number: int) -> tuple[int, int]:
        first, last = number, number + 1
        unseen = [(first, last)]
        while unseen:
            span = unseen.pop()
            reached = [self._reached(side, span, (first, last)) for side in _SIDES]
            begin, end = min(each[0] for each in reached), max(each[1] for each in reached)
            if (begin, end) == (first, last):
                continue
            begin, end = self._with_whole_parts(begin, end)
            unseen += [added for added in ((begin, first), (last, end)) if added[0] < added[1]]
            if (first, last) == (number, number + 1):
                unseen.append((begin, end))  # the rest of its own part
            first, last = begin, end
        return first, last

    def _reached(self, side: int, span: tuple[int, int], known: tuple[int, int]) -> tuple[int, int]:
        """The cells `known`, and those up to the other halves of the marks that a side has in the cells of `span`."""
        places, marks = self._places[side], self._marks[side]
        start, end = places[span[0]], places[span[1]]
        low, high = places[known[0]], places[known[1]]
        for index in range(bisect_right(marks, start, key=lambda mark: mark.end), len(marks)):
            if marks[index].start >= end:
                break
            low, high = min(low, marks[index].first), max(high, marks[index].last)
        first = known[0] if low == places[known[0]] else bisect_right(places, low) - 1
        last = known[1] if high == places[known[1]] else bisect_left(places, high)
        return first, last

    def _with_whole_parts(self, first: int, last: int) -> tuple[int, int]:
        """The cells, with all others of those parts that only go as a whole."""
        for number, step in ((first, -1), (last - 1, 1)):
            part = self._cells[number].part
            while self._is_one[part] and 0 <= number + step < len(self._cells):
                if self._cells[number + step].part != part:
                    break
                number += step
            first, last = min(first, number), max(last, number + 1)
        return first, last


def _marks(text: str) -> list[_Mark]:
    found = [
        mark
        for pair in pairs_of_marks(text)
        for mark in (
            _Mark(pair.start, pair.start_end, pair.start, pair.end),
            _Mark(pair.end_start, pair.end, pair.start, pair.end),
        )
    ]
    return sorted(found)
