"""Three-way merge of Markdown prose: by line, then by word. docs/merging.md tells the rules."""

from collections.abc import Iterator

from redraft.markdown.merging.changes import changes, joined
from redraft.markdown.merging.insertions import united_lines
from redraft.markdown.merging.languages import translated
from redraft.markdown.merging.losses import lost_words
from redraft.markdown.merging.moves import followed
from redraft.markdown.merging.result import Clash, Conflict, MergeResult, Piece, assemble
from redraft.markdown.merging.rules import settle
from redraft.markdown.merging.threeway import Stretch, kept_apart, stretches
from redraft.markdown.merging.tokens import lines, says, tokens

__all__ = ["Conflict", "MergeResult", "merge"]


def merge(base: str, mine: str, theirs: str) -> MergeResult:
    """Bring what `mine` and `theirs` made of `base` into one document.

    Edits of one paragraph, even of one line, stand side by side unless they touch the same words. Where they do,
    the document holds `mine` and a `Conflict` tells all three. Never raises, whatever the strings hold.
    """
    if mine == theirs or base == theirs:
        return MergeResult(mine, [])
    if base == mine:
        return MergeResult(theirs, [])
    texts = base, mine, theirs
    end = "\r\n" if "\r\n" in base else "\n"
    result = assemble(_by_line(*(text if _is_ended(text) else text + end for text in texts)))
    document = result.document.removesuffix(end)
    if _keeps_end(document, *texts) or any(conflict.end > len(document) for conflict in result.conflicts):
        return result
    return MergeResult(document, result.conflicts)


def _is_ended(text: str) -> bool:
    return text.endswith(("\n", "\r"))


def _keeps_end(merged: str, base: str, mine: str, theirs: str) -> bool:
    """Whether the last line of the result keeps its end: as the side has it that the line comes from.

    Where it comes from both, the end is a change of its own, like any other.
    """
    sides = [side for side in (mine, theirs) if _last_line(side) == _last_line(merged)] or [mine, theirs]
    flags = {_is_ended(side) for side in sides}
    return flags.pop() if len(flags) == 1 else not _is_ended(base)


def _last_line(text: str) -> str:
    return "".join(lines(text)[-1:]).rstrip("\r\n")


def _by_line(base: str, mine: str, theirs: str) -> list[Piece]:
    old, my_lines, their_lines = lines(base), lines(mine), lines(theirs)
    my_changes, their_changes = changes(old, my_lines), changes(old, their_lines)
    before = old
    old, their_lines = followed(old, my_lines, their_lines, my_changes, their_changes)
    if old is not before:
        my_changes, their_changes = changes(old, my_lines), changes(old, their_lines)
        before = old
    old, my_lines = followed(old, their_lines, my_lines, their_changes, my_changes)
    if old is not before:
        my_changes, their_changes = changes(old, my_lines), changes(old, their_lines)
    places = list(stretches(old, my_lines, their_lines, my_changes, their_changes))
    merged = [[*_by_word(place)] for place in places]
    _keep_what_was_added(places, merged)
    return [piece for pieces in merged for piece in pieces]


def _keep_what_was_added(places: list[Stretch], merged: list[list[Piece]]) -> None:
    """Take the merge back, at places that both sides changed, where a word that a side added would be missing."""
    if any(isinstance(piece, Clash) for pieces in merged for piece in pieces):
        return
    changed = [
        (place, pieces) for place, pieces in zip(places, merged, strict=True) if place.my_changes or place.their_changes
    ]
    sides = [["".join(place[side]) for place, _ in changed] for side in range(3)]
    lost = lost_words(*sides, ["".join(map(str, pieces)) for _, pieces in changed])
    for place, pieces in changed if lost else ():
        base, mine, theirs = ("".join(side) for side in place[:3])
        if len({base, mine, theirs}) == 3 and lost.intersection(tokens(mine + "\n" + theirs)):
            pieces[:] = [Clash(base, mine, theirs)]


def _by_word(place: Stretch) -> Iterator[Piece]:
    base, mine, theirs = "".join(place.base), "".join(place.mine), "".join(place.theirs)
    if mine == theirs or base == theirs:
        yield mine
        return
    if base == mine:
        yield theirs
        return
    if not base:
        both = united_lines(place.mine, place.theirs, any(map(says, place.above[-1:])), any(map(says, place.below[:1])))
        yield Clash(base, mine, theirs) if both is None else "".join(both)
        return
    old, my_words, their_words = tokens(base), tokens(mine), tokens(theirs)
    if translated(old, my_words, their_words) or translated(old, their_words, my_words):
        yield Clash(base, mine, theirs)
        return
    my_changes = joined(old, my_words, changes(old, my_words))
    their_changes = joined(old, their_words, changes(old, their_words))
    my_free = kept_apart(old, my_words, my_changes, their_changes)
    their_free = kept_apart(old, their_words, their_changes, my_changes)
    for words in stretches(old, my_words, their_words, my_free, their_free):
        yield settle(words)
