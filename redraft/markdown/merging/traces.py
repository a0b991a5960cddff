"""What became of a side's lines in the merged text, and what each line of that begins with as this side has it."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from redraft.markdown.merging.line_parts import Begun, Line, parsed
from redraft.markdown.merging.pairs import Pairs, gaps, pairs

_FAR = 50  # lines up to which a neighbour is looked for


@dataclass(frozen=True)
class Side:
    """A text with the beginnings of the base, and by line number which lines began otherwise."""

    lines: list[Line]
    begun: dict[int, Begun]

    @property
    def text(self) -> str:
        """The text with the beginnings of the base."""
        return "".join(line.text() for line in self.lines)


Trace = dict[int, Begun | None]
"""By line of the result, for those that a side has too: what it did to their beginning."""


def begun_by(side: Side, other: Side, merged: Sequence[Line], trace: Trace) -> list[Line]:
    """The lines of `merged`, each with the beginning that the side gives it, or gave those beside it.

    Only lines that begin as in the other side follow those beside them: others have got their beginning already.
    """
    if not side.begun:
        return list(merged)
    free = {number for number, own in pairs(merged, other.lines) if merged[number].begins_as(other.lines[own])}
    return _begun(merged, trace, free)


def written_over(base: Sequence[Line], side: Side, other: Side, trace: Trace) -> bool:
    """Whether a line that the side began anew is not in the result, and the other side wrote others in its place.

    What it was begun with says nothing about those. A line that the other side took away needs no beginning.
    """
    found = Counter(begun for begun in trace.values() if begun is not None)
    missing = Counter(begun for begun in side.begun.values() if begun.new.says) - found
    if not missing:
        return False
    for old, new in gaps(base, other.lines, pairs(base, other.lines)):
        if any(other.lines[number].says for number in new):
            gone = {base[number] for number in old}
            if any(begun.old in gone for begun in missing):
                return True
    return False


def side_of(base: list[Line], side: list[Line]) -> Side:
    """The lines of a side, and what it did to the beginnings of those that it has from the base."""
    begun: dict[int, Begun] = {}
    made = list(side)
    for old, new in pairs(base, side) if _may_begin_anew(base, side) else ():
        if not side[new].begins_as(base[old]):
            line = side[new].begun_as(base[old])
            if line.is_code or [*parsed(line.text())] == [line]:  # else what follows would be taken for its beginning
                made[new] = line
                begun[new] = Begun(base[old], side[new])
    return Side(made, begun)


def _may_begin_anew(base: Sequence[Line], side: Sequence[Line]) -> bool:
    """Whether the changed lines begin otherwise than those that stood there, or one of the same words does; quickly."""
    there, here = set(base), set(side)
    gone, new = _beginnings(there - here), _beginnings(here - there)
    if gone and set().union(*new.values()) - set().union(*gone.values()):
        return True
    return any(new[body] != gone[body] for body in new.keys() & gone.keys())


def _beginnings(texts: Iterable[Line]) -> dict[str, set[tuple[str, str]]]:
    """What the lines that say something begin with, by what follows."""
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for line in texts:
        if line.says:
            found[line.body].add((line.lead, line.kind))
    return found


def traced(merged: Sequence[Line], side: Side) -> Trace:
    """Which lines of the result the side has too: at their place, or moved where nothing else is equal to them.

    Empty where the side began no line anew: then nobody needs to know.
    """
    if not side.begun:
        return {}
    both = [pair for pair in pairs(merged, side.lines) if merged[pair[0]].begins_as(side.lines[pair[1]])]
    both += _in_place(merged, side, both)
    trace: Trace = {number: side.begun.get(own) for number, own in both}
    found = {own for _, own in both}
    missing = Counter(side.lines[own] for own in side.begun.keys() - found)
    left = Counter(line for number, line in enumerate(merged) if number not in trace)
    by_line = {side.lines[own]: begun for own, begun in side.begun.items() if own not in found}
    for number, line in enumerate(merged):
        if number not in trace and missing[line] == left[line] == 1:
            trace[number] = by_line[line]
    return trace


def _in_place(merged: Sequence[Line], side: Side, found: Pairs) -> Iterator[tuple[int, int]]:
    """Lines that the other side wrote anew, as many as stood there and begun as these: each in the place of one."""
    for old, new in gaps(merged, side.lines, found):
        both = [*zip(old, new, strict=False)]
        if len(old) == len(new) and all(merged[number].begins_as(side.lines[own]) for number, own in both):
            yield from both


def _begun(merged: Sequence[Line], trace: Trace, free: Container[int]) -> list[Line]:
    """Each line of the result as the side begins it: its own as it did, those that are `free` as their neighbours."""
    done = [
        trace[number] if number in trace else _neighbours(merged, number, trace) if number in free else None
        for number in range(len(merged))
    ]
    above: list[int | None] = []  # for each line the nearest one above that says something
    for number in range(len(merged)):
        above.append(number - 1 if number and merged[number - 1].says else above[-1] if number else None)
    below: int | None = None
    for number in range(len(merged) - 1, -1, -1):
        if merged[number].says:
            below = number
        elif number not in trace and number in free:
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
        if apart and line.kind and other.says and not other.kind and len(other.lead) <= len(line.lead):
            break  # a text, or another section, between two lists
        if number not in trace or other.says != line.says:
            continue
        if other.begins_as(line):
            return number, None, apart
        if len(other.lead) < len(line.lead):
            hangs = line.lead.startswith(other.lead) and line.lead[len(other.lead) :].isspace()
            return None, number if hangs else None, apart
    return None, None, apart
