"""Which hunks stand only together: where one of them alone would change how a block reads that none of them touches.

Each hunk that could do so is tried twice, with only its near surroundings cut anew: alone, and left out of all. Where
that is more work than the budget has left, it stands together with its neighbours: that always reads as proposed.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from redraft.markdown.blocks import Block, Outline
from redraft.markdown.budget import current
from redraft.markdown.intact import broken, windows
from redraft.markdown.replacement import Replacement

_NEAR = 3  # top-level blocks on each side
_TRY = 500  # steps that one trial takes, beside those for its characters
_ROUNDS = 4  # each round can join what the one before joined


def joined(outline: Outline, changes: Sequence[Replacement]) -> list[str]:
    """The group of each change, empty for one that may be taken or left alone. Changes are in order."""
    found = _Joining(outline, changes)
    if len(changes) > 1:
        for _ in range(_ROUNDS):
            if not found.round():
                break
    return found.names


class _Joining:
    def __init__(self, outline: Outline, changes: Sequence[Replacement]) -> None:
        self._outline = outline
        self._changes = changes
        self.names = [each.group for each in changes]
        self._starts = [each.start for each in changes]
        self._able = [index for index, each in enumerate(changes) if not _keeps_to_its_line(outline, each)]

    def round(self) -> bool:
        """Join what has to be joined; whether anything was."""
        before = list(self.names)
        for index in self._able:
            near = self._near(index)
            if not current().spend(_TRY + self._size(near)):
                self._join_all()
                return False
            others = [each for each in near if not self._same(index, each)]
            if others and not (self._stands(set(near) - set(others)) and self._stands(set(others))):
                self._join(index, min(others, key=lambda other: abs(other - index)))
        return self.names != before

    def _near(self, index: int) -> range:
        """The changes a few blocks around one."""
        blocks, change = self._outline.blocks, self._changes[index]
        first = max(0, bisect_left(blocks, change.start, key=lambda block: block.end) - _NEAR)
        last = min(len(blocks), bisect_right(blocks, change.end, key=lambda block: block.start) + _NEAR)
        low = bisect_left(self._starts, blocks[first].start) if first < len(blocks) else 0
        high = bisect_right(self._starts, blocks[last - 1].end) if last else len(self._starts)
        return range(min(low, index), max(high, index + 1))

    def _size(self, near: range) -> int:
        """The characters that are cut anew, both times, as a whole number of steps."""
        first, last = self._changes[near[0]], self._changes[near[-1]]
        return last.end - first.start + sum(len(self._changes[index].text) for index in near)

    def _join_all(self) -> None:
        self.names = ["g1"] * len(self._changes)

    def _same(self, a: int, b: int) -> bool:
        return a == b or (bool(self.names[a]) and self.names[a] == self.names[b])

    def _stands(self, taken: set[int]) -> bool:
        chosen = [self._changes[index] for index in sorted(taken)]
        return not any(broken(self._outline, window) for window in windows(self._outline, chosen))

    def _join(self, index: int, other: int) -> None:
        name = self.names[index] or self.names[other] or f"g{index + 1}"
        old = {self.names[index], self.names[other]} - {""}
        for at, each in enumerate(self.names):
            if each in old:
                self.names[at] = name
        self.names[index] = self.names[other] = name


def _keeps_to_its_line(outline: Outline, change: Replacement) -> bool:
    """Whether it only changes words behind others in a line of prose or a table's body: then no other block cares."""
    if re.search(r"[\r\n]", change.text + outline.text[change.start : change.end]):
        return False
    block = _deepest(outline, change)
    if block is None or not (block.kind == "paragraph" or (block.kind == "row" and block.place)):
        return False
    first = max(block.start, outline.line_start(change.start))
    return re.search(r"[^\W\d_]", outline.text[first : change.start]) is not None


def _deepest(outline: Outline, change: Replacement) -> Block | None:
    found, inside = None, outline.at(change.start)
    while inside is not None and inside.start <= change.start and change.end <= inside.end:
        found = inside
        inside = next((each for each in inside.children if each.end >= change.start), None)
    return found
