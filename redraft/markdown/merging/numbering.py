"""The numbers of ordered lists. Where every list counts on, its numbers say only where it starts: the merge does
without them, and counts the items of the result.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from redraft.markdown.merging.result import MergeResult

_NUMBERS = re.compile(r"^[ \t]*[0-9]{1,9}(?=[.)][ \t])", re.MULTILINE)
_LINE = re.compile(r"^([ \t]*)(?:([0-9]{1,9})[.)][ \t]|(`{3,}|~{3,})|(?=[^\s]))", re.MULTILINE)

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
    return _replaced(text, ((item, items[0].number) for items in _lists(text) for item in items))


def counted(result: MergeResult) -> MergeResult | None:
    """`result`, merged from texts with `alike` numbers, with its lists counted through.

    None where a conflict holds items: their numbers depend on how it is settled.
    """
    if any(_NUMBERS.search(text) for each in result.conflicts for text in (each.base, each.mine, each.theirs)):
        return None
    changes = sorted(
        (item, str(int(items[0].number) + index))
        for items in _lists(result.document)
        for index, item in enumerate(items)
    )
    growth = [0]
    for item, number in changes:
        growth.append(growth[-1] + len(number) - len(item.number))
    places = [item.at for item, _ in changes]
    conflicts = [
        replace(each, start=each.start + grown, end=each.end + grown)
        for each in result.conflicts
        for grown in [growth[bisect_left(places, each.start)]]
    ]
    return MergeResult(_replaced(result.document, changes), conflicts)


def _replaced(text: str, changes: Iterable[tuple[Item, str]]) -> str:
    pieces: list[str] = []
    done = 0
    for item, number in sorted(changes):
        pieces += [text[done : item.at], number]
        done = item.at + len(item.number)
    return "".join([*pieces, text[done:]])


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
