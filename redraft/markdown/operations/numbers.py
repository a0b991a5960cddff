"""The numbers of list items, which count on as items come and go, and what lies in an item, which its marker indents.

CommonMark measures the content of an item from the end of its marker: `10.` is a column wider than `9.`, so what hangs
below the item has to move with it, or it leaves the list.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from redraft.markdown.blocks import LINE_END, Block, Outline
from redraft.markdown.operations.fitting import MARKER, prefix
from redraft.markdown.replacement import Replacement

_FIRST = -10_000  # before all else that is put in at the same place: it belongs to the line
_CODE_INSET = 4  # columns from which on a block is indented code
_MOST_GAP = 4  # columns between a marker and its text; where there are more, the text is indented code


@dataclass(frozen=True, slots=True)
class Shift:
    """From item `first` (an index) on, the numbers of a list move by `by`, as `operation` adds or removes items."""

    list_id: str
    first: int
    by: int
    operation: int = 0
    to: int | None = None
    """Where that item is moved to, an index: then it alone is meant, and none behind it."""

    def counts_for(self, index: int, operation: int) -> bool:
        """Whether an item that `operation` puts in at `index` comes after what this shift stands for."""
        if self.to is not None:
            return False
        return self.first < index or (self.first == index and (self.by < 0 or self.operation < operation))


@dataclass(frozen=True, slots=True)
class Inset:
    """How far the content of an item stands in, and by how many columns that moves."""

    quotes: int
    """Quote marks before the item, in each of its lines."""
    column: int
    """Behind these marks and the space after them."""
    by: int
    stays: bool = False
    """Whether what is there stands so far in that it need not move."""

    def place(self, line: str) -> int | None:
        """Where in a line of the item its content begins; `None` where it does not stand in so far."""
        begin = _behind_quotes(line, self.quotes)
        if begin is None:
            return None
        base, at = _columns(line[:begin]), begin
        while at < len(line) and line[at] in " \t" and _columns(line[:at]) - base < self.column:
            at += 1
        return at if _columns(line[:at]) - base >= self.column else None

    def moved(self, text: str) -> str:
        """A text that is put into the item, with all lines but the first moved."""
        parts = re.split(f"({LINE_END.pattern})", text)
        for index in range(2, len(parts), 2):
            line, at = parts[index], self.place(parts[index])
            begins = index + 1 == len(parts) and line  # what stands there follows on it
            if at is None or not (begins or line.strip(" \t>")):
                continue
            falls_out = self.by > 0 and Inset(self.quotes, self.column + self.by, 0).place(line) is None
            if falls_out or not self.stays:
                parts[index] = self._moved(line, at)
        return "".join(parts)

    def _moved(self, line: str, at: int) -> str:
        if self.by > 0:
            return line[:at] + " " * self.by + line[at:]
        return line[: at + self.by] + line[at:] if self._has_room(line, at) else line

    def _has_room(self, line: str, at: int) -> bool:
        return at + self.by >= 0 and line[at + self.by : at] == " " * -self.by

    def replacements(self, outline: Outline, item: Block) -> Iterator[Replacement]:
        """What moves the lines of the item below its first."""
        if self.stays:
            return
        for start, line in _lines(outline, item):
            at = self.place(line)
            if at is not None and self.by > 0:
                yield Replacement(start + at, start + at, " " * self.by, order=_FIRST)
            elif at is not None and self._has_room(line, at):
                yield Replacement(start + at + self.by, start + at, "", order=_FIRST)


@dataclass(frozen=True, slots=True)
class Renumbered:
    """An item that gets another number: what does that, and what it does to the lines in the item."""

    item: Block
    number: Replacement
    inset: Inset | None
    lines: tuple[Replacement, ...] = ()

    def holds(self, other: Replacement) -> bool:
        """Whether another replacement lies within the item."""
        if other.start == other.end == self.item.end:
            return -other.order > self.item.depth
        return self.item.start < other.start and other.end <= self.item.end


def marker(outline: Outline, item: Block) -> tuple[str, str]:
    """The marker and the space behind it."""
    match = MARKER.match(outline.text, item.start, item.end)
    return (match[1], match[2]) if match else ("-", " ")


def number(outline: Outline, item: Block) -> int | None:
    """An ordered item's number, `None` with a bullet."""
    mark = marker(outline, item)[0]
    return int(mark[:-1]) if mark[:-1] else None


def written(value: int, like: str) -> str:
    """A number as a marker has it: with zeros in front where `like`, another one's digits, has them."""
    return str(max(value, 0)).zfill(len(like) if like.startswith("0") and len(like) > 1 else 0)


def content_margin(margin: str, mark: str, space: str) -> str:
    """The spaces that indent the content of an item behind a marker; `margin` is what stands before the marker."""
    return " " * _width(margin, mark, space or " ")


def inset(outline: Outline, item: Block, digits: str) -> Inset | None:
    """How the content of an item moves when it gets a number of these digits; `None` when it does not."""
    mark, space = marker(outline, item)
    margin = prefix(outline, item)
    old, new = _width(margin, mark, space), _width(margin, digits + mark[-1], space)
    if old == new:
        return None
    quotes = margin.count(">")
    begin = _behind_quotes(margin, quotes) or 0
    found = Inset(quotes, _columns(margin) - _columns(margin[:begin]) + old, new - old)
    return replace(found, stays=_stays(outline, item, found))


