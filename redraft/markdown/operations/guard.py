"""No operation changes how its neighbours read: parted from them where a line parts them, else refused."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from redraft.markdown.blocks import Block, Outline
from redraft.markdown.intact import Window, broken, windows
from redraft.markdown.operations.fitting import prefix
from redraft.markdown.replacement import Replacement

_SEPARATORS = ("", "<!-- -->")
"""A blank line, which parts a paragraph from what follows; and what parts two lists, which nothing else does."""
_MOST = 8  # changes of one window that are tried


@dataclass(frozen=True, slots=True)
class Refused:
    """The operation that cannot stand, and why, in words for the model."""

    operation: int
    message: str


def parted(
    outline: Outline, taken: Sequence[Replacement], exempt: Collection[int], tied: Sequence[Collection[int]] = ()
) -> list[Replacement] | Refused:
    """The replacements, with lines that part them from their neighbours where they need one.

    `exempt` are operations that may change how others read: they bring back what the user had saved. Operations that
    are `tied` are judged together only: what one does has moved with the other.
    """
    made: list[Replacement] = []
    for window in windows(outline, taken):
        asked = {each.operation for each in window.changes}
        if asked & set(exempt):
            made += window.changes
            continue
        units = _units(asked, tied)
        for unit in units if len(units) > 1 else ():  # one could swallow what another one changes
            own = [each for each in window.changes if each.operation in unit]
            for part in windows(outline, own):
                if isinstance(refused := _mended(outline, part), Refused):
                    return refused
        mended = _mended(outline, window)
        if isinstance(mended, Refused):
            return mended
        made += mended.changes
    return made


def _units(asked: Collection[int], tied: Sequence[Collection[int]]) -> list[set[int]]:
    """The operations, each alone or with those that it is tied to."""
    units: list[set[int]] = []
    for operation in sorted(asked):
        mates = {operation}.union(*(each for each in tied if operation in each))
        joined = [unit for unit in units if unit & mates]
        units = [unit for unit in units if not unit & mates] + [mates.union(*joined)]
    return units


def _mended(outline: Outline, window: Window) -> Window | Refused:
    """The window with separators put in until no block is lost, if they help."""
    lost = broken(outline, window)
    while lost:
        for tried in _tries(outline, window):
            if len(left := broken(outline, tried)) < len(lost):
                window, lost = tried, left
                break
        else:
            return Refused(max(each.operation for each in window.changes), _told(outline, lost[0]))
    return window


def _tries(outline: Outline, window: Window) -> Iterator[Window]:
    changes = window.changes
    for index, each in enumerate(changes[:_MOST]):
        for separator in _SEPARATORS if "<!--" not in each.text else _SEPARATORS[:1]:  # it would end that comment
            for text in (_below(outline, each, separator), _above(outline, each, separator)):
                if text is not None:
                    put = replace(each, text=text)
                    yield replace(window, changes=(*changes[:index], put, *changes[index + 1 :]))


def _below(outline: Outline, each: Replacement, separator: str) -> str | None:
    """The new text with the separator under it; `None` where the change ends within a line."""
    end, margin = outline.line_end, _margin(outline, each)
    blank = end + margin.rstrip()
    if outline.text[each.end : each.end + 1] in ("", "\r", "\n"):
        return each.text + blank + (end + margin + separator if separator else "")
    if _starts_line(outline, each.end) and (not each.text or re.search(r"[\r\n][ \t>]*\Z", each.text)):
        return each.text + (separator + blank if separator else "") + end + margin
    return None


def _above(outline: Outline, each: Replacement, separator: str) -> str | None:
    """The new text with the separator over it; `None` where the change begins within a line."""
    end, margin = outline.line_end, _margin(outline, each)
    blank = end + margin.rstrip()
    if _starts_line(outline, each.start):
        return (separator + blank if separator else "") + end + margin + each.text
    if not each.text or each.text[0] in "\r\n":
        return blank + (end + margin + separator if separator else "") + each.text
    return None


def _starts_line(outline: Outline, position: int) -> bool:
    """Whether nothing but the marks of containers stands before it in its line."""
    return not outline.text[outline.line_start(position) : position].strip("\ufeff \t>")


def _margin(outline: Outline, each: Replacement) -> str:
    """What a line starts with in the quote or item the change lies in."""
    margin, inside = "", outline.blocks
    while container := next((block for block in inside if block.start < each.start and each.end <= block.end), None):
        if container.kind in ("quote", "item") and container.children:
            margin = prefix(outline, container.children[0])
        inside = container.children
    return margin


def _told(outline: Outline, lost: Block) -> str:
    words = " ".join(outline.source(lost).split())[:60]
    return (
        f"After this {words!r} would no longer be a {lost.kind} of its own: close what the new text opens, "
        "or replace that block too."
    )
