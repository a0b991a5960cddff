"""Rows and cells of a pipe table, read and written by position."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from redraft.markdown.blocks import LINE_END, Block, Outline
from redraft.markdown.operations.fitting import clean, prefix, width
from redraft.markdown.operations.wrappers import unfenced
from redraft.markdown.replacement import CannotApply, Replacement, put_after, put_before

_PIPE = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Cell:
    """What lies between two pipes, padding included; code points of the text."""

    start: int
    end: int


def cells(outline: Outline, row: Block) -> list[Cell]:
    """The cells of a row, left to right. As everywhere, `\\|` is no border; a pipe in a code span is one."""
    bounds = [row.start + match.start() for match in _PIPE.finditer(outline.source(row).rstrip(" \t"))]
    source = outline.source(row)
    first, last = row.start + len(source) - len(source.lstrip()), row.start + len(source.rstrip(" \t"))
    if not bounds or bounds[0] > first:
        bounds.insert(0, first - 1)
    if bounds[-1] < last - 1 or len(bounds) == 1:
        bounds.append(last)
    return [Cell(start + 1, end) for start, end in pairwise(bounds)]


def cell_texts(outline: Outline, row: Block) -> list[str]:
    """The words in the cells of a row, without padding."""
    return [outline.text[cell.start : cell.end].strip() for cell in cells(outline, row)]


def split_cells(text: str) -> list[str]:
    """The cells of a row as a model writes it: with or without outer pipes."""
    line = clean(unfenced(clean(text))).replace("\n", " ").strip()
    line = line[1:] if line.startswith("|") else line
    line = line[:-1] if line.endswith("|") and not line.endswith("\\|") else line
    return [cell.strip() for cell in _PIPE.split(line)]


def set_cell(outline: Outline, table: Block, row: int | str, column: int | str, text: str) -> list[Replacement]:
    """Put `text` into one cell; `row` and `column` as `find_row` and `find_column` take them."""
    target, index = find_row(outline, table, row), find_column(outline, table, column)
    places, new = cells(outline, target), cell_text(text)
    if index >= len(places):  # a short row: its missing cells are empty
        end = places[-1].end
        return [Replacement(end, end, " |" * (index - len(places) + 1) + f" {new} ")]
    place = places[index]
    old = outline.text[place.start : place.end]
    if old.strip() == new:
        return []
    if not old:
        return [Replacement(place.start, place.end, f" {new} ")]
    lead = len(old) - len(old.lstrip()) if old.strip() else 1
    trail = len(old) - len(old.rstrip()) if old.strip() else len(old) - 1
    if lead == trail and not _is_aligned(outline, table, index):
        return [Replacement(place.start + lead, place.end - trail, new)]
    if lead > trail:  # set to the right
        fill = " " * max(width(old) - trail - width(new), 1)
        return [Replacement(place.start, place.end - trail, fill + new)]
    fill = " " * max(width(old) - lead - width(new), min(trail, 1))
    return [Replacement(place.start + lead, place.end, new + fill)]


def add_row(
    outline: Outline,
    table: Block,
    values: Sequence[str] | Mapping[str, str] | str,
    near: int | str | None,
    before: bool,
) -> list[Replacement]:
    """Add a row beside row `near`, or as the last one; what it does not say is empty."""
    header = cell_texts(outline, table.children[0])
    model = find_row(outline, table, near) if near is not None else table.children[-1]
    new = _row_text(outline, table, model, _values(outline, table, values, len(header)))
    margin = prefix(outline, table)
    if before and model != table.children[0]:
        return [put_before(model, new + outline.line_end + margin)]
    if model == table.children[0]:
        return [_first_row(outline, table, margin + new)]
    return [put_after(model, outline.line_end + margin + new)]


def remove_row(outline: Outline, table: Block, row: int | str) -> list[Replacement]:
    """Take a row out, with its line."""
    target = find_row(outline, table, row)
    if target == table.children[0]:
        raise CannotApply("The header row cannot be removed: remove the whole table, or name another row.")
    before = outline.text.rfind("\n", 0, target.start), outline.text.rfind("\r", 0, target.start)
    at = max(before)
    start = at - 1 if outline.text[at - 1 : at + 1] == "\r\n" else at
    return [Replacement(start, target.end, "")]


def move_row(outline: Outline, table: Block, row: Block, goal: Block, *, before: bool) -> list[Replacement]:
    """Move a row before or after another one of its table."""
    if outline.parent(goal) is not table or row.place == 0:
        raise CannotApply("A row can only be moved within its table, and the header row stays.")
    rows = table.children
    if row == goal or goal.place - row.place == (1 if before else -1):
        return []
    [taken] = remove_row(outline, table, row.id)
    text, margin = outline.source(row), prefix(outline, table)
    if goal == rows[0]:
        if row == rows[1]:
            return []
        put, at = _first_row(outline, table, margin + text), len(outline.line_end + margin)
    elif before:
        put, at = put_before(goal, text + outline.line_end + margin), 0
    else:
        put, at = put_after(goal, outline.line_end + margin + text), len(outline.line_end + margin)
    return [taken, replace(put, carries=(row.start, row.end, at))]


def replace_row(outline: Outline, table: Block, row: Block, text: str) -> list[Replacement]:
    """Write a row anew, its unchanged cells left as they are."""
    header = cell_texts(outline, table.children[0])
    values = _values(outline, table, split_cells(text), len(header))
    old = cell_texts(outline, row)
    if len(old) < len(values):
        return [Replacement(row.start, row.end, _row_text(outline, table, row, values))]
    number = row.place
    return [each for column, value in enumerate(values, 1) for each in set_cell(outline, table, number, column, value)]


def find_row(outline: Outline, table: Block, row: int | str) -> Block:
    """A row by its block id, by the text of its first (or any one) cell, or by number: 0 is the header."""
    rows = table.children
    if isinstance(row, int):
        if not 0 <= row < len(rows):
            raise CannotApply(f"There is no row {row}: the table has rows 1 to {len(rows) - 1}.")
        return rows[row]
    if by_id := [each for each in rows if each.id == row]:
        return by_id[0]
    texts = [cell_texts(outline, each) for each in rows]
    wanted = _plain(row)
    for candidates in (
        [each for each, text in zip(rows, texts, strict=True) if text and _plain(text[0]) == wanted],
        [each for each, text in zip(rows, texts, strict=True) if wanted in map(_plain, text)],
        [
            each
            for each, text in zip(rows, texts, strict=True)
            if _plain(" ".join(text)).startswith(_plain(" ".join(split_cells(row))))
        ],
    ):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise CannotApply(f"{len(candidates)} rows say {row!r}: name the row by the text of its first cell.")
    first = ", ".join(repr(text[0]) for text in texts[1:12] if text)
    raise CannotApply(f"No row says {row!r}. The rows start with: {first}.")


def find_column(outline: Outline, table: Block, column: int | str) -> int:
    """The index of a column, named by its header or by number from 1."""
    header = cell_texts(outline, table.children[0])
    if isinstance(column, int):
        if not 1 <= column <= len(header):
            raise CannotApply(f"There is no column {column}: the table has columns 1 to {len(header)}.")
        return column - 1
    found = [index for index, name in enumerate(header) if _plain(name) == _plain(column)]
    if len(found) == 1:
        return found[0]
    named = ", ".join(map(repr, header))
    raise CannotApply(f"{len(found) or 'No'} columns are named {column!r}. The columns: {named}.")


def _values(outline: Outline, table: Block, values: Sequence[str] | Mapping[str, str] | str, count: int) -> list[str]:
    if isinstance(values, Mapping):
        row = [""] * count
        for name, value in values.items():
            row[find_column(outline, table, name)] = cell_text(value)
        return row
    given = split_cells(values) if isinstance(values, str) else [cell_text(value) for value in values]
    while len(given) > count and not given[-1]:
        given.pop()
    if len(given) > count:
        raise CannotApply(f"The table has {count} columns, the row has {len(given)} cells.")
    return given + [""] * (count - len(given))


def _row_text(outline: Outline, table: Block, model: Block, values: list[str]) -> str:
    """A row in the style of `model`: its outer pipes, its padding, and the column's width where all rows share it."""
    source = outline.source(model).strip(" \t")
    places = cells(outline, model)
    parts: list[str] = []
    for index, value in enumerate(values):
        old = outline.text[places[index].start : places[index].end] if index < len(places) else "  "
        tight = bool(old.strip()) and old == old.strip()
        part = value if tight else f" {value} " if value else " "
        if index < len(places) and _is_aligned(outline, table, index):
            right = len(old) - len(old.lstrip()) > max(1, len(old) - len(old.rstrip()))
            fill = " " * (width(old) - width(part))
            part = fill + part if right else part + fill
        parts.append(part)
    row = "|".join(parts)
    opening, closing = source.startswith("|"), source.endswith("|") and not source.endswith("\\|")
    return f"|{row}|" if opening and closing else f"|{row}".rstrip() if opening else row.strip()


