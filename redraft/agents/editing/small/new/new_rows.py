"""A new row of a table: as the user listed its cells, else written under the names of the columns."""

import re
from collections.abc import Iterator
from typing import Any, Literal

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.evidence import are_akin
from redraft.agents.editing.small.asked.news import lacking
from redraft.agents.editing.small.meant.find import NotFound
from redraft.agents.editing.small.new.writing import row
from redraft.agents.tools import Answers
from redraft.agents.words import quoted, stems, values
from redraft.markdown import Block, Operation, Outline
from redraft.markdown.operations import AddRow
from redraft.markdown.operations.tables import cell_texts

Side = Literal["before", "after"]
_BETWEEN_CELLS = re.compile(r"[,;]\s+|[，、；]\s*|\s+\|\s+")
_PREPOSITIONS = {"for", "by", "from", "für", "von", "pour", "par", "para", "por", "cho", "per", "da"}
_NAME = re.compile(r":\s|：")
"""What parts the first cell from the others, as in "R-415: wrong region, go to the other page"."""


async def new_row(tools: Answers, draft: Draft, parsed: dict[str, Any], anchor: Block, side: Side) -> Operation:
    """The row, beside `anchor`, a row, or at an end of `anchor`, a table. Raises `NotFound`."""
    outline = draft.outline
    table = outline.parent(anchor) if anchor.kind == "row" else anchor
    if table is None:
        raise NotFound(draft.instruction)
    columns = cell_texts(outline, table.children[0])
    names = [name or f"column {number}" for number, name in enumerate(columns, 1)]
    like = anchor if anchor.kind == "row" else table.children[-1]
    example = cell_texts(outline, like)
    cells = _listed(draft, str(parsed.get("text", "")), columns, example)
    if not cells:
        cells = await row(tools, draft, list(dict.fromkeys(names)), example, _own_cells(outline, table, like))
        if not draft.is_foreign and not all(_is_said(draft, cell) for cell in cells):
            raise NotFound(draft.instruction)  # a cell that the model took from the row there is, or made up
        cells = [_in_the_form_of(*pair) for pair in zip(cells, example, strict=False)]
    cells = [_bare(outline, table, column, cell) for column, cell in enumerate(cells)]
    if len(cells) != len(columns) or lacking(draft, " ".join(cells)):
        raise NotFound(draft.instruction)
    near = anchor.id if anchor.kind == "row" else (1 if side == "before" and len(table.children) > 1 else None)
    return AddRow(table.id, cells, near, side)


def _bare(outline: Outline, table: Block, column: int, cell: str) -> str:
    """The cell without a preposition at its beginning, when no cell of the column has one: "Ana" for "for Ana"."""
    word, _, rest = cell.partition(" ")
    known = [cell_texts(outline, each)[column : column + 1] for each in table.children[1:]]
    alone = not any(text.partition(" ")[0].casefold() == word.casefold() for each in known for text in each)
    return rest if rest and alone and word.casefold() in _PREPOSITIONS else cell


def _is_said(draft: Draft, cell: str) -> bool:
    """Whether every word of a cell is the user's, in any form."""
    said = stems(f"{draft.query} {draft.told} {draft.instruction} {draft.recalled}")
    return all(any(word == other or are_akin(word, other) for other in said) for word in stems(cell))


def _listed(draft: Draft, text: str, columns: list[str], example: list[str]) -> list[str]:
    """The cells, when the user listed one for each column, each of the same sort as in the row there is."""
    for parts in _splits(draft, text):
        if len(parts) != len(example) or len(columns) != len(example) or not all(map(draft.says, parts)):
            continue
        told = [_without(part, name) for part, name in zip(parts, columns, strict=True)]
        if not any(map(_differ, told, example)):
            return [_in_the_form_of(part, cell) for part, cell in zip(told, example, strict=True)]
    return []


def _splits(draft: Draft, text: str) -> Iterator[list[str]]:
    """The ways to read a list of cells: all of the text, with a name before a colon, or only what is behind one."""
    behind = _NAME.split(draft.instruction, maxsplit=1)[1:]
    names = quoted(draft.instruction)
    first = [each for each in values(draft.instruction) if not draft.has(each) and each not in " ".join(names)]
    yield [*first, *names]  # R-402, "target not empty", "empty the bucket"
    for each in (*behind, text):
        yield _parts(each)
        name, *rest = _NAME.split(each, maxsplit=1)
        if rest:
            yield [name.strip(), *_parts(rest[0])]


def _parts(text: str) -> list[str]:
    return [part.strip(" .。") for part in _BETWEEN_CELLS.split(text)]


def _without(part: str, column: str) -> str:
    """A cell without the name of its column: "Ines" for "paid by Ines", "4" for "4 seats"."""
    rest = re.sub(rf"(?<!\w){re.escape(column)}(?!\w)", "", part, flags=re.IGNORECASE).strip() if column else part
    return rest or part


def _own_cells(outline: Outline, table: Block, row: Block) -> list[str]:
    """The cells of a row that no other row has in that column."""
    others = [cell_texts(outline, each) for each in table.children[1:] if each != row]
    cells = enumerate(cell_texts(outline, row))
    return [
        cell for column, cell in cells if cell and all(cell != "".join(each[column : column + 1]) for each in others)
    ]


def _differ(part: str, example: str) -> bool:
    """Whether one is a mere value and the other is not, or one is empty."""
    return (
        not part
        or not example
        or (bool(values(part)), _is_mere_value(part)) != (bool(values(example)), _is_mere_value(example))
    )


def _in_the_form_of(part: str, example: str) -> str:
    """The words with the capital, and the backticks, that the example begins with."""
    if example[:1] == "`" == example[-1:] and "`" not in part:
        return f"`{part}`"
    return part[:1].upper() + part[1:] if example[:1].isupper() else part


def _is_mere_value(text: str) -> bool:
    """Whether there is nothing but a value: "1,250", not "1,250 euros"."""
    return values(text) == [text]
