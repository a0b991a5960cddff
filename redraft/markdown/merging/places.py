"""The merge of three documents, place by place: moved blocks first, then lines, then the words of what both changed."""

from collections.abc import Iterator, Sequence

from redraft.markdown.merging.changes import Change, changes, joined
from redraft.markdown.merging.insertions import united_lines
from redraft.markdown.merging.languages import translated
from redraft.markdown.merging.losses import lost_words
from redraft.markdown.merging.moves import followed
from redraft.markdown.merging.result import Clash, Piece
from redraft.markdown.merging.rules import settle
from redraft.markdown.merging.threeway import Stretch, kept_apart, stretches
from redraft.markdown.merging.tokens import lines, says, tokens


def merged_pieces(base: str, mine: str, theirs: str) -> list[Piece]:
    """What the merged document is made of, in order. Each text ends with a line end, or is empty."""
    places = _places(lines(base), lines(mine), lines(theirs))
    merged = [[*_settled(place)] for place in places]
    _keep_what_was_added(places, merged)
    return [piece for pieces in merged for piece in pieces]


def _places(base: list[str], mine: list[str], theirs: list[str]) -> list[Stretch]:
    my_changes, their_changes = changes(base, mine), changes(base, theirs)
    before = base
    base, theirs = followed(base, mine, theirs, my_changes, their_changes)
    if base is not before:
        my_changes, their_changes = changes(base, mine), changes(base, theirs)
    before = base
    base, mine = followed(base, theirs, mine, their_changes, my_changes)
    if base is not before:
        my_changes, their_changes = changes(base, mine), changes(base, theirs)
    return list(stretches(base, mine, theirs, my_changes, their_changes))


def _settled(place: Stretch) -> Iterator[Piece]:
    """The merge of some lines."""
    base, mine, theirs = texts = _texts(place)
    if mine == theirs or base == theirs:
        yield mine
    elif base == mine:
        yield theirs
    elif not base:
        beside = (any(map(says, near)) for near in (place.above[-1:], place.below[:1]))
        both = united_lines(place.mine, place.theirs, *beside)
        yield Clash(*texts) if both is None else "".join(both)
    else:
        yield from _by_word(texts)


def _by_word(texts: tuple[str, str, str]) -> Iterator[Piece]:
    base, mine, theirs = (tokens(text) for text in texts)
    scripts = not all(text.isascii() for text in texts)
    if scripts and (translated(base, mine, theirs) or translated(base, theirs, mine)):
        yield Clash(*texts)
        return
    my_changes, their_changes = _changed_words(base, mine), _changed_words(base, theirs)
    my_free = kept_apart(base, mine, my_changes, their_changes)
    their_free = kept_apart(base, theirs, their_changes, my_changes)
    for place in stretches(base, mine, theirs, my_free, their_free):
        yield settle(place)


def _changed_words(base: Sequence[str], new: Sequence[str]) -> list[Change]:
    return joined(base, new, changes(base, new))


def _keep_what_was_added(places: list[Stretch], merged: list[list[Piece]]) -> None:
    """Take the merge back, at places that both sides changed, where a word that a side added would be missing."""
    if any(isinstance(piece, Clash) for pieces in merged for piece in pieces):
        return
    changed = [(place, pieces) for place, pieces in zip(places, merged, strict=True) if _is_changed(place)]
    base, mine, theirs = zip(*(_texts(place) for place, _ in changed), strict=True) if changed else ((), (), ())
    lost = lost_words(base, mine, theirs, ("".join(map(str, pieces)) for _, pieces in changed))
    for place, pieces in changed if lost else ():
        texts = _texts(place)
        if len(set(texts)) == len(texts) and lost.intersection(tokens("\n".join(texts[1:]))):
            pieces[:] = [Clash(*texts)]


def _is_changed(place: Stretch) -> bool:
    return bool(place.my_changes or place.their_changes)


def _texts(place: Stretch) -> tuple[str, str, str]:
    return "".join(place.base), "".join(place.mine), "".join(place.theirs)
