"""How renderers may read a text: what one takes for code or a remark is live for another."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^([ \t>*+\-\d.)]*?)(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_UNQUOTED_LINE = re.compile(r"^(?![ \t]*+>)", re.MULTILINE)
_TICKS = re.compile(r"`+|\n[ \t>]*+(?=\n)")
_ANY_INDENTED = re.compile(r"^(?: {4}|\t)", re.MULTILINE)
_LINE = re.compile(r"[^\n]*+\n?")
_ITEM = re.compile(r"[ \t]*+(?:[*+-]|\d{1,9}[.)])(?=\s)")
_ESCAPED = re.compile(r"\\([!\[\]<`\\])")
_BLANK = re.compile(r"[^\n]")
_HIDDEN = {char: chr(0xF0000 + ord(char)) for char in "![]<`\\"}
_SHOWN = str.maketrans({hidden: char for char, hidden in _HIDDEN.items()})

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as one kind of renderer reads it, of the same length; `code` is what it may still take for code."""

    text: str
    code: tuple[Range, ...] = ()
    sure: bool = True


def readings(text: str) -> list[Reading]:
    """The strictest (code, remarks and escapes are no markup), one without indented code and remarks, as MDX reads, and
    the loosest, for which all is live. Fewer where they are the same.
    """
    fences = list(_fences(text))
    spans = list(_spans(_blanked(text, fences)))
    code = _merged(fences + spans)
    loosest = Reading(text, tuple(code), sure=False)
    middle = _escaped(_blanked(text, code))
    aside = list(_indented(middle)) + list(_remarks(middle))
    strict = _blanked(middle, _merged(aside))
    if strict == middle:
        return [Reading(strict), loosest]
    return [Reading(strict), Reading(middle), loosest]


def shown(address: str) -> str:
    """An address of a reading as it is written."""
    return address if address.isascii() else address.translate(_SHOWN)


def _fences(text: str) -> Iterator[Range]:
    """Fenced code, in any container; it ends with the container at the latest."""
    mark, quoted, opened, looked = "", False, 0, 0
    for match in _FENCE.finditer(text):
        if mark and quoted:
            lost = _UNQUOTED_LINE.search(text, looked, match.start())
            looked = match.start()
            if lost:
                yield opened, lost.start()
                mark = ""
        run, rest = match[2], match[3]
        if mark:
            if run.startswith(mark) and not rest.strip():
                yield opened, match.start()
                mark = ""
        elif run[0] == "~" or "`" not in rest:
            mark, quoted = run, ">" in match[1]
            opened = looked = match.end()
    if mark:
        lost = _UNQUOTED_LINE.search(text, looked) if quoted else None
        yield opened, lost.start() if lost else len(text)


def _spans(text: str) -> Iterator[Range]:
    """Code between equal runs of backticks, within a paragraph."""
    runs = list(_TICKS.finditer(text)) if "`" in text else []
    closing: list[int] = [-1] * len(runs)
    seen: dict[int, int] = {}
    for index in range(len(runs) - 1, -1, -1):
        if runs[index][0][0] == "\n":
            seen.clear()
            continue
        length = runs[index].end() - runs[index].start()
        closing[index] = seen.get(length, -1)
        seen[length] = index
    index = 0
    while index < len(runs):
        if closing[index] >= 0 and not _is_escaped(text, runs[index].start()):
            yield runs[index].end(), runs[closing[index]].start()
            index = closing[index]
        index += 1


def _is_escaped(text: str, position: int) -> bool:
    return text[max(0, position - 1) : position] == "\\" and text[max(0, position - 2) : position] != "\\\\"


def _indented(text: str) -> Iterator[Range]:
    """Lines that are code because they are four spaces in, unless a list item goes on there."""
    if not _ANY_INDENTED.search(text):
        return
    is_code, blank, item = False, True, False
    for match in _LINE.finditer(text):
        line = match[0]
        if not line.strip():
            blank = True
            continue
        if _ANY_INDENTED.match(line):
            is_code = (blank or is_code) and not item
        else:
            is_code = False
            item = _ITEM.match(line) is not None or (item and (not blank or line[0] in " \t"))
        blank = False
        if is_code:
            yield match.span()


def _remarks(text: str) -> Iterator[Range]:
    end = 0
    while (start := text.find("<!--", end)) >= 0:
        closed = text.find("-->", start)
        end = closed + 3 if closed >= 0 else len(text)
        yield start, end


def _escaped(text: str) -> str:
    """The text with escaped marks hidden, so that they are none."""
    return _ESCAPED.sub(lambda match: "\\" + _HIDDEN[match[1]], text) if "\\" in text else text


def _merged(ranges: list[Range]) -> list[Range]:
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _blanked(text: str, ranges: list[Range]) -> str:
    if not ranges:
        return text
    pieces: list[str] = []
    last = 0
    for start, end in ranges:
        pieces += text[last:start], _BLANK.sub(" ", text[start:end])
        last = end
    return "".join([*pieces, text[last:]])
