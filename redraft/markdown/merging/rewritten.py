"""Lines that one side wrote anew, and to which the other added."""

from collections import Counter
from collections.abc import Sequence

from redraft.markdown.merging.changes import Change
from redraft.markdown.merging.threeway import Stretch
from redraft.markdown.merging.tokens import words

MANY = 20  # words, old or new, from which on lines count as written anew,
HALF = 0.5  # if they are this part of the words that stood there


def adds_to_rewritten(place: Stretch) -> bool:
    """Whether one side added lines right at those that the other wrote anew.

    No word would be lost, yet the addition was written for a text that is gone: people seldom kept both.
    """
    if _only_adds(place.my_changes):
        return _writes_anew(place.theirs, place.their_changes, place.base)
    return _only_adds(place.their_changes) and _writes_anew(place.mine, place.my_changes, place.base)


def _only_adds(changes: Sequence[Change]) -> bool:
    return all(change.inserts for change in changes)


def _writes_anew(side: Sequence[str], changes: Sequence[Change], base: Sequence[str]) -> bool:
    """A side that only adds or only deletes does not: what it left, or what was there, stands as it was."""
    if _only_adds(changes) or all(change.deletes for change in changes):
        return False
    old, new = (Counter(words("".join(lines))) for lines in (base, side))
    written = max((old - new).total(), (new - old).total())
    return written >= MANY and written >= HALF * old.total()