def renumber(outline: Outline, shifts: list[Shift]) -> list[Renumbered]:
    """New numbers for the items that shifts of several operations move, each list together."""
    made: list[Renumbered] = []
    lists: dict[str, list[Shift]] = {}
    for shift in shifts:
        lists.setdefault(shift.list_id, []).append(shift)
    for list_id, own in lists.items():
        parent, by, group = outline.find(list_id), 0, ""
        last = max(shift.operation for shift in own)
        waiting = sorted((shift for shift in own if shift.to is None), key=lambda shift: -shift.first)
        alone = {shift.first: _at_goal(shift, own) for shift in own if shift.to is not None}
        for item in parent.children if parent else ():
            while waiting and waiting[-1].first <= item.place:
                by, group = by + waiting[-1].by, group or f"o{waiting[-1].operation + 1}"
                waiting.pop()
            old = number(outline, item)
            if (total := alone.get(item.place, by)) and old is not None:
                made.append(_renumbered(outline, item, old + total, group, last))
    return made


def _at_goal(moved: Shift, shifts: Sequence[Shift]) -> int:
    """By how much the number of a moved item changes, with what other operations do before its new place."""
    assert moved.to is not None  # noqa: S101  # it is moved
    others = [each for each in shifts if each.operation != moved.operation]
    return moved.by + sum(each.by for each in others if each.counts_for(moved.to, moved.operation))


def _renumbered(outline: Outline, item: Block, value: int, group: str, operation: int) -> Renumbered:
    old = marker(outline, item)[0][:-1]
    new = written(value, old)
    put = Replacement(item.start, item.start + len(old), new, group=group, operation=operation)
    moves = inset(outline, item, new)
    lines = moves.replacements(outline, item) if moves else ()
    return Renumbered(item, put, moves, tuple(replace(each, group=group, operation=operation) for each in lines))


def _stays(outline: Outline, item: Block, found: Inset) -> bool:
    """Whether what is in the item may stay: it stands as far in under markers of any width, and is read as before."""
    column = _hang(outline, item)
    new = found.column + found.by
    if column is None or column < new:
        return False
    if column == found.column and not _is_set(outline, item, column):
        return False
    for child in item.children[1:]:
        line = outline.text[outline.line_start(child.start) : child.start]
        at = _behind_quotes(line, found.quotes)
        inside = _columns(line) - _columns(line[:at]) - new if at is not None else -1
        if child.kind == "code" or not 0 <= inside < _CODE_INSET:
            return False
    return True


def _is_set(outline: Outline, item: Block, column: int) -> bool:
    """Whether another item of the list has its content in the same column, and that farther in than its marker asks."""
    parent = outline.parent(item)
    for other in parent.children if parent else ():
        margin = prefix(outline, other)
        begin = _behind_quotes(margin, margin.count(">")) or 0
        own = _columns(margin) - _columns(margin[:begin]) + _width(margin, *marker(outline, other))
        if own < column and _hang(outline, other) == column:
            return True
    return False


def _hang(outline: Outline, item: Block) -> int | None:
    """The least column in which lines below an item's first stand, farther in than the item itself."""
    margin = prefix(outline, item)
    quotes = margin.count(">")
    least = _columns(margin) - _columns(margin[: _behind_quotes(margin, quotes) or 0])
    columns: list[int] = []
    for _, line in _lines(outline, item):
        if (begin := _behind_quotes(line, quotes)) is not None:
            inner = len(line) - len(line[begin:].lstrip(" \t"))
            columns.append(_columns(line[:inner]) - _columns(line[:begin]))
    return min((each for each in columns if each > least), default=None)


def _lines(outline: Outline, item: Block) -> Iterator[tuple[int, str]]:
    """The lines of an item that say something, without the first, and where they start."""
    start = outline.next_line(item.start)
    while start < item.end:
        after = outline.next_line(start)
        line = outline.text[start:after].rstrip("\r\n")
        if line.strip(" \t>"):
            yield start, line
        start = after


def _behind_quotes(line: str, count: int) -> int | None:
    """Where a line goes on behind that many quote marks and the space after them; `None` where it has fewer."""
    match = re.match(rf"(?:[ \t]*>[ ]?){{{count}}}", line)
    return match.end() if match else None


def _width(margin: str, mark: str, space: str) -> int:
    """How many columns a marker and the space behind it take up."""
    gap = _columns(margin + mark + space) - _columns(margin + mark)
    return len(mark) + (gap if 0 < gap <= _MOST_GAP else 1)


def _columns(text: str) -> int:
    return len(text.expandtabs(4))


def inside(renumbered: Sequence[Renumbered], made: Replacement) -> Replacement:
    """A replacement with its lines moved as the items move that it lies in."""
    text = made.text
    for each in sorted(renumbered, key=lambda each: -each.item.depth):  # outward: the columns inside still hold
        if each.inset and each.holds(made):
            text = each.inset.moved(text)
    return replace(made, text=text) if text != made.text else made
