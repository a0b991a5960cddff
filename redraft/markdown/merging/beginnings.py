"""The beginnings of lines: indentation, quote marks, list markers. They belong to their line, and are merged by line.

Where a side indented, quoted or marked lines anew, the texts are merged as if it had not, and each line of the result
then gets the beginning that this side gave it. A line that the other side added gets what its neighbours got. So no
line takes the beginning of another, as lines that begin alike do when only words are compared.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from redraft.markdown.align import align
from redraft.markdown.budget import current
from redraft.markdown.merging.likeness import alike
from redraft.markdown.merging.result import Conflict, MergeResult
from redraft.markdown.merging.tokens import lines

_LEAD = re.compile(r"(?:[ \t]*>)*[ \t]*")
_MARK = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)]|#{1,6})(?=[ \t]|$)")
_GAP = re.compile(r"[ \t]*")
_FENCE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}")
_NUMBER = re.compile(r"[0-9]{1,9}")
_STEPS, _MORE = 20, 40  # that it takes to look at a line, and more at one that changed
_FAR = 50  # lines up to which a neighbour is looked for


class Line(NamedTuple):
    """A line in its parts: `lead` is indentation and quote marks, `mark` a list marker or a heading's signs."""

    lead: str
    mark: str
    gap: str
    body: str
    end: str
    is_code: bool = False

    @property
    def kind(self) -> str:
        """The marker without its number."""
        return self.mark.lstrip("0123456789")

    @property
    def says(self) -> bool:
        """Whether it is not blank, quote marks left out."""
        return bool(self.mark or self.body)

    def text(self) -> str:
        """The whole line."""
        return self.lead + self.mark + self.gap + self.body + self.end

    def begun_as(self, other: "Line") -> "Line":
        """This line with the beginning of `other`. A number of the same kind stays its own."""
        line = self.led_by(other.lead)
        return line if self.kind == other.kind else line._replace(mark=other.mark, gap=other.gap)

    def led_by(self, lead: str) -> "Line":
        """This line with another indentation and other quote marks; a blank one gets no spaces behind them."""
        return self if lead == self.lead else self._replace(lead=lead if self.says else lead.rstrip())

    def begins_as(self, other: "Line") -> bool:
        """Whether both begin alike, whatever their numbers; blank lines, whatever spaces are on them.

        What begins a line of code and a line of text cannot be compared.
        """
        if not self.says and not other.says:
            return self.lead.rstrip() == other.lead.rstrip()
        return self.is_code != other.is_code or (self.lead == other.lead and self.kind == other.kind)


class Begun(NamedTuple):
    """What a side did to the beginning of a line: `old` as the base has it, `new` as the side does."""

    old: Line
    new: Line

    def passed_on(self, line: Line) -> Line:
        """What a line beside this one, or below it, begins with when it follows."""
        led = line.led_by(self.new.lead + line.lead.removeprefix(self.old.lead))
        follows = line.kind and line.kind == self.old.kind and line.kind != self.new.kind
        return led._replace(mark=self.new.mark, gap=self.new.gap) if follows else led


@dataclass(frozen=True)
class _Side:
    """A text with the beginnings of the base, and by line number which lines began otherwise."""

    lines: list[Line]
    begun: dict[int, Begun]

    @property
    def text(self) -> str:
        return "".join(line.text() for line in self.lines)


Trace = dict[int, Begun | None]
"""By line of the result, for those that a side has too: what it did to their beginning."""


class Beginnings:
    """The three texts with all lines beginning as in the base, and how to give them back what the sides gave them."""

    def __init__(self, base: str, mine: _Side, theirs: _Side) -> None:
        self.texts = base, mine.text, theirs.text
        self._sides = (mine, theirs)

    @classmethod
    def of(cls, base: str, mine: str, theirs: str) -> "Beginnings | None":
        """None where no side began a line anew: then there is nothing to do.

        None also where there are too many lines to look at; the budget is then spent, and what both changed a conflict.
        """
        if not _are_worth_a_look(*(lines(text) for text in (base, mine, theirs))):
            return None
        old = [*_parsed(base)]
        sides = [_side(old, [*_parsed(text)]) for text in (mine, theirs)]
        return cls(base, *sides) if any(side.begun for side in sides) else None

    def given_back(self, document: str) -> MergeResult:
        """`document`, merged from `texts` without a conflict, with the beginnings that each side gave its lines.

        Where both sides began a line anew, each otherwise, the document has it as `mine` does, and it is a conflict.
        """
        merged = [*_parsed(document)]
        by_me, by_them = (_begun(merged, _traced(merged, side)) for side in self._sides)
        begun: list[Line] = []
        disputed: dict[int, Line] = {}
        for number, (line, mine, theirs) in enumerate(zip(merged, by_me, by_them, strict=True)):
            begun.append(_either(line, mine, theirs))
            if begun[-1] != (other := _either(line, theirs, mine)):
                disputed[number] = other
        begun = _counted_on(merged, begun)
        starts = [*accumulate((len(line.text()) for line in begun), initial=0)]
        conflicts = [
            Conflict(merged[number].text(), begun[number].text(), line.text(), starts[number], starts[number + 1])
            for number, line in disputed.items()
        ]
        return MergeResult("".join(line.text() for line in begun), conflicts)


