"""What becomes of a place that both sides changed: the rules, in order; what none settles is a clash."""

from collections import Counter
from collections.abc import Sequence

from redraft.markdown.merging.changes import Change
from redraft.markdown.merging.compounds import makes_one
from redraft.markdown.merging.insertions import united
from redraft.markdown.merging.kept import includes, renewed
from redraft.markdown.merging.result import Clash, Piece
from redraft.markdown.merging.threeway import Stretch, near, overlap
from redraft.markdown.merging.tokens import ends_line, glued, holds, is_word, tokens, visible

Words = Sequence[str]
_MARKS = frozenset("-*+>#|`~:")
"""What lines begin with that are items, quotes, headings, rows or fences."""


def settle(place: Stretch) -> Piece:
    """The merged text of a stretch of words, or a clash."""
    base, mine, theirs = place[:3]
    if mine == theirs or theirs == base:
        return "".join(mine)
    if mine == base:
        return "".join(theirs)
    for rule in (_unseen, _beside, _containing, _both_deleted, _both_inserted, _included, _renewed):
        words = rule(place)
        if words is not None and not glued([*place.above, *words, *place.below]):
            return "".join(words)
    return Clash("".join(base), "".join(mine), "".join(theirs))


def _beside(place: Stretch) -> Words | None:
    """Changes that only touch, one side's first and then the other's, both stand, in this order."""
    if any(overlap(m, t) for m in place.my_changes for t in near(place.their_changes, m.start, m.end)):
        return None
    start, my_start, their_start = place.starts
    marked = [(change, place.mine, my_start) for change in place.my_changes]
    marked += [(change, place.theirs, their_start) for change in place.their_changes]
    marked.sort(key=lambda item: item[0][:2])
    words: list[str] = []
    added: Words = []
    going: Words = []
    at = start
    for change, new, new_at in marked:
        words += place.base[at - start : change.start - start]
        gone, going = going, place.base[change.start - start : change.end - start]
        before, added = added, new[change.new_start - new_at : change.new_end - new_at]
        if at == change.start and (makes_one(before, going) or makes_one(gone, added)):
            return None  # what was put to a word would stand there without it
        if added and before and (holds(visible(before), visible(added)) or holds(visible(added), visible(before))):
            return None
        if added and at == change.start and (_goes_on(before, added) or makes_one(before, added)):
            return None
        if added and _starts_line(new, change.new_start - new_at) and words and not ends_line(words[-1]):
            return None
        words += added
        at = change.end
    words += place.base[at - start :]
    return words


def _goes_on(before: Words, added: Words) -> bool:
    """Whether what is added was written behind, or right below, the end of a line that is another by now."""
    if not any(map(ends_line, before[:-1])) or ends_line(before[-1]):
        return False
    return not ends_line(added[0]) or (len(added) > 1 and is_word(added[1]))


def _starts_line(side: Words, index: int) -> bool:
    return index > 0 and ends_line(side[index - 1])


def _unseen(place: Stretch) -> Words | None:
    """Spaces, line breaks and other things unseen give way to words; not where they say below what a line hangs."""
    base, mine, theirs = visible(place.base), visible(place.mine), visible(place.theirs)
    if theirs in (mine, base):
        return None if theirs == base and _indents(place, place.their_changes, place.theirs, 2) else place.mine
    return place.theirs if mine == base and not _indents(place, place.my_changes, place.mine, 1) else None


def _indents(place: Stretch, changes: Sequence[Change], side: Words, number: int) -> bool:
    """Whether a side changed the indentation of a line that begins with a mark, or stands below a blank one."""
    around = [*place.above, *place.base, *place.below]
    first, new_first = place.starts[0] - len(place.above), place.starts[number]
    for change in changes:
        start, end = change.start - first, change.end - first
        tokens_of_both = [*around[start:end], *side[change.new_start - new_first : change.new_end - new_first]]
        if start == 0 or end == len(around) or not ends_line(around[start - 1]):
            continue
        if any(not token.isspace() or ends_line(token) for token in tokens_of_both):
            continue
        apart = start > 1 and ends_line(around[start - 2])
        if apart or around[end][0] in _MARKS or around[end].isdigit():
            return True
    return False


def _containing(place: Stretch) -> Words | None:
    """One side wrote all that the other wrote and more around it, and kept nothing that the other deleted."""
    base, mine, theirs = (visible(part) for part in place[:3])
    for less, more, answer in ((mine, theirs, place.theirs), (theirs, mine, place.mine)):
        if less and holds(more, less):
            surplus = Counter(more) - Counter(less)
            deleted = Counter(base) - Counter(less)
            return None if any(is_word(word) for word in surplus & deleted) else answer
    return None


def _both_deleted(place: Stretch) -> Words | None:
    """What either side deleted is gone, where neither wrote anything new."""
    both = [*place.my_changes, *place.their_changes]
    if not all(change.deletes for change in both):
        return None
    start = place.starts[0]
    gone = {index for change in both for index in range(change.start - start, change.end - start)}
    return [token for index, token in enumerate(place.base) if index not in gone]


def _both_inserted(place: Stretch) -> Words | None:
    return None if place.base else united(place.mine, place.theirs, place.above, place.below)


def _included(place: Stretch) -> Words | None:
    """One side rewrote the place, and made every change that the other made."""
    base, mine, theirs = place[:3]
    if not base:
        return None
    if includes(base, theirs, mine):
        return mine
    return theirs if includes(base, mine, theirs) else None


def _renewed(place: Stretch) -> Words | None:
    """One side only changed addresses or code spans, and the other wrote new words around the old ones."""
    base, mine, theirs = ("".join(part) for part in place[:3])
    if (text := renewed(base, theirs, mine)) is None:
        text = renewed(base, mine, theirs)
    return None if text is None else tokens(text)
