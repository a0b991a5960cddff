"""A line in its parts: what begins it (indentation, quote marks, marker), and its text."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from redraft.markdown.merging.tokens import lines

_LEAD = re.compile(r"(?:[ \t]*>)*[ \t]*")
_MARK = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)]|#{1,6})(?=[ \t]|$)")
_GAP = re.compile(r"[ \t]*")
_FENCE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}")


class Line(NamedTuple):
    """A line in its parts: `lead` is indentation and quote marks, `mark` a list marker or a heading's signs."""

    lead: str
    mark: str
    gap: str
    body: str
    end: str
    is_code: bool = False

    @property
    def head(self) -> str:
        """All that begins it."""
        return self.lead + self.mark + self.gap

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
        if line.kind and line.kind == self.old.kind and not self.new.kind:
            return line  # what became a text says nothing about items
        led = line.led_by(self.new.lead + line.lead.removeprefix(self.old.lead))
        follows = line.kind and line.kind == self.old.kind != self.new.kind
        return led._replace(mark=self.new.mark, gap=self.new.gap) if follows else led


def parsed(text: str) -> Iterator[Line]:
    """The lines of `text`; what lies in a fence has no markers of its own. A fence ends with the quote it lies in."""
    fence, depth = "", 0
    for whole in lines(text):
        body = whole.rstrip("\r\n")
        end = whole[len(body) :]
        lead = _match(_LEAD, body)
        if fence and lead.count(">") < depth:
            fence = ""
        if fence:
            lead = _code_lead(body, depth)
        rest = body[len(lead) :]
        fenced = _FENCE.match(rest)
        if fence:
            yield Line(lead, "", "", rest, end, is_code=True)
            if fenced and fenced[0].startswith(fence) and not rest[fenced.end() :].strip():
                fence = ""
            continue
        depth = lead.count(">")
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


def _code_lead(body: str, depth: int) -> str:
    """The marks of the quotes that code lies in, and its indentation."""
    start = 0
    for _ in range(depth):
        start = body.index(">", start) + 1
    return body[:start] + _match(_GAP, body[start:])


def _match(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.match(text)
    return found[0] if found else ""
