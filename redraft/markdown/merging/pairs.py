"""Which lines of two texts are one line, whatever each begins with."""

from collections.abc import Callable, Hashable, Iterator, Sequence

from redraft.markdown.align import align
from redraft.markdown.merging.likeness import alike
from redraft.markdown.merging.line_parts import Line

Pairs = list[tuple[int, int]]
Numbers = list[int]


def pairs(old: Sequence[Line], new: Sequence[Line]) -> Pairs:
    """The lines of both that are one line, by number, in order: equal, of equal words, or of mostly the same between.

    Blank lines are told by those around them: one is like the other.
    """
    found: Pairs = []
    place = [number for number, line in enumerate(old) if line.says], [n for n, line in enumerate(new) if line.says]
    for gap in _matched(old, new, place, lambda line: line, found):
        for inner in _matched(old, new, gap, lambda line: line.body, found):
            there, here = inner
            alike_ones = alike([old[number].body for number in there], [new[number].body for number in here])
            found += ((there[a], here[b]) for a, b in alike_ones)
    found.sort()
    for there, here in [*gaps(old, new, found)]:
        blank = [n for n in there if not old[n].says], [n for n in here if not new[n].says]
        if len(blank[0]) == len(blank[1]):
            found += zip(*blank, strict=True)
        else:
            _matched(old, new, blank, lambda line: line, found)
    return sorted(found)


def gaps(
    old: Sequence[Line], new: Sequence[Line], found: Sequence[tuple[int, int]]
) -> Iterator[tuple[Numbers, Numbers]]:
    """The lines between those that are paired in `found`, which is in order; only where both texts have some."""
    start = other_start = 0
    for end, other_end in (*found, (len(old), len(new))):
        if start < end and other_start < other_end:
            yield [*range(start, end)], [*range(other_start, other_end)]
        start, other_start = end + 1, other_end + 1


def _matched(
    old: Sequence[Line],
    new: Sequence[Line],
    numbers: tuple[Numbers, Numbers],
    key: Callable[[Line], Hashable],
    found: Pairs,
) -> list[tuple[Numbers, Numbers]]:
    """Add to `found` those of these lines that are equal by their key, and answer the ones in between."""
    there, here = numbers
    at = other_at = 0
    between: list[tuple[Numbers, Numbers]] = []
    for match in align([key(old[number]) for number in there], [key(new[number]) for number in here]):
        between.append((there[at : match.a], here[other_at : match.b]))
        at, other_at = match.a + match.size, match.b + match.size
        found += zip(there[match.a : at], here[match.b : other_at], strict=True)
    between.append((there[at:], here[other_at:]))
    return [each for each in between if each[0] and each[1]]
