"""What parts blocks: the blank lines of the text itself, by what stands above and below them."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from redraft.markdown.blocks import LINE_END, Block, Outline, cut
from redraft.markdown.operations.fitting import prefix
from redraft.markdown.operations.sections import APPENDED
from redraft.markdown.replacement import Replacement, put_after, put_before

_SAMPLE = 200  # neighbours on each side that tell the style of a text, however long it is


def siblings(outline: Outline, block: Block | None) -> tuple[Block, ...]:
    """The blocks of the container that the block lies in, itself among them."""
    parent = outline.parent(block) if block else None
    return parent.children if parent else outline.blocks


def usual(outline: Outline, beside: Block, above: str, below: str) -> str:
    """What parts a block of kind `above` from one of kind `below` among the siblings of a block, as most often there.

    Only below a heading, and between definitions, that may be less than a blank line; above one where it always is.
    """
    near = siblings(outline, beside)[max(0, beside.place - _SAMPLE) : beside.place + _SAMPLE]
    wanted = _class(above, below)
    gaps: Counter[str] = Counter()
    tight: Counter[str] = Counter()
    for left, right in pairwise(near):
        found, gap = _class(left.kind, right.kind), outline.text[left.end : right.start]
        if found == wanted and (is_blank_line(gap) or found in ("definitions", "below heading")):
            gaps[gap] += 1
        elif found == wanted == "above heading":
            tight[gap] += 1
    if gaps or tight.total() > 1:
        return (gaps or tight).most_common(1)[0][0]
    margin = prefix(outline, beside)
    return outline.line_end + margin if wanted == "definitions" else blank(outline, beside)


def blank(outline: Outline, beside: Block) -> str:
    """A blank line between siblings of a block."""
    margin = prefix(outline, beside)
    return f"{outline.line_end}{margin.rstrip()}{outline.line_end}{margin}"


def put_between(
    outline: Outline, body: str, kinds: tuple[str, str], left: Block | None, right: Block | None
) -> tuple[Replacement, int]:
    """`body` in the gap between two siblings, parted from both; and where in the new text it begins.

    `kinds` are those of the first and the last block in it. What parted the siblings stays at one side of it.
    """
    beside = left or right
    assert beside is not None  # noqa: S101  # a text without blocks has no siblings
    above = usual(outline, beside, left.kind, kinds[0]) if left else ""
    below = usual(outline, beside, kinds[1], right.kind) if right else ""
    if left is None or right is None:
        return (put_after(left, above + body) if left else put_before(beside, body + below)), len(above)
    gap = outline.text[left.end : right.start]
    if gap != below and gap == above:
        return put_before(right, body + below), 0
    if gap == below or is_blank_line(gap):
        return put_after(left, above + body), len(above)
    return Replacement(left.end, right.start, above + body + below), len(above)


def kinds_at_ends(text: str) -> tuple[str, str]:
    """The kinds of the first and the last block of a new text."""
    blocks: Sequence[Block] = cut(text, front_matter=False).blocks
    return (blocks[0].kind, blocks[-1].kind) if blocks else ("paragraph", "paragraph")


def is_blank_line(gap: str) -> bool:
    """Whether a gap between blocks has a blank line."""
    return len(LINE_END.findall(gap)) > 1


def _class(above: str, below: str) -> str:
    if above == below and above in APPENDED:
        return "definitions"
    if below == "heading":
        return "above heading"
    return "below heading" if above == "heading" else "other"
