"""Items of a list: marker, indentation, numbering and spacing as their neighbours have them."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from redraft.markdown.blocks import LINE_END, Block, Outline
from redraft.markdown.operations.fitting import MARKER, TASK, clean, lines_in, prefix
from redraft.markdown.operations.numbers import Shift, content_margin, marker, number, written
from redraft.markdown.operations.wrappers import fence_lines, unwrapped, unwrapped_items
from redraft.markdown.replacement import CannotApply, Replacement, put_after, put_before

_BARE_MARKER = re.compile(r"([-+*•–]|\d{1,9}[.)])[ \t]+")
_SAMPLE = 20  # neighbours that tell the style of a list, however long it is


def task_box(outline: Outline, item: Block) -> re.Match[str] | None:
    """The `[ ]` or `[x]` of a task, group 1 being what is in it; `None` when the item is no task."""
    mark = MARKER.match(outline.text, item.start, item.end)
    return TASK.match(outline.text, mark.end(), item.end) if mark else None


def add_items(
    outline: Outline, beside: Block, text: str, *, before: bool, moved: Callable[[str, int], int]
) -> tuple[list[Replacement], list[Shift]]:
    """Add one item, or one for each marker in `text`, beside an item of the same list.

    `moved` tells by how much other operations move the number of an item put into a list at an index.
    """
    parent = outline.parent(beside)
    assert parent is not None  # noqa: S101  # an item lies in a list
    index = beside.place + (not before)
    old, step = number(outline, beside), _step(outline, parent)
    texts = split_items(text)
    if not texts:
        raise CannotApply("The new list item has no text.")
    margin, gap = prefix(outline, beside), _gap(outline, parent, index)
    first = (old or 0) + (0 if before else step) + moved(parent.id, index)
    made = [
        _item(outline, beside, part, first + step * count if old is not None else None)
        for count, part in enumerate(texts)
    ]
    new = (gap + margin).join(lines_in(part, outline.line_end, margin) for part in made)
    shift = [Shift(parent.id, index, step * len(texts))] if old is not None and step else []
    put = put_before(beside, new + gap + margin) if before else put_after(beside, gap + margin + new)
    return [put], shift


def remove_item(outline: Outline, item: Block) -> tuple[list[Replacement], list[Shift]]:
    """Take an item out of a list that has others, with all that is in it."""
    parent = outline.parent(item)
    assert parent is not None  # noqa: S101  # an item lies in a list
    items, index = parent.children, item.place
    if index + 1 < len(items):
        taken = Replacement(item.start, items[index + 1].start, "")
    else:
        taken = Replacement(items[index - 1].end, item.end, "")
    step = _step(outline, parent)
    return [taken], [Shift(parent.id, index + 1, -step)] if step else []


def replace_item(outline: Outline, item: Block, text: str) -> list[Replacement]:
    """Write an item anew. Its marker and its box stay; so do its sub-items when `text` is one paragraph."""
    box = task_box(outline, item)
    mark, space = marker(outline, item)
    body_start = item.start + len(mark) + len(space)
    texts = split_items(text)
    if len(texts) != 1:
        raise CannotApply("Give the new text of this one item; add further items with an operation of their own.")
    new, given = texts[0], TASK.match(texts[0])
    if box and not given:
        body_start = box.end()
    paragraph = item.children[0] if item.children and item.children[0].kind == "paragraph" else None
    keeps_rest = paragraph is not None and len(item.children) > 1 and "\n" not in new
    end = paragraph.end if keeps_rest and paragraph else item.end
    margin = prefix(outline, item)
    margin += content_margin(margin, mark, space)
    lead = "" if space else " "
    return [Replacement(min(body_start, end), end, lead + lines_in(new, outline.line_end, margin))]


def check(outline: Outline, item: Block, done: bool) -> list[Replacement]:
    """Tick or untick a task; nothing when it is so already."""
    box = task_box(outline, item)
    if not box:
        words = outline.source(item).split("\n", 1)[0][:60]
        raise CannotApply(f"{words!r} is no task: it has no [ ] box.")
    if (box[1] != " ") == done:
        return []
    return [Replacement(box.start(1), box.end(1), "x" if done else " ")]


def move_item(outline: Outline, item: Block, goal: Block, *, before: bool) -> tuple[list[Replacement], list[Shift]]:
    """Move an item before or after another one of its list, with all that is in it."""
    parent = outline.parent(item)
    if parent is None or outline.parent(goal) is not parent:
        raise CannotApply("An item can only be moved within its own list.")
    items = parent.children
    index, to = item.place, goal.place + (not before)
    if to in (index, index + 1):
        return [], []
    [taken], _ = remove_item(outline, item)
    text, margin, gap = outline.source(item), prefix(outline, item), _gap(outline, parent, index)
    head = "" if to < len(items) else gap + margin
    put = put_before(items[to], text + gap + margin) if to < len(items) else put_after(items[-1], head + text)
    moved = replace(put, carries=(item.start, item.end, len(head)))
    low, high, step = min(index, to), max(index + 1, to), _step(outline, parent)
    by = step if to < index else -step
    past = -by * (high - low - 1)
    shifts = [Shift(parent.id, low, by), Shift(parent.id, high, -by), Shift(parent.id, index, past, to=to)]
    return [taken, moved], shifts if step else []


def same_list(outline: Outline, block: Block, text: str) -> bool:
    """Whether `text` is nothing but items as this list has them, so that beside the list it would join it."""
    lines = clean(unwrapped(clean(text))).split("\n")
    first = MARKER.match(lines[0])
    kept = marker(outline, block.children[0])[0][-1]
    starts = [line for line in lines if line and not line.startswith((" ", "\t"))]
    return first is not None and first[1][-1] == kept and all(MARKER.match(line) for line in starts)


def split_items(text: str) -> list[str]:
    """The items that `text` holds, without their markers and their indentation; without any marker, one."""
    lines = clean(unwrapped_items(clean(text))).split("\n")
    if not _BARE_MARKER.match(lines[0].lstrip()):
        return ["\n".join([lines[0].strip(), *_hanging(lines[1:])])] if lines[0].strip() else []
    base = len(lines[0]) - len(lines[0].lstrip())
    items: list[list[str]] = []
    inset = 0
    for line, is_code in zip(lines, fence_lines(lines), strict=True):
        stripped = line.lstrip()
        match = _BARE_MARKER.match(stripped)
        indent = len(line) - len(stripped)
        if match and indent <= base and not is_code:
            inset = base + match.end()
            items.append([stripped[match.end() :]])
        else:
            items[-1].append(line[min(indent, inset) :])
    return ["\n".join(item).rstrip() for item in items]


def _hanging(lines: list[str]) -> list[str]:
    """The lines below an item's first at its own margin, where they hang below a marker that was left out."""
    insets = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    if not lines or not lines[0].strip():  # what is farther in may be code
        return lines
    return [line[min(insets) :] for line in lines]


