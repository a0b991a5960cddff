"""Words that are written as one, with signs between them: `rules.py`, `user_id`, a date.

One part of such a word from each side would be a word that nobody wrote.
"""

from collections.abc import Iterator, Sequence

from redraft.markdown.merging.changes import Change
from redraft.markdown.merging.grain import Span, widened
from redraft.markdown.merging.threeway import near
from redraft.markdown.merging.tokens import is_sign, is_word

Words = Sequence[str]

_JOINTS = frozenset("-_.'’")
_ADDRESS = frozenset("/#?=&:@")
_MOST = 3  # such signs between two parts of one word


def by_compound(
    base: Words, sides: tuple[Words, Words], found: tuple[list[Change], list[Change]]
) -> tuple[list[Change], list[Change]]:
    """Both sides' changes, widened to the whole of each written word of which both changed a part."""
    mine, theirs = found
    spans = [
        span
        for span in _compounds(base)
        if _is_cut(span, sides[0], mine, theirs) and _is_cut(span, sides[1], theirs, mine)
    ]
    return (widened(mine, spans), widened(theirs, spans)) if spans else found


def _compounds(base: Words) -> Iterator[Span]:
    start = 0
    while start < len(base):
        end = start + 1
        if _is_part(base[start]):
            while (after := _after_joint(base, end)) is not None:
                end = after + 1
            if not _is_address(base[max(0, start - 1) : start], base[end : end + 1]):
                yield start, end
        start = end


def _is_address(before: Words, after: Words) -> bool:
    """Whether the word is a part of an address: its host, its path and its anchor change each for itself."""
    return any(_ADDRESS.issuperset(token) for token in (*before, *after))


def _after_joint(base: Words, at: int) -> int | None:
    """Where the next part stands, behind at least one sign."""
    end = at
    while end < len(base) and end - at < _MOST and _is_joint(base[end]):
        end += 1
    return end if end > at and end < len(base) and _is_part(base[end]) else None


def makes_one(before: Words, after: Words) -> bool:
    """Whether the last word of `before` and the first of `after` are written as one, with a sign between them."""
    if not before or not after:
        return False
    return (_is_joint(before[-1]) and _is_part(after[0])) or (_is_part(before[-1]) and goes_on(after))


def goes_on(new: Words) -> bool:
    """Whether it would go on with the word that it is put behind."""
    return _is_joint(new[0]) and any(map(_is_part, new[1:2]))


def _is_part(token: str) -> bool:
    return is_word(token) and not is_sign(token)


def _is_joint(token: str) -> bool:
    return _JOINTS.issuperset(token)


def _is_cut(span: Span, side: Words, found: list[Change], others: list[Change]) -> bool:
    """Whether a side changed a part of the word, or put another part to one that `others` changed."""
    for change in near(found, *span):
        if not change.inserts and change.start < span[1] and span[0] < change.end:
            return True
        at = change.end if change.end <= span[0] else change.start
        if not change.deletes and _is_glued(at, span, side, change):
            beside = near(others, at, at)
            if span[0] < at < span[1] or any(not other.inserts for other in beside):
                return True
    return False


def _is_glued(at: int, span: Span, side: Words, change: Change) -> bool:
    """Whether what is inserted there becomes a part of the word, and does not only stand beside it.

    Of a change beside the word only the ends are looked at: it can be long, and beside many words.
    """
    if at == span[1]:
        return goes_on(side[change.new_start : min(change.new_start + 2, change.new_end)])
    if at == span[0]:
        last = side[change.new_end - 1]
        return _is_joint(last) or _is_part(last)
    return not any(map(str.isspace, side[change.new_start : change.new_end]))
