"""Whole blocks and sections: put in, taken out, moved, renamed, with the blank lines that keep them apart."""

import re
from collections.abc import Sequence
from dataclasses import replace

from redraft.markdown.blocks import LINE_END, Block, Outline, cut
from redraft.markdown.operations.fitting import (
    clean,
    fenced,
    indented,
    lines_in,
    missing_end,
    prefix,
    quoted,
    title_of,
)
from redraft.markdown.operations.gaps import blank, is_blank_line, kinds_at_ends, put_between, siblings, usual
from redraft.markdown.operations.sections import appendix, below_its_kind, end_matter, is_appended
from redraft.markdown.operations.sections import section as section_of
from redraft.markdown.operations.wrappers import has_markdown_blocks, unfenced, unwrapped
from redraft.markdown.replacement import CannotApply, Replacement

_ATX = re.compile(r"([ \t]*#{1,6})([ \t]*)(.*?)((?:[ \t]+#+)?[ \t]*)\Z", re.S)
_ANCHOR = re.compile(r"[ \t]*\{#[^}]*\}\Z")
_SETEXT = re.compile(r"(.*?)(?:\r\n|\n|\r)[ \t>]*(?:=+|-+)[ \t]*\Z", re.S)
_STARTS_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|\Z)", re.M)
_CALLOUT = re.compile(r"[ \t>]*(\[![\w-]+\][^\r\n]*)")
_MARKED = {"math", "html", "front_matter"}


def insert(outline: Outline, text: str, beside: Block | None, *, before: bool) -> list[Replacement]:
    """Put `text` before or after a block as a block of its own; with no block, at the end or the start of the text."""
    new = clean(unwrapped(clean(text), keeps_markdown=has_markdown_blocks(outline)))
    if not new:
        raise CannotApply("The new text is empty.")
    around = siblings(outline, beside)
    if not around:
        at = 0 if outline.text.strip("\ufeff \t\r\n") else _start_of_nothing(outline.text)
        return [Replacement(at, at, lines_in(new, outline.line_end, ""))]
    beside, before = _above_definitions(outline, new, beside, before=before)
    if beside.kind == "front_matter":
        before = False  # nothing may stand above it
    index = beside.place
    left = around[index - 1] if before and index else None if before else beside
    right = beside if before else around[index + 1] if index + 1 < len(around) else None
    return [_between(outline, new, left, right)]


def _start_of_nothing(text: str) -> int:
    """Where a first text stands in one that has only blank lines: above these, unless there are spaces in them."""
    return len(text) - len(text.lstrip("\ufeff")) if not text.strip("\ufeff\r\n") else len(text)


def _above_definitions(outline: Outline, new: str, beside: Block | None, *, before: bool) -> tuple[Block, bool]:
    """The block to put `new` beside, and whether before it: what is put at the end of a text stands above the
    definitions there, as does a section put after one of these; new definitions stand below others of their kind."""
    ending = end_matter(outline.blocks)
    if beside is None and before:
        return outline.blocks[0], True
    if beside is not None and (before or beside not in ending or kinds_at_ends(new)[0] != "heading"):
        return beside, before
    if not ending or is_appended(new):
        return below_its_kind(outline.blocks, new), False
    first = ending[0].place
    return (outline.blocks[first - 1], False) if first else (ending[0], True)


def delete(outline: Outline, blocks: Sequence[Block]) -> list[Replacement]:
    """Take neighbouring blocks out, and the smaller of the two gaps around them."""
    around = siblings(outline, blocks[0])
    first, last = blocks[0].place, blocks[-1].place
    left = around[first - 1] if first else None
    right = around[last + 1] if last + 1 < len(around) else None
    start, end = blocks[0].start, blocks[-1].end
    if not left and not right:
        return [Replacement(start, end, "")]
    if not right:
        return [Replacement(left.end if left else start, end, "")]
    if not left:
        return [Replacement(start, right.start, "")]
    above, below = outline.text[left.end : start], outline.text[end : right.start]
    wanted = usual(outline, blocks[0], left.kind, right.kind)
    if wanted in (above, below):
        return [Replacement(left.end, end, "") if wanted == below else Replacement(start, right.start, "")]
    if is_blank_line(above) and len(above) >= len(below):
        return [Replacement(start, right.start, "")]
    if is_blank_line(below) or _stands_close(outline, left, right):
        return [Replacement(left.end, end, "")]
    if is_blank_line(above):
        return [Replacement(start, right.start, "")]
    return [Replacement(left.end, right.start, blank(outline, right))]


