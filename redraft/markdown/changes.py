"""What the user changed since the last save, place by place, so that any of it can be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass

from redraft.markdown.blocks import Outline, cut
from redraft.markdown.budget import bounded, steps_for
from redraft.markdown.compare import Range, compare
from redraft.markdown.replacement import Replacement


@dataclass(frozen=True, slots=True)
class Change:
    """One place where the draft differs: it says `after` from `start` to `end`, the original said `before`.

    Places are as fine as hunks are: a sentence, an item, a row, a line of code.
    """

    id: str
    start: int
    end: int
    original_start: int
    original_end: int
    before: str
    after: str
    moved: str = ""
    """The id of the change where the same text is gone, or has come: a move, only taken back as a whole."""


def changes_since(original: str | Outline, draft: str | Outline) -> list[Change]:
    """Every place where the draft differs from the original, in order; ids are `c1`, `c2`, ..."""
    old = cut(original) if isinstance(original, str) else original
    new = cut(draft) if isinstance(draft, str) else draft
    with bounded(steps_for(len(old.text) + len(new.text))):
        ranges = compare(new, old)
    moves = _moves(ranges, new.text, old.text)
    return [
        Change(
            f"c{index + 1}", each.a1, each.a2, each.b1, each.b2,
            old.text[each.b1 : each.b2], new.text[each.a1 : each.a2],
            f"c{moves[index] + 1}" if index in moves else "",
        )
        for index, each in enumerate(ranges)
    ]  # fmt: skip


def restore(changes: Sequence[Change], start: int, end: int) -> list[Replacement]:
    """Take back every change that touches `start` to `end` of the draft, a place that lost text included.

    Of a move the other end is taken back too: else its text would be lost, or be there twice.
    """
    touched = {
        change.id
        for change in changes
        if (change.start < end and start < change.end) or (change.start == change.end and start <= change.start <= end)
    }
    touched |= {change.moved for change in changes if change.id in touched}
    return [Replacement(change.start, change.end, change.before) for change in changes if change.id in touched]


def _moves(ranges: Sequence[Range], draft: str, original: str) -> dict[int, int]:
    """The indices of ranges that hold the two ends of a move, each with the other."""
    gone: dict[str, list[int]] = {}
    for index, each in enumerate(ranges):
        if each.a1 == each.a2 and (words := original[each.b1 : each.b2].strip()):
            gone.setdefault(words, []).append(index)
    moves: dict[int, int] = {}
    for index, each in enumerate(ranges):
        if each.b1 == each.b2 and (sources := gone.get(draft[each.a1 : each.a2].strip())):
            source = sources.pop()
            moves[index], moves[source] = source, index
    return moves
