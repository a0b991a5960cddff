"""Two sets of changes laid over one base: where one side changed, where both did."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from redraft.markdown.budget import current
from redraft.markdown.merging.changes import Change, shifted, slack_above, slack_below

SLACK = 200  # elements by which a change is moved out of the way at most


class Stretch(NamedTuple):
    """A part of the base, and what each side made of it. A side without changes there still equals the base."""

    base: Sequence[str]
    mine: Sequence[str]
    theirs: Sequence[str]
    starts: tuple[int, int, int]  # where they start in the whole base, mine, theirs
    my_changes: Sequence[Change]
    their_changes: Sequence[Change]
    above: Sequence[str] = ()  # up to two elements of the base before it, and after it
    below: Sequence[str] = ()


def stretches(
    base: Sequence[str],
    mine: Sequence[str],
    theirs: Sequence[str],
    my_changes: list[Change],
    their_changes: list[Change],
) -> Iterator[Stretch]:
    """The whole base as stretches, in order: untouched, changed by one side, or by both in places that touch."""
    at = my_at = their_at = 0
    for m, t in _groups(my_changes, their_changes):
        start = min(change.start for change in [*m, *t])
        end = max(change.end for change in [*m, *t])
        if start > at:
            same = base[at:start]
            yield Stretch(same, same, same, (at, my_at, their_at), [], [])
            my_at += start - at
            their_at += start - at
        my_end = m[-1].new_end + end - m[-1].end if m else my_at + end - start
        their_end = t[-1].new_end + end - t[-1].end if t else their_at + end - start
        parts = base[start:end], mine[my_at:my_end], theirs[their_at:their_end]
        yield Stretch(*parts, (start, my_at, their_at), m, t, base[max(0, start - 2) : start], base[end : end + 2])
        at, my_at, their_at = end, my_end, their_end
    if at < len(base):
        same = base[at:]
        yield Stretch(same, same, same, (at, my_at, their_at), [], [])


def _groups(mine: list[Change], theirs: list[Change]) -> Iterator[tuple[list[Change], list[Change]]]:
    """Changes of both sides that touch each other, directly or over others; alone otherwise."""
    i = j = 0
    while i < len(mine) or j < len(theirs):
        group: tuple[list[Change], list[Change]] = ([], [])
        end = -1
        while True:
            mine_next = j == len(theirs) or (i < len(mine) and mine[i][:2] <= theirs[j][:2])
            side, index, other = (mine, i, group[1]) if mine_next else (theirs, j, group[0])
            if index == len(side):
                break
            change = side[index]
            if end >= 0 and (change.start > end or (change.start == end and not other)):
                break
            group[0 if mine_next else 1].append(change)
            end = max(end, change.end)
            i, j = (i + 1, j) if mine_next else (i, j + 1)
        yield group


def overlap(a: Change, b: Change) -> bool:
    """Whether both touch the same element of the base, or insert at the same place of it."""
    if a.inserts and b.inserts:
        return a.start == b.start
    return a.start < b.end and b.start < a.end


def near(changes: Sequence[Change], start: int, end: int) -> Iterator[Change]:
    """The changes that reach into base[start:end], or touch it."""
    for index in range(bisect_left(changes, start, key=lambda change: change.end), len(changes)):
        if changes[index].start > end:
            return
        yield changes[index]


def kept_apart(base: Sequence[str], new: Sequence[str], found: list[Change], others: list[Change]) -> list[Change]:
    """`found`, where insertions and deletions that may stand in several places stand where `others` changed nothing."""
    done: list[Change] = []
    for index, change in enumerate(found):
        if (change.inserts or change.deletes) and _meets(change, others):
            room_above = change.start - done[-1].end - 1 if done else change.start
            room_below = found[index + 1].start - change.end - 1 if index + 1 < len(found) else len(base) - change.end
            up = slack_above(base, new, change, min(room_above, SLACK))
            down = slack_below(base, new, change, min(room_below, SLACK))
            if not current().spend(5 * (up + down)):
                return [*done, *found[index:]]
            places = (shifted(change, steps) for steps in sorted(range(-up, down + 1), key=abs))
            change = next((place for place in places if not _meets(place, others)), change)
        done.append(change)
    return done


def _meets(change: Change, others: list[Change]) -> bool:
    return any(overlap(change, other) for other in near(others, change.start, change.end))
