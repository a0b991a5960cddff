"""A draft as passages: the pieces small enough to be shown one by one, each with the section it stands in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from redraft.markdown import Block, Outline
from redraft.markdown.blocks import LINE_END

MARKER = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?|\s*#+\s")
"""What a line of a list, or a heading, begins with."""
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)*_]*\s+(?=\S)|(?<=[。！？])")
_BY_LINE = {"fence", "code", "front_matter", "html", "math", "definitions"}


@dataclass(frozen=True)
class Passage:
    """A heading, an item's own words, a row, a line of code, or a sentence; positions in code points."""

    start: int
    end: int
    block: Block
    text: str
    section: str
    """The words of the heading it stands under."""


def heading_words(outline: Outline, heading: Block) -> str:
    """A heading's text without its marks."""
    first = LINE_END.split(outline.source(heading), maxsplit=1)[0]
    return re.sub(r"^\s*#{1,6}\s*|\s+#+\s*$", "", first).strip()


def passages(outline: Outline) -> list[Passage]:
    """Every passage, in the order of the text."""
    found: list[Passage] = []
    section = ""
    for block in outline.blocks:
        if block.kind == "heading":
            section = heading_words(outline, block)
        for start, end, owner in _pieces(outline, block):
            text = outline.text[start:end]
            if text.strip():
                found.append(Passage(start, end, owner, text, section))
    return found


def _pieces(outline: Outline, block: Block) -> Iterator[tuple[int, int, Block]]:
    if block.kind in _BY_LINE:
        for start, end in _lines(outline.text, block):
            yield start, end, block
    elif block.kind in ("list", "table", "quote"):
        for child in block.children:
            yield from _pieces(outline, child)
    elif block.kind == "item":
        yield from _item(outline, block)
    elif block.kind == "paragraph" and block.end - block.start > 80:
        for start, end in sentences(outline.text, block.start, block.end):
            yield start, end, block
    else:
        yield block.start, block.end, block


def _item(outline: Outline, item: Block) -> Iterator[tuple[int, int, Block]]:
    own, *others = item.children or (item,)
    if own.kind != "paragraph" and own is not item:
        own, others = item, []
    if own.end - item.start <= 300:
        yield item.start, own.end, item
    else:
        for start, end in sentences(outline.text, item.start, own.end):
            yield start, end, item
    for other in others:
        yield from _pieces(outline, other)


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences between two positions, without the space between them."""
    position = start
    for match in _SENTENCE_END.finditer(text, start, end):
        if match.start() > position:
            yield position, match.start()
        position = match.end()
    if position < end:
        yield position, end


def _lines(text: str, block: Block) -> Iterator[tuple[int, int]]:
    position = block.start
    for match in LINE_END.finditer(text, block.start, block.end):
        yield position, match.start()
        position = match.end()
    yield position, block.end


def one_line(text: str, limit: int = 0) -> str:
    """The text on one line, cut after `limit` characters (0: not at all)."""
    line = " ".join(text.split())
    return line if not limit or len(line) <= limit else line[: limit - 1].rstrip() + "…"
