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
        elif (first := _with_heading(base, new, done, change)) is not None:
            change = _as_one(done[first], change)
            del done[first:]
        done.append(change)
    return done


def _as_one(above: Change, below: Change) -> Change:
    return Change(above.start, below.end, above.new_start, below.new_end)


def _with_heading(base: Lines, new: Lines, done: Sequence[Change], change: Change) -> int | None:
    """The change, by number, that took a heading away which this one brings back, with changes and blanks between."""
    headings = {line for line in new[change.new_start : change.new_end] if _HEADING.match(line)}
    below = change.start
    for index in range(len(done) - 1, -1, -1) if headings else ():
        above = done[index]
        if any(map(says, base[above.end : below])) or above.deletes:
            return None
        if headings.intersection(base[above.start : above.end]):
            return index
        below = above.start
    return None


def _is_another(base: Lines, new: Lines, above: Change, below: Change) -> bool:
    """Whether what stood on one side of the blank lines between is more like what is by now on their other side."""
    if below.start == above.end or any(map(says, base[above.end : below.start])) or above.inserts or above.deletes:
        return False
    old, made = _counted(base[above.start : above.end]), _counted(new[above.new_start : above.new_end])
    old_below, made_below = _counted(base[below.start : below.end]), _counted(new[below.new_start : below.new_end])
    if below.deletes:
        return (old_below & made).total() > (old & made).total()
    if _is_now(old_below, made, (old, made_below)) or _is_now(old, made_below, (old_below, made)):
        return True
    if not below.inserts and not _HEADING.match(base[above.start]):
        return False
    return (old & (made_below - old_below)).total() > (old & made).total()


def _is_now(old: Counter[str], made: Counter[str], others: tuple[Counter[str], Counter[str]]) -> bool:
    """Whether most of `old` is in `made`: twice as much as what the other old and new text, `others`, have there."""
    common = (old & made).total()
    kept = max((others[0] & made).total(), (old & others[1]).total())
    return 2 * common > old.total() and common > 2 * kept


def _counted(texts: Lines) -> Counter[str]:
    """How often each word is there, and a heading of each rank."""
    text = "".join(texts)
    return Counter([*words(text), *_HEADING.findall(text)])
