"""Names that a document may define once: labels of footnotes and references, keys of the front matter."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from redraft.markdown.merging.threeway import Stretch

_LABEL = re.compile(r" {0,3}(\[[^\]\n]+\]):")
_KEY = re.compile(r"([^\s#:-][^\s:]*):(?=\s)")


def defined_twice(places: Sequence[Stretch], front: int) -> set[int]:
    """The places, by number, at which the two sides gave one new name to two things, each at a place of its own.

    `front` is how many lines of the base are front matter.
    """
    mine: defaultdict[str, set[tuple[int, str]]] = defaultdict(set)
    theirs: defaultdict[str, set[tuple[int, str]]] = defaultdict(set)
    for number, place in enumerate(places):
        fields = place.starts[0] < front
        old = set(place.base)
        for side, added in ((place.mine, mine), (place.theirs, theirs)):
            for name, line in _named((line for line in side if line not in old), fields):
                added[name].add((number, line))
    return {
        number
        for name in mine.keys() & theirs.keys()
        if {line for _, line in mine[name]} != {line for _, line in theirs[name]}
        for places_of in [{number for number, _ in mine[name] | theirs[name]}]
        if len(places_of) > 1
        for number in places_of
    }


def _named(lines: Iterable[str], fields: bool) -> Iterator[tuple[str, str]]:
    for line in lines:
        if match := (_KEY if fields else _LABEL).match(line):
            yield match[1].lower(), line.strip()
