"""Which lines a side changed, where blank lines alone would tell it wrongly."""

import re
from collections import Counter
from collections.abc import Sequence

from redraft.markdown.merging.changes import Change, changes
from redraft.markdown.merging.tokens import says, words

Lines = Sequence[str]

_HEADING = re.compile(r"^ {0,3}(#{1,6})(?=[ \t])", re.MULTILINE)


def line_changes(base: Lines, new: Lines) -> list[Change]:
    """The changes from `base` to `new`, by line.

    A blank line is like any other, and tells nothing of the paragraphs around it. Where one was changed and the next
    deleted, or added, it may as well be the other way round; and a heading that was replaced may stand further down.
    If the words say so, both are one change.
    """
    done: list[Change] = []
    for change in changes(base, new):
        if done and _is_another(base, new, done[-1], change):
            change = _as_one(done.pop(), change)
        elif (first := _brought_back(base, new, done, change)) is not None:
            change = _as_one(done[first], change)
            del done[first:]
        done.append(change)
    return done


def _as_one(above: Change, below: Change) -> Change:
    return Change(above.start, below.end, above.new_start, below.new_end)


def _brought_back(base: Lines, new: Lines, done: Sequence[Change], change: Change) -> int | None:
    """The change, by number, that took a line away which this one brings back, with changes and blanks between."""
    lines: set[str] | None = None  # there is mostly no change to compare with, and then they are not looked at
    below = change.start
    for index in range(len(done) - 1, -1, -1):
        above = done[index]
        if any(map(says, base[above.end : below])) or above.deletes:
            return None
        if lines is None:
            lines = {line for line in new[change.new_start : change.new_end] if says(line)}
        if lines.intersection(base[above.start : above.end]):
            return index
        below = above.start
    return None


def _is_another(base: Lines, new: Lines, above: Change, below: Change) -> bool:
    """Whether what stood on one side of the blank lines between is more like what is by now on their other side."""
    if below.start == above.end or any(map(says, base[above.end : below.start])) or above.inserts or above.deletes:
        return False
    old, made = _counted(base[above.start : above.end]), _counted(new[above.new_start : above.new_end])
    old_below, made_below = _counted(base[below.start : below.end]), _counted(new[below.new_start : below.new_end])
    kept = (old & made).total()
    if below.deletes:
        return (old_below & made).total() > kept
    left_below, come_below = old_below - made_below, made_below - old_below
    if _is_most(made, left_below, kept) or _is_most(old, come_below, kept):
        return True
    return (below.inserts or _HEADING.match(base[above.start]) is not None) and (old & come_below).total() > kept


def _is_most(said: Counter[str], elsewhere: Counter[str], kept: int) -> bool:
    """Whether most of one text is in the other, much of that, and twice as much as the words that stayed."""
    common, (less, more) = (said & elsewhere).total(), sorted((said.total(), elsewhere.total()))
    return 2 * common > less and 4 * common > more and common > 2 * kept


def _counted(texts: Lines) -> Counter[str]:
    """How often each word is there, and a heading of each rank."""
    text = "".join(texts)
    return Counter([*words(text), *_HEADING.findall(text)])