def _is_aligned(outline: Outline, table: Block, index: int) -> bool:
    """Whether the column is as wide in every row: then somebody lined it up."""
    widths = set()
    for row in table.children[:200]:  # a sample tells, also of a huge table
        places = cells(outline, row)
        if index >= len(places):
            return False
        widths.add(width(outline.text[places[index].start : places[index].end]))
    if len(table.children) == 1:  # no more than a header: the delimiter row tells
        end = _delimiter_end(outline, table)
        delimiter = replace(table.children[0], start=outline.line_start(end), end=end)
        widths |= {place.end - place.start for place in cells(outline, delimiter)[index : index + 1]}
    return len(widths) == 1


def _first_row(outline: Outline, table: Block, line: str) -> Replacement:
    at = _delimiter_end(outline, table)
    return Replacement(at, at, outline.line_end + line, order=-table.depth - 1)


def _delimiter_end(outline: Outline, table: Block) -> int:
    start = outline.next_line(table.children[0].end)
    end = LINE_END.search(outline.text, start)
    return min(end.start() if end else len(outline.text), table.end)


def cell_text(text: str) -> str:
    """A text as a cell can hold it: one line, its own pipes escaped."""
    line = clean(unfenced(clean(text))).replace("\n", "<br>").strip()
    return _PIPE.sub(r"\\|", line.removeprefix("|").removesuffix("|").strip())


def _plain(text: str) -> str:
    return re.sub(r"[*_`~\s]+", " ", text).strip().casefold()
