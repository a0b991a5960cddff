"""A message in pieces that can be quoted by themselves: sentences, items of lists, rows of tables, blocks of code."""

import re
from dataclasses import dataclass

from redraft.markdown.sentences import sentences

SHORT = 240
"""Characters of a message that is quoted whole: in pieces it would lose what they say together."""
LONGEST = 600
"""Characters of a piece of prose: a text without full stops is cut between words."""
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_ITEM = re.compile(r"\s*(?:[-*+•]\s+|[(（]?(?P<number>\d{1,3})(?:[.)]\s+|[、）．]\s*))\S")
_ROW = re.compile(r"\s*\|.*\|\s*\Z")
_RULE = re.compile(r"[\s|:-]+\Z")
_HEADING = re.compile(r"\s*#{1,6}\s|\s*\*\*[^*]+\*\*:?\s*\Z")


@dataclass(frozen=True)
class Piece:
    """`lead` is the place of the piece that says what this one is about, as the line before a list does.

    `numbers` are those of the items or rows in it; items without numbers are counted from 1.
    """

    text: str
    lead: int | None = None
    numbers: tuple[int, ...] = ()


def pieces(text: str) -> list[Piece]:
    """All of a message, in order, without empty lines."""
    found = _Cutting().cut(text)
    if len(found) > 1 and len(text) <= SHORT:
        return [Piece(text.strip(), None, tuple(number for each in found for number in each.numbers))]
    return found


class _Cutting:
    def __init__(self) -> None:
        self._found: list[Piece] = []
        self._prose: list[str] = []
        self._lead: int | None = None
        self._count = 0

    def cut(self, text: str) -> list[Piece]:
        lines = text.split("\n")
        at = 0
        while at < len(lines):
            line = lines[at]
            if fence := _FENCE.match(line):
                at = self._code(lines, at, fence[1])
            elif _ROW.match(line):
                at = self._row(lines, at)
            elif item := _ITEM.match(line):
                at = self._item(lines, at, item["number"])
            else:
                self._line(line)
                at += 1
        self._end_prose()
        return self._found

    def _line(self, line: str) -> None:
        if not line.strip():
            self._end_prose()
            return
        self._count = 0
        if _HEADING.match(line):
            self._end_prose()
            self._found.append(Piece(line.strip()))
            self._lead = len(self._found) - 1
        else:
            self._prose.append(line.strip())

    def _end_prose(self) -> None:
        text, self._prose = "\n".join(self._prose), []
        if not text:
            return
        above = self._lead if self._lead is not None and _HEADING.match(self._found[self._lead].text) else None
        for start, end in sentences(text):
            for at in range(start, end, LONGEST):
                if piece := text[at : min(end, at + LONGEST)].strip():
                    self._found.append(Piece(piece, above))
        self._lead = len(self._found) - 1

    def _code(self, lines: list[str], at: int, mark: str) -> int:
        self._end_prose()
        end = at + 1
        while end < len(lines) and not lines[end].strip().startswith(mark):
            end += 1
        self._found.append(Piece("\n".join(lines[at : end + 1]), self._lead))
        return end + 1

    def _row(self, lines: list[str], at: int) -> int:
        self._end_prose()
        if at + 1 < len(lines) and _ROW.match(lines[at + 1]) and _RULE.match(lines[at + 1]):
            self._found.append(Piece("\n".join(lines[at : at + 2]), self._lead))
            self._lead, self._count = len(self._found) - 1, 0
            return at + 2
        self._count += 1
        self._found.append(Piece(lines[at].strip(), self._lead, (self._count,)))
        return at + 1

    def _item(self, lines: list[str], at: int, number: str | None) -> int:
        self._end_prose()
        end = at + 1
        while end < len(lines) and lines[end][:1].isspace() and lines[end].strip() and not _ITEM.match(lines[end]):
            end += 1
        self._count = int(number) if number else self._count + 1
        self._found.append(Piece("\n".join(lines[at:end]).strip(), self._lead, (self._count,)))
        return end
