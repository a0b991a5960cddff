"""The merge of three documents, place by place: moved blocks first, then lines, then the words of what both changed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from redraft.markdown.budget import current
from redraft.markdown.merging.changes import (
    Change,
    apart_from_chance,
    by_whole_lines,
    fewer,
    joined,
    joined_where_changed,
    word_changes,
)
from redraft.markdown.merging.compounds import by_compound
from redraft.markdown.merging.grain import by_thing, front_matter
from redraft.markdown.merging.halves import Part, with_both_halves
from redraft.markdown.merging.insertions import united_lines
from redraft.markdown.merging.languages import LARGE, differently_written, goes_on_in, translated_from
from redraft.markdown.merging.losses import lost_words, returned_lines
from redraft.markdown.merging.moves import Shown, followed
from redraft.markdown.merging.names import defined_twice
from redraft.markdown.merging.paragraphs import line_changes
from redraft.markdown.merging.result import Clash, Piece
from redraft.markdown.merging.rewritten import adds_to_rewritten, keeps_below
from redraft.markdown.merging.rules import settle
from redraft.markdown.merging.threeway import Stretch, kept_apart, overlap, stretches
from redraft.markdown.merging.tokens import holds, is_word, line_end, lines, tokens, visible, words
from redraft.markdown.merging.units import readable

MANY = 2_000
"""Changed places of both sides together up to which each is looked at; of more, those close to each other are one."""
PHRASE = 2
"""Words from which on a phrase that stands elsewhere in its lines was moved, and not written by chance."""
BLOCK = 3
"""Words from which on what stands in a conflict may be the block that is gone here, if they are this `SHARE` of it.

