"""Lines that one side wrote anew, and to which the other added."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from redraft.markdown.merging.changes import Change
from redraft.markdown.merging.threeway import Stretch
from redraft.markdown.merging.tokens import says, words

_BEGINS = re.compile(r"[ \t]*(?:[-+*>|#`~:<\[!$]|\d{1,9}[.)]|    )")
"""What a line begins with that may stand below any other."""
MANY = 20  # words, old or new, from which on lines count as written anew,
HALF = 0.5  # if they are this part of the words that stood there


def adds_to_rewritten(place: Stretch) -> bool:
    """Whether one side added lines right at those that the other wrote anew.

    No word would be lost, yet the addition was written for a text that is gone: people seldom kept both.
    """
    if _only_adds(place.my_changes):
        return _writes_anew(place.theirs, place.their_changes, place.base)
    return _only_adds(place.their_changes) and _writes_anew(place.mine, place.my_changes, place.base)


def keeps_below(place: Stretch, merged: Sequence[str]) -> bool:
    """Whether each line of running text that a side put right below another stands below that one still.

    It goes on with what stands there. Below a paragraph that the other side added it would be a part of that.
    """
    old, where = set(words("".join(place.base))), {line: number for number, line in enumerate(merged)}
    for side in (place.mine, place.theirs):
        for above, line in pairwise(side):
            number = where.get(line, -1)
            if number < 1 or not says(above) or not says(line) or _BEGINS.match(line):
                continue
            said = words(line)
            is_new = 2 * sum(word not in old for word in said) > len(said)
            if is_new and not _goes_on(merged[number - 1], above):
                return False
    return True


def _goes_on(found: str, above: str) -> bool:
    """Whether a line is another version of one; as lines of few words are by any of these."""
    there, here = set(words(found)), set(words(above))
    return found == above or 2 * len(there & here) >= min(len(there), len(here)) > 0


def _only_adds(changes: Sequence[Change]) -> bool:
    return all(change.inserts for change in changes)


def _writes_anew(side: Sequence[str], changes: Sequence[Change], base: Sequence[str]) -> bool:
    """A side that only adds or only deletes does not: what it left, or what was there, stands as it was."""
    if _only_adds(changes) or all(change.deletes for change in changes):
        return False
    old, new = (Counter(words("".join(lines))) for lines in (base, side))
    written = max((old - new).total(), (new - old).total())
    return written >= MANY and written >= HALF * old.total()