def move(outline: Outline, blocks: Sequence[Block], target: Sequence[Block], *, before: bool) -> list[Replacement]:
    """Move neighbouring blocks to before or after others, together with the gap that is not needed any more."""
    around = siblings(outline, blocks[0])
    if outline.parent(target[0]) is not outline.parent(blocks[0]):
        raise CannotApply("A block can only be moved among its neighbours: in the text, or in the same list or quote.")
    first, last = blocks[0].place, blocks[-1].place
    goal_first, goal_last = target[0].place, target[-1].place
    around_it = goal_first < first and last <= goal_last
    if first <= goal_last and goal_first <= last and not around_it:
        raise CannotApply("A section cannot be moved into itself or beside a part of itself.")
    goal = goal_first if before else goal_last + 1  # stands before this index afterwards
    if goal in (first, last + 1):
        return []
    if any(each.kind == "front_matter" for each in blocks) or (goal == 0 and around[0].kind == "front_matter"):
        raise CannotApply("Front matter stays at the top.")
    text = outline.text[blocks[0].start : blocks[-1].end]
    [taken] = delete(outline, blocks)
    left, right = around[goal - 1] if goal else None, around[goal] if goal < len(around) else None
    put, at = put_between(outline, text, (blocks[0].kind, blocks[-1].kind), left, right)
    return [taken, _carrying(put, blocks, at)]


def _carrying(put: Replacement, blocks: Sequence[Block], at: int) -> Replacement:
    return replace(put, carries=(blocks[0].start, blocks[-1].end, at))


def swap(outline: Outline, first: Sequence[Block], second: Sequence[Block]) -> list[Replacement]:
    """Let two runs of blocks change places; the gaps stay where they are."""
    if first[0].start > second[0].start:
        first, second = second, first
    if second[0].start <= first[-1].end:
        raise CannotApply("The two overlap: one is a part of the other.")
    texts = [outline.text[run[0].start : run[-1].end] for run in (first, second)]
    return [
        _carrying(Replacement(first[0].start, first[-1].end, texts[1]), second, 0),
        _carrying(Replacement(second[0].start, second[-1].end, texts[0]), first, 0),
    ]


def rename(outline: Outline, heading: Block, title: str) -> list[Replacement]:
    """Give a heading other words; its level, marks and `{#anchor}` stay."""
    new = title_of(title)
    if not new:
        raise CannotApply("The new title is empty.")
    source = outline.source(heading)
    start, end = heading.start, heading.end
    if match := _SETEXT.match(source) if not _STARTS_HEADING.match(source) else None:
        old, start = match[1].strip(" \t"), heading.start + len(source) - len(source.lstrip(" \t"))
    elif match := _ATX.match(source):
        old, start = match[3], start + match.end(2)
        new = new if match[2] else f" {new}"
    else:
        raise CannotApply(f"{heading.id} is no heading.")
    end = start + len(old)
    if (anchor := _ANCHOR.search(old)) and not _ANCHOR.search(new):
        end = start + anchor.start()
    return [] if outline.text[start:end] == new else [Replacement(start, end, new)]


def rewrite(outline: Outline, block: Block, text: str) -> list[Replacement]:
    """Other text in the place of a block, fitted to its kind and to the container it lies in."""
    new = _unwrapped_for(outline, block, clean(text))
    if not new:
        raise CannotApply("The new text is empty: to remove the block, delete it.")
    source = outline.source(block)
    if block.kind == "heading" and "\n" not in new and not _STARTS_HEADING.match(new):
        return rename(outline, block, new)
    if block.kind == "fence":
        new = fenced(new, source)
    elif block.kind == "code":
        new = indented(new)
    elif block.kind == "quote":
        new = _with_kind(quoted(new), source, "> ")
    elif block.kind == "paragraph" and (parent := outline.parent(block)) and parent.kind == "quote":
        new = _with_kind(new, source, "")
    elif block.kind == "front_matter" and not new.startswith(source[:3]):
        new = f"{source[:3]}\n{new}\n{source[:3]}"
    elif block.kind == "math" and not new.startswith("$$"):
        new = f"$$\n{new}\n$$"
    new = lines_in(new, outline.line_end, prefix(outline, block))
    return [] if new == source else [Replacement(block.start, block.end, new)]


