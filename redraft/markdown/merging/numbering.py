"""The numbers of ordered lists. Where every list counts on, its numbers say only where it starts: the merge does
without them, and counts the items of the result.

What lies in an item is indented by the width of its marker, and moves when the number gets a digit more or less.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from redraft.markdown.merging.result import Conflict, MergeResult
from redraft.markdown.replacement import Replacement, splice

_NUMBERS = re.compile(r"^[ \t]*[0-9]{1,9}(?=[.)][ \t])", re.MULTILINE)
_LINE = re.compile(r"^([ \t]*)(?:([0-9]{1,9})[.)][ \t]|(`{3,}|~{3,})|(?=[^\s]))", re.MULTILINE)
_EVERY = re.compile(r"^([ ]*)(?:[0-9]{1,9}[.)]|[-+*])?([ \t]*)([^\r\n]?)", re.MULTILINE)
_BLOCK = re.compile(r"[0-9]{1,9}[.)][ \t]|[-+*][ \t]|#{1,6}[ \t]|>|`{3}|~{3}")

MANY = 10_000
"""Items of the three texts together up to which lists are counted anew,"""
LONG = 1_500_000
"""and their characters: each is looked at several times."""


class Item(NamedTuple):
    """Where the number of an item stands, its text, and the column that tells which list it belongs to."""

    at: int
    number: str
    column: int


def renumbers(base: str, mine: str, theirs: str) -> bool:
    """Whether a side numbered items anew, and the lists of all three texts count on.

    Neither of more than `MANY` items nor in texts over `LONG`: these are looked at item by item, several times.
    """
    if len(base) + len(mine) + len(theirs) > LONG:
        return False
    numbers, mine_numbers, their_numbers = (_NUMBERS.findall(text) for text in (base, mine, theirs))
    if numbers == mine_numbers == their_numbers or len(numbers) + len(mine_numbers) + len(their_numbers) > MANY:
        return False
    return all(_counts_on(items) for text in (base, mine, theirs) for items in _lists(text))


def alike(text: str) -> str:
    """`text` with the first number of each list on all its items."""
    return splice(text, _renumbered(text, ((item, items[0].number) for items in _lists(text) for item in items)))


def counted(result: MergeResult) -> MergeResult | None:
    """`result`, merged from texts with `alike` numbers, with its lists counted through.

    None where a conflict holds items: their numbers depend on how it is settled.
    """
    if any(_NUMBERS.search(text) for each in result.conflicts for text in (each.base, each.mine, each.theirs)):
        return None
    numbers = (
        (item, str(int(items[0].number) + index))
        for items in _lists(result.document)
        for index, item in enumerate(items)
    )
    made = _renumbered(result.document, numbers)
    document = splice(result.document, made)
    ends = [each.end for each in made]
    growth = [0, *accumulate(len(each.text) - (each.end - each.start) for each in made)]

    def moved(place: int) -> int:
        return place + growth[bisect_right(ends, place)]

    conflicts: list[Conflict] = []
    for each in result.conflicts:
        start, end = moved(each.start), moved(each.end)
        conflicts.append(Conflict(each.base, document[start:end], each.theirs, start, end))
    return MergeResult(document, conflicts)


def _renumbered(text: str, numbers: Iterable[tuple[Item, str]]) -> list[Replacement]:
    """What gives items these numbers and keeps what lies in them in them, in order."""
    changed = {item.at: (item, number) for item, number in numbers if number != item.number}
    made = [Replacement(at, at + len(item.number), number) for at, (item, number) in changed.items()]
    wider = {at: len(number) - len(item.number) for at, (item, number) in changed.items()}
    if any(wider.values()):
        made += _indented(text, wider)
    return sorted(made, key=lambda each: each.place)


def _indented(text: str, wider: dict[int, int]) -> Iterator[Replacement]:
    """What moves the lines in items whose marker gets wider or narrower; `wider` is by where the marker stands."""
    within: list[tuple[int, int]] = []  # the column in which an item's content stands, and by how much it moves
    blank = True
    for line in _EVERY.finditer(text):
        indent, start = len(line[1]), line.start()
        if not line[3]:
            if line.end() < len(text):
                blank = True
            continue
        inner = start + indent
        if blank or _BLOCK.match(text, inner) or (within and indent >= within[-1][0]):
            while within and indent < within[-1][0]:
                within.pop()
            if by := sum(each for _, each in within):
                yield Replacement(start, start, " " * by) if by > 0 else Replacement(start, start - by, "")
        blank = False
        if inner in wider:
            gap = len(line[2]) if len(line[2]) <= 4 else 1
            within.append((line.start(2) - start + gap, wider[inner]))


def _counts_on(items: list[Item]) -> bool:
    return all(int(item.number) == int(items[0].number) + index for index, item in enumerate(items))


def _lists(text: str) -> Iterator[list[Item]]:
    """The ordered lists of `text`, as far as indentation tells; nested ones apart, fenced code left out."""
    if not _NUMBERS.search(text):
        return
    nested: list[list[Item]] = []
    fence = ""
    for line in _LINE.finditer(text):
        indent, number, fenced = line[1], line[2], line[3]
        if fenced and (not fence or fenced.startswith(fence)):
            fence = "" if fence else fenced
        if fence:
            continue
        column = len(indent.expandtabs(4))
        while nested and (nested[-1][0].column > column or (nested[-1][0].column == column and not number)):
            yield nested.pop()
        if number:
            if not nested or nested[-1][0].column < column:
                nested.append([])
            nested[-1].append(Item(line.start(2), number, column))
    yield from nested
