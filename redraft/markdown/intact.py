"""Whether what a change does not touch still reads as it did: the same kind of block, in the same containers.

Bytes that stay are not enough. Without the paragraph between them two lists are one, a fence that is not closed
swallows what follows, and a word under a rule turns it into the underline of a heading. Only the surroundings of a
change are cut anew: the top-level blocks it touches, with two more on each side.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from redraft.markdown.blocks import Block, Outline, cut
from redraft.markdown.replacement import Replacement, splice

_AROUND = 2  # blocks looked at on each side: what a change breaks, it breaks at its neighbour
_LINE_FIRST = re.compile(r"[\r\n]")
_LINE_LAST = re.compile(r"[\r\n][ \t>]*\Z")
_FAR = re.compile(r"^[ \t>]*\$\$[ \t]*$|\A\ufeff?(?:---|\+\+\+)[ \t]*$", re.M)  # marks whose other half may be anywhere
_Place = tuple[str, int, int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """Changes close to each other, and the top-level blocks around them: `first` up to, not including, `last`."""

    first: int
    last: int
    changes: tuple[Replacement, ...]


def windows(outline: Outline, changes: Sequence[Replacement]) -> Iterator[Window]:
    """All changes, in order, those whose surroundings meet in one window."""
    blocks = outline.blocks
    first = last = 0
    held: list[Replacement] = []
    for each in changes:
        begin = max(0, bisect_left(blocks, each.start, key=lambda block: block.end) - _AROUND)
        end = min(len(blocks), bisect_right(blocks, each.end, key=lambda block: block.start) + _AROUND)
        if held and begin < last:
            last = max(last, end)
        else:
            if held:
                yield Window(first, last, tuple(held))
            first, last, held = begin, end, []
        held.append(each)
    if held:
        yield Window(first, last, tuple(held))


def broken(outline: Outline, window: Window) -> list[Block]:
    """The blocks of a window that no change touches and that would read differently, outermost only."""
    last = window.last
    start = outline.blocks[window.first].start if window.first else 0
    old, new = _texts(outline, window, start, last)
    if len(_FAR.findall(old)) % 2 != len(_FAR.findall(new)) % 2:
        last = len(outline.blocks)
        old, new = _texts(outline, window, start, last)
    after = _places(cut(new, front_matter=start == 0))
    lost = list(_lost(outline.blocks[window.first : last], after, _Shift(outline, window.changes, start)))
    if not lost:
        return []
    alone = _places(cut(old, front_matter=start == 0))  # what the window alone does not show cannot be judged by it
    return [block for block in lost if (block.kind, block.start - start, block.end - start, block.depth) in alone]


def _texts(outline: Outline, window: Window, start: int, last: int) -> tuple[str, str]:
    """The window's text up to block `last`, and the same with the changes made."""
    end = outline.blocks[last - 1].end if last < len(outline.blocks) else len(outline.text)
    inner = [Replacement(each.start - start, each.end - start, each.text) for each in window.changes]
    old = outline.text[start:end]
    return old, splice(old, inner)


class _Shift:
    """Where positions of the text lie in the changed window."""

    def __init__(self, outline: Outline, changes: Sequence[Replacement], start: int) -> None:
        self._outline = outline
        self._changes = changes
        self._start = start
        self._starts = [each.start for each in changes]
        self._ends = [each.end for each in changes]
        self._moved = [0]
        for each in changes:
            self._moved.append(self._moved[-1] + len(each.text) - (each.end - each.start))

    def place(self, block: Block) -> _Place | None:
        """The block's place after the changes; `None` when one of them touches it."""
        first = bisect_left(self._ends, block.start)
        if first and self._ends[first - 1] > self._outline.line_start(block.start):
            return None  # the marks before it in its line
        last = bisect_right(self._starts, block.end)
        before = first
        for index in range(first, last):
            change = self._changes[index]
            if change.end == block.start and _leaves_what_follows(change, block):
                before = index + 1
            elif not (change.start == block.end and _leaves_what_precedes(change, block)):
                return None
        by = self._moved[before] - self._start
        return block.kind, block.start + by, block.end + by, block.depth


def _leaves_what_follows(change: Replacement, block: Block) -> bool:
    """Whether a change that ends where a block starts leaves the block alone; an item in front is part of a list."""
    if change.start < change.end:
        return True
    return bool(_LINE_LAST.search(change.text)) and not 0 < block.depth + 1 < change.order


def _leaves_what_precedes(change: Replacement, block: Block) -> bool:
    """Whether a change that starts where a block ends leaves the block alone; an item behind is part of a list."""
    if change.start < change.end:
        return True
    return bool(_LINE_FIRST.match(change.text)) and block.depth >= -change.order


def _lost(blocks: Sequence[Block], after: set[_Place], shift: _Shift) -> Iterator[Block]:
    for block in blocks:
        place = shift.place(block)
        if place is None:
            yield from _lost(block.children, after, shift)
        elif place not in after and not _in_definitions(place, after):
            yield block


def _in_definitions(place: _Place, after: set[_Place]) -> bool:
    """Whether it is definitions, and these are in a row with others now."""
    kind, start, end, _ = place
    return kind == "definitions" and any(kind == each[0] and each[1] <= start and end <= each[2] for each in after)


def _places(outline: Outline) -> set[_Place]:
    return {(block.kind, block.start, block.end, block.depth) for block in outline.walk()}