def _unwrapped_for(outline: Outline, block: Block, text: str) -> str:
    """The text for a block without a fence around all of it, where that is no part of it."""
    if block.kind in ("fence", "code"):
        return text
    source = LINE_END.sub("\n", outline.source(block))
    if block.kind in _MARKED:
        inner = clean(unfenced(text))
        same = [each.kind for each in cut(inner).blocks] == [block.kind]
        return inner if same or block.kind == "front_matter" else text
    return clean(unwrapped(text, replaces=source))


def _with_kind(new: str, old: str, mark: str) -> str:
    """The new words of a callout under the line that says what kind it is, as `[!NOTE]`, if they have none."""
    kind = _CALLOUT.match(old)
    return f"{mark}{kind[1]}\n{new}" if kind and not _CALLOUT.match(new) else new


def rewrite_section(outline: Outline, heading: Block, text: str) -> list[Replacement]:
    """Other text under a heading. The heading stays; one that `text` repeats is dropped."""
    section = section_of(outline, heading)
    old = outline.text[section[0].start : section[-1].end]
    new = clean(unwrapped(clean(text), replaces=LINE_END.sub("\n", old)))
    first = new.split("\n", 1)[0]
    if _STARTS_HEADING.match(first) and title_of(first).casefold() == title_of(outline.source(heading)).casefold():
        new = clean(new[len(first) :])
    blocks = section[1:]
    if not new:
        raise CannotApply("The new text is empty: to remove the section, delete it.")
    if not blocks:
        return insert(outline, new, heading, before=False)
    staying = appendix(outline, heading)
    new = _without_repeated(outline, new, staying)
    start, end = blocks[0].start, blocks[-1].end
    if not new:
        raise CannotApply("The new text has nothing but definitions that are there: to remove the section, delete it.")
    last = kinds_at_ends(new)[1]
    new = lines_in(new, outline.line_end, "")
    if staying and last == staying[0].kind:
        end = staying[0].start
        new += usual(outline, staying[0], last, last)
    return [] if outline.text[start:end] == new else [Replacement(start, end, new)]


def _without_repeated(outline: Outline, new: str, staying: Sequence[Block]) -> str:
    """The new text of a section without the definitions at its end that stand below the section and stay there."""
    there = {line.strip() for block in staying for line in LINE_END.split(outline.source(block)) if line.strip()}
    lines = new.split("\n")
    if not there or not (blocks := cut(new, front_matter=False).blocks):
        return new
    ending = end_matter(blocks)
    first = new[: ending[0].start].count("\n") if ending else len(lines)
    rest = [line for line in lines[first:] if line.strip() not in there]
    return clean("\n".join([*lines[:first], *rest]))


def _between(outline: Outline, new: str, left: Block | None, right: Block | None) -> Replacement:
    """The insertion of `new` in the gap between two siblings, parted from both."""
    model = left or right
    margin = prefix(outline, model) if model else ""
    kinds, body = kinds_at_ends(new), lines_in(new, outline.line_end, margin)
    if right is None and left and left.kind == "fence" and (mark := missing_end(outline.source(left))):
        closing = outline.text[left.end - 1] + outline.line_end + margin + mark  # with its last character: it changes
        return Replacement(left.end - 1, left.end, closing + usual(outline, left, "fence", kinds[0]) + body)
    return put_between(outline, body, kinds, left, right)[0]


def _stands_close(outline: Outline, left: Block, right: Block) -> bool:
    """Whether two blocks stay two without a blank line between them."""
    if right.kind == "fence" or (right.kind == "heading" and outline.source(right).lstrip().startswith("#")):
        return True
    return left.kind in ("heading", "fence", "rule", "front_matter")
