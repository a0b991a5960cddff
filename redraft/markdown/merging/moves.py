"""Blocks that one side moved: the other side's edits of them follow to the new place.

What a side moved looks like a deletion here and an insertion there. The move itself is made in the base and in the
other side, so that the block stands at its new place in all three and can be merged like any other.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from redraft.markdown.merging.changes import Change
from redraft.markdown.merging.threeway import near
from redraft.markdown.merging.tokens import is_word, says, tokens

Lines = Sequence[str]

WORDS = 4  # a block of fewer words is too common to be taken for the same one
LONG = 20  # a block of at least so many words may have been worked on after it moved,
MOST = 0.5  # if this part of it, in characters, is there line by line


class Shown(str):
    """A line of a block that one side moved and the other edited, both amid more work: equal to its text.

    Where people did that they mostly wrote something else in the end: what was edited is shown to them.
    """

    __slots__ = ()


class Move(NamedTuple):
    """base[start:end] stands before base[to] in the mover's text, as new[new_start:new_end]."""

    start: int
    end: int
    to: int
    new_start: int
    new_end: int
    as_it_was: bool


def followed(
    base: list[str], mover: list[str], other: list[str], moving: list[Change], edits: list[Change]
) -> tuple[list[str], list[str]]:
    """`base` and `other` with the moves of `mover` made in them, as far as `other` edited at either place.

    `moving` and `edits` are the changes from `base` to `mover` and to `other`.
    """
    moved = moves(base, mover, moving)
    wanted = [move for move in moved if _edited(move, edits) and not _cut(move, edits)]
    if not wanted:
        return base, other
    blocks = [mover[move.new_start : move.new_end] for move in wanted]
    spans = [(move.start, move.end, move.to) for move in wanted]
    there = [(_place(edits, start), _place(edits, end), _place(edits, to)) for start, end, to in spans]
    moving_more = bool(_besides(base, mover, moving, moved))
    beside = {edit for move in wanted for at in (move[:2], (move.to, move.to)) for edit in near(edits, *at)}
    elsewhere = any(edit not in beside for edit in _besides(base, other, edits, moves(base, other, edits)))
    base = [*base]
    for move in wanted:
        if elsewhere or (moving_more and move.as_it_was):
            base[move.start : move.end] = map(Shown, base[move.start : move.end])
    return _rearranged(base, spans, blocks), _rearranged(other, there, blocks)


def _besides(base: Lines, side: Lines, found: list[Change], moved: list[Move]) -> list[Change]:
    """What a side did besides moving blocks, and blank lines."""
    cut, pasted = {(move.start, move.end) for move in moved}, {(move.new_start, move.new_end) for move in moved}
    return [
        change
        for change in found
        if change[:2] not in cut
        and change[2:] not in pasted
        and any(map(says, [*base[change.start : change.end], *side[change.new_start : change.new_end]]))
    ]


def _edited(move: Move, edits: list[Change]) -> bool:
    return any(True for place in ((move.start, move.end), (move.to, move.to)) for _ in near(edits, *place))


def _cut(move: Move, edits: list[Change]) -> bool:
    """Whether an edit reaches over an end of the block, or over the place that it moved to."""
    places = (move.start, move.end, move.to)
    return any(edit.start < place < edit.end for place in places for edit in near(edits, place, place))


def _place(edits: list[Change], at: int) -> int:
    """Where base[at] stands in the other text."""
    index = bisect_right(edits, at, key=lambda edit: edit.end) - 1
    return at if index < 0 else edits[index].new_end + at - edits[index].end


def _rearranged(texts: Lines, spans: list[tuple[int, int, int]], blocks: list[list[str]]) -> list[str]:
    """`texts` with each [start:end] standing before [to], between the blank lines that the mover's block has there."""
    gone = {index for start, end, _ in spans for index in range(start, end)}
    arriving: defaultdict[int, list[str]] = defaultdict(list)
    for (start, end, to), block in zip(spans, blocks, strict=True):
        arriving[to] += _dressed(texts[start:end], block)
    arranged: list[str] = []
    for index in range(len(texts) + 1):
        arranged += arriving[index]
        if index < len(texts) and index not in gone:
            arranged.append(texts[index])
    return arranged


def _dressed(block: Lines, like: Lines) -> Lines:
    said = [index for index, line in enumerate(block) if says(line)]
    if not said:
        return []
    first, last = (next(i for i, line in enumerate(side) if says(line)) for side in (like, like[::-1]))
    return [*like[:first], *block[said[0] : said[-1] + 1], *like[len(like) - last :]]


def moves(base: Lines, new: Lines, found: list[Change]) -> list[Move]:
    """The blocks that were cut from one place of `base` and pasted into another of `new`, in the order of `new`.

    Either nothing else changed at both places, or most of the lines of a long block stand, as they were, in one
    addition and nowhere else that was added: a block that was moved and then worked on.
    """
    pasted: defaultdict[tuple[str, ...], list[Change]] = defaultdict(list)
    by_line: defaultdict[str, list[Change]] = defaultdict(list)
    for change in found:
        block = _said(new[change.new_start : change.new_end])
        pasted[block].append(change)
        for line in block:
            by_line[line].append(change)
    moved: list[Move] = []
    for change in found:
        block = _said(base[change.start : change.end])
        places = pasted[block]
        if len(places) == 1 and places[0] is not change and _words(block) >= WORDS:
            moved.append(Move(change.start, change.end, places[0].end, *places[0][2:], True))
        elif change.deletes and _words(block) >= LONG:
            shared: Counter[Change] = Counter()
            for line in block:
                if len(by_line[line]) == 1:
                    shared[by_line[line][0]] += len(line)
            target, most = shared.most_common(1)[0] if shared else (change, 0)
            if target is not change and target.inserts and most >= MOST * sum(map(len, block)):
                moved.append(Move(change.start, change.end, target.end, *target[2:], False))
    return sorted(moved, key=lambda move: move.new_start)


def _said(block: Lines) -> tuple[str, ...]:
    return tuple(line for line in block if says(line))


def _words(block: Lines) -> int:
    return sum(is_word(token) for line in block for token in tokens(line))
