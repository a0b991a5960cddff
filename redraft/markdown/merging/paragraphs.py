"""Which lines a side changed, where blank lines alone would tell it wrongly."""

from collections import Counter
from collections.abc import Sequence

from redraft.markdown.merging.changes import Change, changes
from redraft.markdown.merging.tokens import says, words

Lines = Sequence[str]


def line_changes(base: Lines, new: Lines) -> list[Change]:
    """The changes from `base` to `new`, by line.

    A blank line is like any other, and tells nothing of the paragraphs around it. Where one was changed and the next
    deleted, or added, it may as well be the other way round: if the words say so, both are one change.
    """
    done: list[Change] = []
    for change in changes(base, new):
        if done and _is_another(base, new, done[-1], change):
            above = done.pop()
            change = Change(above.start, change.end, above.new_start, change.new_end)
        done.append(change)
    return done


def _is_another(base: Lines, new: Lines, above: Change, below: Change) -> bool:
    """Whether what the change below deletes, or adds, is more like the other side of the change above."""
    gap = below.start - above.end
    if not gap or any(map(says, base[above.end : below.start])) or above.inserts or above.deletes:
        return False
    old, made = base[above.start : above.end], new[above.new_start : above.new_end]
    if below.deletes:
        return _shared(base[below.start : below.end], made) > _shared(old, made)
    return below.inserts and _shared(old, new[below.new_start : below.new_end]) > _shared(old, made)


def _shared(some: Lines, others: Lines) -> int:
    """How many words both have."""
    first, second = (Counter(words("".join(each))) for each in (some, others))
    return (first & second).total()
