"""The beginnings of lines: indentation, quote marks, list markers. They belong to their line, and are merged by line.

Where a side indented, quoted or marked lines anew, the texts are merged as if it had not, and each line of the result
then gets the beginning that this side gave it. A line that the other side added gets what its neighbours got. So no
line takes the beginning of another, as lines that begin alike do when only words are compared.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from redraft.markdown.budget import current
from redraft.markdown.merging.line_parts import Begun, Line, parsed
from redraft.markdown.merging.regions import Region, regions
from redraft.markdown.merging.result import Clash, Piece
from redraft.markdown.merging.tokens import lines
from redraft.markdown.merging.traces import Side, begun_by, side_of, traced, written_over

_NUMBER = re.compile(r"[0-9]{1,9}")
_STEPS, _MORE = 20, 40  # that it takes to look at a line, and more at one that changed


class Beginnings:
    """The three texts with all lines beginning as in the base, and how to give them back what the sides gave them."""

    def __init__(self, base: str, old: Sequence[Line], mine: Side, theirs: Side) -> None:
        self.texts = base, mine.text, theirs.text
        self._base = old
        self._sides = (mine, theirs)

    @classmethod
    def of(cls, base: str, mine: str, theirs: str) -> "Beginnings | None":
        """None where no side began a line anew: then there is nothing to do.

        None also where there are too many lines to look at; the budget is then spent, and what both changed a conflict.
        """
        if not _are_worth_a_look(*(lines(text) for text in (base, mine, theirs))):
            return None
        old = [*parsed(base)]
        sides = [side_of(old, [*parsed(text)]) for text in (mine, theirs)]
        if current().is_spent or not any(side.begun for side in sides):
            return None
        return cls(base, old, *sides)

    def given_back(self, pieces: Sequence[Piece]) -> list[Piece] | None:
        """`pieces`, merged from `texts`, with the beginnings that each side gave its lines.

        A line that both sides began anew, each otherwise, is a clash. A clash of words stays as narrow as it is where
        the beginning of its line is not disputed; one of lines shows those of each side as that side began them. None
        when the budget is spent: then nobody can tell what became of the lines. None also where one side began a line
        anew that the other wrote over: merged with their beginnings, both stand beside each other there.
        """
        found = [*regions(pieces)]
        sides = self._sides, self._sides[::-1]
        merged = [[*parsed("".join(region.text(side) for region in found))] for side in (1, 2)]
        traces = [traced(there, side) for there, (side, _) in zip(merged, sides, strict=True)]
        if any(written_over(self._base, *both, trace) for both, trace in zip(sides, traces, strict=True)):
            return None
        made = [
            [*map(Begun, there, begun_by(*both, there, trace))]
            for both, there, trace in zip(sides, merged, traces, strict=True)
        ]
        if current().is_spent:
            return None
        places = [*_placed(found, *made)]
        if self._counts:
            _count_on(places)
        return [piece for place in places for piece in place.pieces()]

    @property
    def _counts(self) -> bool:
        """Whether items that a side numbered count on, as far as it can be seen; not where it gave all one number."""
        marks = [new.mark for side in self._sides for _, new in side.begun.values() if _NUMBER.match(new.mark)]
        return len(marks) < 2 or len(set(marks)) > 1


@dataclass
class _Place:
    """A region with its lines, each as it was merged and as a side begins it."""

    region: Region
    mine: Sequence[Begun]
    theirs: Sequence[Begun]

    def __post_init__(self) -> None:
        self.is_as_it_was = all(old == new for old, new in (*self.mine, *self.theirs))
        self.is_of_lines = self.region.clashes and not self._is_of_words()
        both = () if self.is_of_lines else zip(self.mine, self.theirs, strict=True)
        self.versions = [_versions(mine, theirs) for mine, theirs in both]
        if self.region.clashes and any(first.head != second.head for first, second in self.versions):
            self.is_of_lines, self.versions = True, []

    def _is_of_words(self) -> bool:
        """Whether it is one line whose beginning, as it was merged, is the same for both sides and clashes nowhere."""
        first = self.region.pieces[0]
        if isinstance(first, Clash) or not len(self.mine) == len(self.theirs) == len(lines(self.region.text(0))) == 1:
            return False
        (mine, _), (theirs, _) = self.mine[0], self.theirs[0]
        both_say = mine.says and theirs.says
        return both_say and mine.begins_as(theirs) and mine.head == theirs.head and len(first) >= len(mine.head)

    def pieces(self) -> Iterator[Piece]:
        """What the merged text has there."""
        if self.is_as_it_was:
            yield from self.region.pieces
        elif self.is_of_lines:
            mine, theirs = ("".join(new.text() for _, new in side) for side in (self.mine, self.theirs))
            yield mine if mine == theirs else Clash(self.region.text(0), mine, theirs)
        elif self.region.clashes:
            first, *others = self.region.pieces
            yield self.versions[0][0].head + str(first)[len(self.mine[0][0].head) :]
            yield from others
        else:
            yield from self._lines()

    def _lines(self) -> Iterator[Piece]:
        """The lines, with those beside each other that are disputed as one."""
        rows = zip(self.mine, self.versions, strict=True)
        for is_disputed, run in groupby(rows, key=lambda row: row[1][0] != row[1][1]):
            if not is_disputed:
                yield "".join(first.text() for _, (first, _) in run)
                continue
            old, both = zip(*run, strict=True)
            yield Clash(
                "".join(line.text() for line, _ in old),
                "".join(first.text() for first, _ in both),
                "".join(second.text() for _, second in both),
            )


def _placed(found: Iterable[Region], mine: Sequence[Begun], theirs: Sequence[Begun]) -> Iterator[_Place]:
    my_start = their_start = 0
    for region in found:
        my_end, their_end = my_start + len(lines(region.text(1))), their_start + len(lines(region.text(2)))
        yield _Place(region, mine[my_start:my_end], theirs[their_start:their_end])
        my_start, their_start = my_end, their_end


def _versions(mine: Begun, theirs: Begun) -> tuple[Line, Line]:
    """A line as it is when mine, or theirs, decides what both began anew."""
    if mine.old.begins_as(theirs.old) and mine.old.head == theirs.old.head:
        return _either(mine.old, mine.new, theirs.new), _either(mine.old, theirs.new, mine.new)
    # What clashes above, a fence, makes it a line of code in one text and not in the other.
    if mine.old == mine.new:
        return theirs.new, theirs.new
    return mine.new, mine.new if theirs.old == theirs.new else theirs.new


def _either(line: Line, first: Line, second: Line) -> Line:
    """`line` begun as the first says, and as the second where the first says nothing."""
    lead = second.lead if first.lead == line.lead else first.lead
    marked = second if first.kind == line.kind else first
    return line.led_by(lead)._replace(mark=marked.mark, gap=marked.gap)


def _are_worth_a_look(base: Sequence[str], *sides: Sequence[str]) -> bool:
    """Whether lines are gone and others new, in some side, and not more than can be looked at."""
    there, here = set(base), [set(side) for side in sides]
    if not any(there - each and each - there for each in here):
        return False
    changed = sum(len(there ^ each) for each in here)
    return current().spend(_STEPS * (len(base) + sum(map(len, sides))) + _MORE * changed)


def _count_on(places: Sequence[_Place]) -> None:
    """Let lines that were marked with numbers, or marked by their neighbours, count on."""
    made: list[Line] = []
    for place in places:
        if place.is_of_lines:
            made += (new for _, new in place.mine)
            continue
        for number, ((merged, _), (first, second)) in enumerate(zip(place.mine, place.versions, strict=True)):
            line = first
            if first == second and _NUMBER.match(first.mark) and merged.kind != first.kind:
                above = _numbered_above(made, first)
                if above is not None:
                    line = first._replace(mark=f"{above + 1}{first.kind}")
                    place.versions[number] = (line, line)
            made.append(line)


def _numbered_above(made: Sequence[Line], line: Line) -> int | None:
    """The number of the item above in the same list."""
    for other in reversed(made):
        if not current().spend(1):
            return None
        if not other.says or len(other.lead) > len(line.lead):
            continue
        number = _NUMBER.match(other.mark)
        return int(number[0]) if number and other.lead == line.lead and other.kind == line.kind else None
    return None
