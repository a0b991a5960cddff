"""Both sides added something at one place: one after the other, what is the same once, and variants never both."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from redraft.markdown.align import Match, align
from redraft.markdown.merging.tokens import ends_line, is_word, lines, says, tokens

Lines = Sequence[str]
Words = Sequence[str]

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]")
_ITEM = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]|[ \t]*\|| {0,3}\[[^\]\n]+\]:")
_NUMBER = re.compile(r"([ \t]*)([0-9]{1,9})[.)]")
_BADGE = re.compile(r"[ \t]*(?:!?\[|<)")
_LABEL = re.compile(r" {0,3}(\[[^\]\n]+\]):")
_FIELD = re.compile(r"\W{0,3}([\w-]+):[ \t]")
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)")
_CELL = re.compile(r"[ \t]*\|?([^|\n]+)\|")

_APART = (_ITEM, _HEADING, _CELL, _BADGE)  # lines that stand beside others of their kind in any order

_SOME = "?"  # a line that says something, and that we do not see

ALIKE = 0.5  # paragraphs that share this part of their words are two wordings of one thing


def united(mine: Words, theirs: Words, above: Words, below: Words) -> list[str] | None:
    """Two additions, cut into words, as one, or None where they cannot stand beside each other.

    They stand together when both are whole lines: in the middle of a line nobody can tell the order.
    `above` and `below` are the two words, or line ends, before and after.
    """
    if ends_line(mine[-1]) and ends_line(theirs[-1]):
        both = united_lines(
            lines("".join(mine)),
            lines("".join(theirs)),
            "".join(above).strip(),
            "".join(below[:1]).strip() if below else _SOME,
        )
        return None if both is None else tokens("".join(both))
    if ends_line(mine[0]) and ends_line(theirs[0]):
        # Here the end of the line above leads: behind, the additions are whole lines.
        both = united_lines(
            lines("".join([*mine[1:], mine[0]])),
            lines("".join([*theirs[1:], theirs[0]])),
            _SOME,
            "".join(below).strip(),
        )
        return None if both is None else [mine[0], *tokens("".join(both))[:-1]]
    return None


def united_lines(mine: Lines, theirs: Lines, above: str, below: str) -> list[str] | None:
    """Two additions of whole lines as one. `above`, `below`: the next line there; "" where it is blank, or none is."""
    shared = [match for match in _aligned(mine, theirs) if any(map(says, _run(mine, match)))]
    smaller = min(sum(map(len, mine)), sum(map(len, theirs)))
    if 2 * sum(len(line) for match in shared for line in _run(mine, match)) < smaller:
        shared = []
    both: list[str] = []
    at = their_at = 0
    for match in [*shared, Match(len(mine), len(theirs), 0)]:
        last = match.a == len(mine)
        beside = "" if at else above, below if last else ""
        gap = _in_turn(mine[at : match.a], theirs[their_at : match.b], *beside, bool(shared))
        if gap is None:
            return None
        both += [*gap, *_run(mine, match)]
        at, their_at = match.a + match.size, match.b + match.size
    return both


def _aligned(mine: Lines, theirs: Lines) -> list[Match]:
    """What both have, the same whichever side is mine: where several alignments are as long, the sides would differ."""
    if [*mine] <= [*theirs]:
        return align(mine, theirs)
    return [Match(match.b, match.a, match.size) for match in align(theirs, mine)]


def _run(texts: Lines, match: Match) -> Lines:
    return texts[match.a : match.a + match.size]


def _in_turn(mine: Lines, theirs: Lines, above: str, below: str, versions: bool) -> list[str] | None:
    if not any(map(says, mine)) or not any(map(says, theirs)):
        return list(mine if any(map(says, mine)) else theirs or mine)
    if versions or _variants(mine, theirs):
        return None
    first, second = sorted((mine, theirs), key=lambda side: _rank(side, above, below))
    return [*_stacked(first, second, above, below)]


def _variants(mine: Lines, theirs: Lines) -> bool:
    """Whether both added the same thing in other words: then a person must choose."""
    headings, their_headings = _named(mine, _heading), _named(theirs, _heading)
    if headings or their_headings:
        return bool(headings & their_headings)
    if _named(mine, _key) & _named(theirs, _key) or (_is_prose(mine) and _is_prose(theirs)):
        return True
    words, their_words = (Counter(filter(is_word, tokens("".join(_plain(side))))) for side in (mine, theirs))
    shared = 2 * (words & their_words).total()
    return bool(shared) and shared >= ALIKE * (words.total() + their_words.total())


def _named(side: Lines, name: Callable[[str], str]) -> set[str]:
    return {key for key in map(name, side) if any(map(str.isalnum, key))}


def _heading(line: str) -> str:
    match = _HEADING.match(line)
    return line[match.end() :].strip().lower() if match else ""


def _key(line: str) -> str:
    """What names the thing that a line adds: a label, a field's name, the link of an item, a row's first cell."""
    if (
        match := _LABEL.match(line)
        or _FIELD.match(line)
        or (_ITEM.match(line) and _LINK.search(line))
        or _CELL.match(line)
    ):
        return match[1].strip().lower()
    return ""


def _plain(side: Lines) -> Iterator[str]:
    return (line for line in side if not any(pattern.match(line) for pattern in _APART))


def _is_prose(side: Lines) -> bool:
    """Whether it begins with running text (or code): two of these have no order that could be told."""
    first = next(filter(says, side))
    return not any(pattern.match(first) for pattern in (*_APART, _FIELD))


def _rank(side: Lines, above: str, below: str) -> tuple[int, int, int]:
    """What goes on with the section above comes first, then its subsections, then sections of its own rank.

    Within one section: first what goes on with a list or table above, last what the one below goes on with; so do
    lines without a blank one between them and the text there.
    """
    heading = _HEADING.match(next(filter(says, side)))
    listed = _is_listed(side[-1], below) - _is_listed(above, side[0])
    hung = bool(below and says(side[-1])) - bool(above and says(side[0]))
    return (7 - len(heading[1]) if heading else 0), listed, hung


def _is_listed(line: str, next_line: str) -> bool:
    """Whether both are items of one list, or rows of one table."""
    return _mark(line) != "" and _mark(line) == _mark(next_line)


def _mark(line: str) -> str:
    item = _ITEM.match(line)
    mark = item[0].strip(" \t>")[:1] if item else ""
    return "1" if mark.isdigit() else mark


def _stacked(first: Lines, second: Lines, above: str, below: str) -> Iterator[str]:
    """`first` above `second`, blank lines between blocks and around them, none inside one list or table.

    One blank line, or as many as both sides put. A line of nothing but spaces is kept as it is.
    """
    top = _body(first)
    bottom = _numbered_on(top, _body(second))
    end = top[-1][len(top[-1].rstrip("\r\n")) :]
    blank = min((line for line in [*first, *second] if not says(line)), key=len, default=end)
    gap = [blank] * max(1, min(map(_blanks, (first, second))))
    spaced = len(top) < len(first) or len(bottom) < len(second)
    if above and not says(first[0]):
        yield from gap
    yield from top
    if says(top[-1]) and (_HEADING.match(bottom[0]) or (spaced and not _is_listed(top[-1], bottom[0]))):
        yield from gap
    yield from bottom
    if below and says(bottom[-1]) and not says(second[-1]):
        yield from gap


def _blanks(side: Lines) -> int:
    """How many blank lines it begins or ends with, whichever is more."""
    return max(next(index for index, line in enumerate(ends) if says(line)) for ends in (side, side[::-1]))


def _body(side: Lines) -> Lines:
    held = [index for index, line in enumerate(side) if line.strip("\r\n")]
    return side[held[0] : held[-1] + 1]


def _numbered_on(top: Lines, bottom: Lines) -> Lines:
    """`bottom`, where both go on with one numbered list, with the numbers that follow those of `top`.

    A list in which every item is number 1 stays so.
    """
    number, other = _NUMBER.match(top[0]), _NUMBER.match(bottom[0])
    if not number or not other or number[0] != other[0] or int(number[2]) == 1:
        return bottom
    indent = number[1]
    count = sum(1 for line in top if (item := _NUMBER.match(line)) and item[1] == indent)
    return [
        f"{indent}{int(item[2]) + count}{line[item.end(2) :]}" if item and item[1] == indent else line
        for line, item in ((line, _NUMBER.match(line)) for line in bottom)
    ]