So few, because a conflict too many costs the user a look, and one too few a paragraph that was rewritten.
"""
SHARE = 0.05
LINE = 8
"""Steps that it takes to look at a line: whether it moved, what it names."""
STRETCH = 200
"""Steps that it takes to apply the rules to one place."""


def merged_pieces(base: str, mine: str, theirs: str) -> list[Piece]:
    """What the merged document is made of, in order. Each text ends with a line end, or is empty."""
    old = lines(base)
    front = front_matter(old)
    places = _places(old, lines(mine), lines(theirs))
    merged = [[*_settled(place, place.starts[0] < front)] for place in places]
    for index in defined_twice(places, front):
        if places[index].mine != places[index].theirs:
            merged[index] = [Clash(*_texts(places[index]))]
    _show_what_is_to_be_translated(places, merged, base)
    _show_what_came_back(places, merged)
    _show_what_only_a_conflict_holds(places, merged)
    _keep_what_was_added(places, merged)
    return with_both_halves([*map(_part, places, merged)])


def _part(place: Stretch, pieces: Sequence[Piece]) -> Part:
    changed = (place.my_changes or place.their_changes) and any(isinstance(piece, str) for piece in pieces)
    return Part(pieces, _texts(place) if changed else None)


def _places(base: list[str], mine: list[str], theirs: list[str]) -> list[Stretch]:
    my_changes, their_changes = line_changes(base, mine), line_changes(base, theirs)
    changed = sum(
        change.end + change.new_end - change.start - change.new_start for change in my_changes + their_changes
    )
    if len(my_changes) + len(their_changes) > MANY or not current().spend(LINE * changed):
        few = fewer(my_changes, MANY // 2), fewer(their_changes, MANY // 2)
        return list(stretches(base, mine, theirs, *few))
    before = base
    base, theirs = followed(base, mine, theirs, my_changes, their_changes)
    if base is not before:
        my_changes, their_changes = line_changes(base, mine), line_changes(base, theirs)
    before = base
    base, mine = followed(base, theirs, mine, their_changes, my_changes)
    if base is not before:
        my_changes, their_changes = line_changes(base, mine), line_changes(base, theirs)
    return list(stretches(base, mine, theirs, my_changes, their_changes))


def _settled(place: Stretch, fields: bool) -> Iterator[Piece]:
    """The merge of some lines. `fields`: they begin in the front matter."""
    base, mine, theirs = texts = _texts(place)
    if mine == theirs:
        yield mine
    elif _is_shown(place):
        yield Clash(*texts)
    elif base == theirs:
        yield mine
    elif base == mine:
        yield theirs
    elif not current().spend(sum(map(len, texts)) + LINE * sum(map(len, place[:3]))):
        yield Clash(*texts)
    elif not base:
        beside = ("".join(near).strip() for near in (place.above[-1:], place.below[:1]))
        both = united_lines(place.mine, place.theirs, *beside)
        yield Clash(*texts) if both is None else "".join(both)
    elif adds_to_rewritten(place):
        yield Clash(*texts)
    else:
        pieces = [*_by_word(texts, fields)]
        if any(isinstance(piece, Clash) for piece in pieces) or keeps_below(place, lines("".join(map(str, pieces)))):
            yield from pieces
        else:
            yield from _whole(texts)


def _is_shown(place: Stretch) -> bool:
    """Whether the lines, or those on either side of an insertion, belong to a block that is for a person to look at."""
    if place.base:
        return any(isinstance(line, Shown) for line in place.base)
    beside = [*place.above[-1:], *place.below[:1]]
    return len(beside) == 2 and all(isinstance(line, Shown) for line in beside)


def _by_word(texts: tuple[str, str, str], fields: bool) -> Iterator[Piece]:
    base, mine, theirs = (tokens(text) for text in texts)
    if not all(text.isascii() for text in texts) and (
        goes_on_in(translated_from(base, mine), base, theirs) or goes_on_in(translated_from(base, theirs), base, mine)
    ):
        yield Clash(*texts)
        return
    my_changes, their_changes = _changed_words(base, mine), _changed_words(base, theirs)
    my_changes, their_changes = (
        joined_where_changed(base, mine, my_changes, their_changes),
        joined_where_changed(base, theirs, their_changes, my_changes),
    )
    my_free = kept_apart(base, mine, my_changes, their_changes)
    their_free = kept_apart(base, theirs, their_changes, my_changes)
    found = by_compound(base, (mine, theirs), by_thing(base, (mine, theirs), (my_free, their_free), fields))
    places = [*stretches(base, mine, theirs, *found)]
    if not current().spend(STRETCH * len(places)):
        yield from _whole(texts)
        return
    settled = [(settle(place), not (place.my_changes and place.their_changes)) for place in places]
    if current().is_spent:  # not all was looked at: whether the sides clash cannot be told
        yield from _whole(texts)
        return
    pieces = [*readable(settled)]
    if any(isinstance(piece, Clash) and piece.has_half() for piece in pieces) or _brings_back(
        base, (mine, my_changes), (theirs, their_changes)
    ):
        yield from _whole(texts)
    else:
        yield from pieces


def _brings_back(base: Sequence[str], *sides: tuple[Sequence[str], Sequence[Change]]) -> bool:
    """Whether a side moved a phrase within the lines, and the other changed what it had been."""
    for (mover, moving), (_, edits) in (sides, sides[::-1]):
        added = [visible(mover[change.new_start : change.new_end]) for change in moving]
        for change in moving:
            phrase = visible(base[change.start : change.end])
            if sum(map(is_word, phrase)) < PHRASE or not any(overlap(change, edit) for edit in edits):
                continue
            if any(len(there) >= len(phrase) and holds(there, phrase) for there in added):
                return True
    return False


def _whole(texts: tuple[str, str, str]) -> Iterator[Piece]:
    """All that stands there for a person to choose from, without the line end that the texts share."""
    ends = {line_end(text[-2:]) for text in texts}
    end = ends.pop() if len(ends) == 1 else ""
    yield Clash(*(text.removesuffix(end) for text in texts))
    yield end


def _changed_words(base: Sequence[str], new: Sequence[str]) -> list[Change]:
    return joined(base, new, apart_from_chance(base, new, by_whole_lines(base, new, word_changes(base, new))))


def _show_what_is_to_be_translated(places: list[Stretch], merged: list[list[Piece]], base: str) -> None:
    """Where one side translated the document, and the other went on in the old language, a person must translate."""
    scripts = [_translated_from(places, side, base) for side in (1, 2)]
    for index, place in enumerate(places) if any(scripts) else ():
        old, mine, theirs = _texts(place)
        by_me, by_them = scripts
        if mine != theirs and (
            goes_on_in(by_them, words(old), words(mine)) or goes_on_in(by_me, words(old), words(theirs))
        ):
            merged[index] = [Clash(old, mine, theirs)]


def _translated_from(places: list[Stretch], side: int, base: str) -> str:
    """The script that a side, 1 for mine and 2 for theirs, put another in the place of in much of the document."""
    texts = [_texts(place) for place in places if (place.my_changes if side == 1 else place.their_changes)]
    old, new = "".join(each[0] for each in texts), "".join(each[side] for each in texts)
    if not differently_written(old, new):
        return ""
    return translated_from(words(old), words(new), LARGE * len(words(base)))


def _show_what_came_back(places: list[Stretch], merged: list[list[Piece]]) -> None:
    """Where a side moved a line that the other deleted, a person must decide, at the new place."""
    changed = _changed(places)
    made = ["".join(piece for piece in merged[index] if isinstance(piece, str)) for index in changed]
    returned = returned_lines(*_all_texts(places, changed), made)
    for index, text in zip(changed, made, strict=True) if returned else ():
        place, there = places[index], lines(text)
        if any((line in place.mine) != (line in place.theirs) and line in there for line in returned):
            merged[index][:] = [Clash(*_texts(place))]


def _show_what_only_a_conflict_holds(places: list[Stretch], merged: list[list[Piece]]) -> None:
    """Where a side took away what it wrote again in a conflict, in other words maybe, a person must decide at both."""
    clashes = [piece for pieces in merged for piece in pieces if isinstance(piece, Clash)]
    settled = [
        index
        for index in _changed(places)
        if places[index].mine != places[index].theirs and not any(isinstance(each, Clash) for each in merged[index])
    ]
    for side in (1, 2) if clashes and settled else ():
        brought = _added((clash.base, clash[side]) for clash in clashes)
        for index in settled:
            texts = _texts(places[index])
            gone = _added([(texts[side], texts[0])])
            if (gone & brought).total() >= max(BLOCK, SHARE * gone.total()):
                merged[index][:] = [Clash(*texts)]


def _added(pairs: Iterable[tuple[str, str]]) -> Counter[str]:
    """The words that the second texts have more of than the first."""
    added: Counter[str] = Counter()
    for old, new in pairs:
        added += Counter(words(new)) - Counter(words(old))
    return added


def _changed(places: list[Stretch]) -> list[int]:
    return [index for index, place in enumerate(places) if place.my_changes or place.their_changes]


def _all_texts(places: list[Stretch], numbers: list[int]) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    base, mine, theirs = zip(*(_texts(places[number]) for number in numbers), strict=True) if numbers else ((), (), ())
    return base, mine, theirs


def _keep_what_was_added(places: list[Stretch], merged: list[list[Piece]]) -> None:
    """Take the merge back, at places that both sides changed, where a word that a side added would be missing."""
    if any(isinstance(piece, Clash) for pieces in merged for piece in pieces):
        return
    changed = _changed(places)
    made = ["".join(map(str, merged[index])) for index in changed]
    base, mine, theirs = _all_texts(places, changed)
    lost = lost_words(base, mine, theirs, made)
    if not lost:
        return
    touched = [index for index in changed if _differ_in(lost, places[index])]
    clashing = [index for index in touched if len(set(_texts(places[index]))) == 3]
    for index in clashing:
        merged[index][:] = [Clash(*_texts(places[index]))]
    if not clashing:
        # Both added the word here, and one side took it away there: nobody can tell whether once is enough.
        span = range(touched[0], touched[-1] + 1)
        texts = zip(*(_texts(places[index]) for index in span), strict=True)
        merged[span.start : span.stop] = [[Clash(*map("".join, texts))], *([] for _ in span[1:])]


def _differ_in(lost: set[str], place: Stretch) -> bool:
    """Whether a side added or deleted one of these words there."""
    base, mine, theirs = (Counter(token for token in tokens(text) if token in lost) for text in _texts(place))
    return not base == mine == theirs


def _texts(place: Stretch) -> tuple[str, str, str]:
    return "".join(place.base), "".join(place.mine), "".join(place.theirs)