def _item(outline: Outline, beside: Block, text: str, at: int | None) -> str:
    """An item's lines, the first with a marker like its neighbour's and a box where the neighbour has one."""
    mark, space = marker(outline, beside)
    mark = written(at, mark[:-1]) + mark[-1] if at is not None else mark
    if task_box(outline, beside) and not TASK.match(text):
        text = f"[ ] {text}"
    return lines_in(f"{mark}{space or ' '}{text}", "\n", content_margin(prefix(outline, beside), mark, space))


def _step(outline: Outline, parent: Block) -> int:
    """By how much the numbers grow: 1, or 0 where the first ones are all the same or the list has bullets."""
    numbers = {number(outline, item) for item in parent.children[:_SAMPLE]}
    return 0 if None in numbers or len(numbers) < min(len(parent.children), 2) else 1


def _gap(outline: Outline, parent: Block, near: int) -> str:
    """What parts two items: a line end, and a blank line where most of those around index `near` have one."""
    blank = prefix(outline, parent).rstrip()
    around = parent.children[max(0, near - _SAMPLE) : near + _SAMPLE]
    between = [outline.text[a.end : b.start] for a, b in pairwise(around)]
    loose = sum(len(LINE_END.findall(gap)) > 1 for gap in between)
    return outline.line_end + (blank + outline.line_end if loose * 2 > len(between) else "")
