"""Three-way merge of Markdown prose: by line, then by word. docs/merging.md tells the rules."""

from collections.abc import Iterator

from redraft.markdown.merging.changes import changes, joined
from redraft.markdown.merging.result import Conflict, MergeResult, Piece, assemble
from redraft.markdown.merging.rules import settle
from redraft.markdown.merging.threeway import Stretch, kept_apart, stretches
from redraft.markdown.merging.tokens import lines, tokens

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
    old, my_lines, their_lines = lines(base), lines(mine), lines(theirs)
    by_line = stretches(old, my_lines, their_lines, changes(old, my_lines), changes(old, their_lines))
    return assemble(piece for place in by_line for piece in _by_word(place))


def _by_word(place: Stretch) -> Iterator[Piece]:
    base, mine, theirs = "".join(place.base), "".join(place.mine), "".join(place.theirs)
    if mine == theirs or base == theirs:
        yield mine
        return
    if base == mine:
        yield theirs
        return
    old, my_words, their_words = tokens(base), tokens(mine), tokens(theirs)
    my_changes = joined(old, my_words, changes(old, my_words))
    their_changes = joined(old, their_words, changes(old, their_words))
    my_free = kept_apart(old, my_words, my_changes, their_changes)
    their_free = kept_apart(old, their_words, their_changes, my_changes)
    for words in stretches(old, my_words, their_words, my_free, their_free):
        yield settle(words)
