"""Sections: what a heading heads, and the level that its headings get at another place.

Link reference definitions and footnotes at the end of a text belong to all of it, and not to its last section.
"""

import re
from collections.abc import Iterator, Sequence

from redraft.markdown.blocks import LINE_END, Block, Outline, cut
from redraft.markdown.replacement import CannotApply, Replacement

APPENDED = frozenset({"definitions", "footnote"})
"""Kinds of blocks that belong to the whole text."""
_DEEPEST = 6
_UNDERLINE = re.compile(r"(?:\r\n|\n|\r)[ \t]*(=+|-+)[ \t]*\Z")
_CLOSING = re.compile(r"(?<=[ \t])#+(?=[ \t]*\Z)")


def section(outline: Outline, heading: Block) -> tuple[Block, ...]:
    """The heading and what it heads, without the definitions at the end of the text."""
    blocks = outline.section(heading)
    return blocks[: len(blocks) - len(_appendix(outline, blocks))]


def movable(outline: Outline, heading: Block) -> tuple[Block, ...]:
    """The section; where it holds nothing but definitions, these too."""
    blocks = section(outline, heading)
    return outline.section(heading) if len(blocks) == 1 else blocks


def appendix(outline: Outline, heading: Block) -> tuple[Block, ...]:
    """The definitions at the end of the text, where the heading's section is the last one."""
    return _appendix(outline, outline.section(heading))


def is_appended(text: str) -> bool:
    """Whether a text is nothing but definitions and footnotes."""
    blocks = cut(text, front_matter=False).blocks
    return bool(blocks) and all(block.kind in APPENDED for block in blocks)


def below_its_kind(blocks: Sequence[Block], text: str) -> Block:
    """The last block of the kind of new definitions among those at the end; where there is none, the last block."""
    kind = cut(text, front_matter=False).blocks[0].kind
    return next((block for block in reversed(end_matter(blocks)) if block.kind == kind), blocks[-1])


def _appendix(outline: Outline, blocks: Sequence[Block]) -> tuple[Block, ...]:
    if not blocks or blocks[-1] != outline.blocks[-1]:
        return ()
    return end_matter(blocks[1:])


def end_matter(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The definitions that blocks end with."""
    first = len(blocks)
    while first and blocks[first - 1].kind in APPENDED:
        first -= 1
    return tuple(blocks[first:])


def levelled(outline: Outline, blocks: Sequence[Block], level: int) -> Iterator[Replacement]:
    """What gives a section's heading that level, and moves those below it as far."""
    by = level - blocks[0].level
    headings = [block for block in blocks if block.kind == "heading"]
    if by and max(heading.level for heading in headings) + by > _DEEPEST:
        raise CannotApply(
            f"At this place the section would have headings below level {_DEEPEST}: move it beside a section of a "
            "higher level."
        )
    for heading in headings if by else ():
        yield from _at_level(outline, heading, heading.level + by)


def _at_level(outline: Outline, heading: Block, level: int) -> Iterator[Replacement]:
    """Other signs around the words of a heading, which stay."""
    source, start = outline.source(heading), heading.start
    first = start + len(source) - len(source.lstrip(" \t"))
    underline = None if source.lstrip(" \t").startswith("#") else _UNDERLINE.search(source)
    if underline and level <= 2:
        at, end = underline.span(1)
        yield Replacement(start + at, start + end, ("=" if level == 1 else "-") * (end - at))
    elif underline:
        yield Replacement(first, first, "#" * level + " ")
        for line in LINE_END.finditer(source, 0, underline.start()):
            yield Replacement(start + line.start(), start + line.end(), " ")
        yield Replacement(start + underline.start(), heading.end, "")
    else:
        signs = [(first, first + heading.level)]
        closing = _CLOSING.search(source)
        if closing and len(closing[0]) == heading.level and start + closing.start() >= first + heading.level:
            signs.append((start + closing.start(), start + closing.end()))
        for _, end in signs:
            more = level - heading.level
            yield Replacement(end, end, "#" * more) if more > 0 else Replacement(end + more, end, "")