def _either(line: Line, first: Line, second: Line) -> Line:
    """`line` begun as the first says, and as the second where the first says nothing."""
    lead = second.lead if first.lead == line.lead else first.lead
    marked = second if first.kind == line.kind else first
    return line.led_by(lead)._replace(mark=marked.mark, gap=marked.gap)


def _parsed(text: str) -> Iterator[Line]:
    fence = ""
    for whole in lines(text):
        body = whole.rstrip("\r\n")
        end = whole[len(body) :]
        lead = _match(_GAP if fence else _LEAD, body)
        rest = body[len(lead) :]
        fenced = _FENCE.match(rest)
        if fence:
            yield Line(lead, "", "", rest, end, is_code=True)
            if fenced and fenced[0].startswith(fence) and not rest[fenced.end() :].strip():
                fence = ""
            continue
        if fenced:
            fence = fenced[0]
            yield Line(lead, "", "", rest, end)
            continue
        mark = _match(_MARK, rest)
        gap = _match(_GAP, rest[len(mark) :]) if mark else ""
        body = rest[len(mark) + len(gap) :]
        inner = _FENCE.match(body) if mark else None
        if inner:
            fence = inner[0]
        yield Line(lead, mark, gap, body, end)


def _match(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.match(text)
    return found[0] if found else ""


def _are_worth_a_look(base: Sequence[str], *sides: Sequence[str]) -> bool:
    """Whether lines are gone and others new, in some side, and not more than can be looked at."""
    there, here = set(base), [set(side) for side in sides]
    if not any(there - each and each - there for each in here):
        return False
    changed = sum(len(there ^ each) for each in here)
    return current().spend(_STEPS * (len(base) + sum(map(len, sides))) + _MORE * changed)


def _side(base: list[Line], side: list[Line]) -> _Side:
    begun: dict[int, Begun] = {}
    made = list(side)
    for old, new in _pairs(base, side) if _may_begin_anew(base, side) else ():
        if not side[new].begins_as(base[old]):
            made[new] = side[new].begun_as(base[old])
            begun[new] = Begun(base[old], side[new])
    return _Side(made, begun)


def _may_begin_anew(base: Sequence[Line], side: Sequence[Line]) -> bool:
    """Whether the changed lines begin otherwise than those that stood there, all in all; a quick look at most texts."""
    there, here = set(base), set(side)
    gone, new = ({(line.lead, line.kind) for line in each if line.says} for each in (there - here, here - there))
    return bool(gone) and bool(new - gone)


class _Gap(NamedTuple):
    """Lines of two texts between lines that are known to be the same."""

    start: int
    end: int
    other_start: int
    other_end: int


def _pairs(base: Sequence[Line], side: Sequence[Line]) -> list[tuple[int, int]]:
    """The lines of both that are one line: equal, of equal words, or between such and of mostly the same words."""
    found: list[tuple[int, int]] = []
    for gap in _matched(base, side, _Gap(0, len(base), 0, len(side)), lambda line: line, found):
        for inner in _matched(base, side, gap, lambda line: line.body, found):
            old, new = base[inner.start : inner.end], side[inner.other_start : inner.other_end]
            pairs = alike([line.body for line in old], [line.body for line in new])
            found += ((inner.start + a, inner.other_start + b) for a, b in pairs)
    return sorted(found)


def _matched(
    base: Sequence[Line],
    side: Sequence[Line],
    gap: _Gap,
    key: Callable[[Line], Hashable],
    found: list[tuple[int, int]],
) -> list[_Gap]:
    """Add to `found` what is equal by its key, and answer the gaps in between."""
    start, end, other_start, other_end = gap
    gaps: list[_Gap] = []
    for match in align([key(line) for line in base[start:end]], [key(line) for line in side[other_start:other_end]]):
        a, b = gap.start + match.a, gap.other_start + match.b
        gaps.append(_Gap(start, a, other_start, b))
        found += ((a + step, b + step) for step in range(match.size))
        start, other_start = a + match.size, b + match.size
    gaps.append(_Gap(start, end, other_start, other_end))
    return [each for each in gaps if each.start < each.end and each.other_start < each.other_end]


def _traced(merged: Sequence[Line], side: _Side) -> Trace:
    """Which lines of the result the side has too: at their place, or moved where nothing else is equal to them."""
    if not side.begun:
        return {}
    pairs = _pairs(merged, side.lines)
    trace: Trace = {number: side.begun.get(own) for number, own in pairs}
    found = {own for _, own in pairs}
    missing = Counter(side.lines[own] for own in side.begun.keys() - found)
    left = Counter(line for number, line in enumerate(merged) if number not in trace)
    by_line = {side.lines[own]: begun for own, begun in side.begun.items() if own not in found}
    for number, line in enumerate(merged):
        if number not in trace and missing[line] == left[line] == 1:
            trace[number] = by_line[line]
    return trace


def _begun(merged: Sequence[Line], trace: Trace) -> list[Line]:
    """Each line of the result as the side begins it: its own as it did, those of the other as their neighbours."""
    if not trace:
        return list(merged)
    done = [trace[number] if number in trace else _neighbours(merged, number, trace) for number in range(len(merged))]
    above: list[int | None] = []  # for each line the nearest one above that says something
    for number in range(len(merged)):
        above.append(number - 1 if number and merged[number - 1].says else above[-1] if number else None)
    below: int | None = None
    for number in range(len(merged) - 1, -1, -1):
        if merged[number].says:
            below = number
        elif number not in trace:
            done[number] = _around(merged[number], done, above[number], below)
    return [
        line if begun is None else line.begun_as(begun.new) if number in trace else begun.passed_on(line)
        for number, (line, begun) in enumerate(zip(merged, done, strict=True))
    ]


def _around(
    line: Line, done: Sequence[Begun | None], number_above: int | None, number_below: int | None
) -> Begun | None:
    """What was done to both of the lines around a blank one."""
    above, below = (None if number is None else done[number] for number in (number_above, number_below))
    if above is None or below is None or above.passed_on(line) != below.passed_on(line):
        return None
    return above


def _neighbours(merged: Sequence[Line], number: int, trace: Trace) -> Begun | None:
    """What was done to the lines beside an added one that begin as it does, or to the one that it hangs below."""
    line = merged[number]
    if line.kind.startswith("#") or not line.says:
        return None
    above, parent, apart = _nearest(merged, line, range(number - 1, max(-1, number - _FAR), -1), trace)
    below, _, apart_below = _nearest(merged, line, range(number + 1, min(len(merged), number + _FAR)), trace)
    if above is not None and below is not None:
        one, other = trace[above], trace[below]
        both = one is not None and other is not None and one.passed_on(line) == other.passed_on(line)
        return one if both else None
    free = not line.lead and not line.kind
    if above is not None:
        return None if apart and free else trace[above]
    if below is not None:
        return None if apart_below and free else trace[below]
    return trace[parent] if parent is not None else None


def _nearest(
    merged: Sequence[Line], line: Line, numbers: Iterable[int], trace: Trace
) -> tuple[int | None, int | None, bool]:
    """The nearest line of the side that begins as `line`, else the one it hangs below; and if a blank is between."""
    apart = False
    for number in numbers:
        other = merged[number]
        apart = apart or (line.says and not other.says)
        if number not in trace or other.says != line.says:
            continue
        if other.begins_as(line):
            return number, None, apart
        if len(other.lead) < len(line.lead):
            hangs = line.lead.startswith(other.lead) and line.lead[len(other.lead) :].isspace()
            return None, number if hangs else None, apart
    return None, None, apart


def _counted_on(merged: Sequence[Line], begun: list[Line]) -> list[Line]:
    """`begun`, where lines that were marked with numbers by their neighbours count on."""
    made = list(begun)
    for number, line in enumerate(begun):
        if not _NUMBER.match(line.mark) or merged[number].kind == line.kind:
            continue
        before = _numbered_above(made, number)
        if before is not None:
            made[number] = line._replace(mark=f"{int(_match(_NUMBER, made[before].mark)) + 1}{line.kind}")
    return made


def _numbered_above(made: Sequence[Line], number: int) -> int | None:
    """The item above in the same list."""
    line = made[number]
    for above in range(number - 1, -1, -1):
        other = made[above]
        if not current().spend(1):
            return None
        if not other.says or len(other.lead) > len(line.lead):
            continue
        return above if other.lead == line.lead and other.kind == line.kind else None
    return None
