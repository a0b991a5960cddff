"""Cells of a table row that a request names: what becomes of them can often be read from the table itself."""

from collections import Counter
from collections.abc import Sequence

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.asked.contrast import is_refuted
from redraft.agents.editing.small.asked.news import news
from redraft.agents.editing.small.meant.targets import named_rows
from redraft.agents.words import fold, mentions, names, naming, shape, stems, tokens, values
from redraft.markdown import Block, Operation
from redraft.markdown.operations import SetCell
from redraft.markdown.operations.tables import cell_texts

YES_NO = (
    *(("yes", "no"), ("true", "false"), ("ja", "nein"), ("sí", "no"), ("oui", "non"), ("có", "không"), ("是", "否")),
    *(("sim", "não"), ("sì", "no"), ("はい", "いいえ"), ("✅", "❌"), ("✓", "✗"), ("✔", "✘"), ("○", "×")),
)
NEGATIONS = {"not", "no", "longer", "nicht", "kein", "keine", "mehr", "không", "ya", "non", "pas", "plus", "optional"}


def told_cells(draft: Draft) -> list[Operation]:
    """What a request says of the one row it names, when the table's own words and forms of values tell the cells.

    "The worktop has been ordered, 2,080 in the end": the row "Worktop", a status that other rows have, and a price in
    the form of the price there. Empty unless every new word of the request has found its cell.
    """
    if mentions(draft.instruction, "code") and draft.fences():
        return []
    rows = named_rows(draft, draft.instruction)
    table = draft.outline.parent(rows[0]) if len(rows) == 1 else None
    if table is None:
        return []
    header, row = cell_texts(draft.outline, table.children[0]), cell_texts(draft.outline, rows[0])
    if len(header) != len(row):
        return []
    states, answers = _known_words(draft, table, row), _answers(draft, table, row)
    new = {**states, **answers, **_values(draft, header, row), **_instead(draft, row)}
    placed = " ".join(new.values())
    known = fold(f"{placed} {' '.join(row)}")
    said = [*news(draft), *(each for each in values(draft.instruction) if not is_refuted(draft.instruction, each))]
    if not new or any(fold(each) not in known for each in said):
        return []
    return [SetCell(table.id, rows[0].id, column + 1, text) for column, text in new.items()]


def _known_words(draft: Draft, table: Block, row: Sequence[str]) -> dict[int, str]:
    """By column, the one state, of three words at most, that the request says and other rows have there."""
    rest = list(tokens(draft.instruction))
    found: dict[int, str] = {}
    for column in range(1, len(row)):
        cells = [cell_texts(draft.outline, other)[column : column + 1] for other in table.children[1:]]
        known = Counter(text for each in cells for text in each)
        spaces = 2 if max(known.values()) > 1 else 0  # of several words only where the column says one thing twice
        others = known.keys() - {row[column], ""}
        said = [word for word in others if not values(word) and word.count(" ") <= spaces and _says(rest, word)]
        if len(said) == 1:
            found[column] = said[0]
    return found


def _answers(draft: Draft, table: Block, row: Sequence[str]) -> dict[int, str]:
    """By column, "yes" for "no" where the request says the column's name of the row: "`name` is required now"."""
    found: dict[int, str] = {}
    said, told = stems(draft.instruction), set(tokens(draft.instruction))
    for column, header in enumerate(cell_texts(draft.outline, table.children[0])):
        pair = next((pair for pair in YES_NO if column < len(row) and fold(row[column]) in pair), None)
        if column and pair and naming(header) and naming(header) <= said:
            answer = pair[1] if told & NEGATIONS else pair[0]
            if answer != fold(row[column]):
                found[column] = answer.capitalize() if row[column][:1].isupper() else answer
    return found


def _instead(draft: Draft, row: Sequence[str]) -> dict[int, str]:
    """By column, the one name that the request says for the one cell it calls wrong: "Lee teaches it, not Kim"."""
    told = draft.instruction
    wrong = [column for column, cell in enumerate(row) if cell and is_refuted(told, cell)]
    known = fold(" ".join(row))
    first = [word for word in told.split()[:1] if word[:1].isupper() and word in draft.task.editing]
    said = [each for each in dict.fromkeys([*first, *names(told)]) if fold(each) not in known]
    return {wrong[0]: said[0]} if len(wrong) == len(said) == 1 and not values(row[wrong[0]]) else {}


def _says(said: list[str], word: str) -> bool:
    wanted = list(tokens(word))
    return bool(wanted) and any(said[at : at + len(wanted)] == wanted for at in range(len(said)))


def _values(draft: Draft, header: Sequence[str], row: Sequence[str]) -> dict[int, str]:
    """By column, the cell with the one value in it of the form of a new value of the request."""
    found: dict[int, str] = {}
    said = stems(draft.instruction)
    for value in values(draft.instruction):
        alike = [
            (column, old)
            for column, cell in enumerate(row[1:], 1)
            for old in values(cell)
            if shape(old) == shape(value)
            and len(values(cell)) == 1
            # a mere number may be a number of anything: then the column must be named
            and (shape(value) != "9" or naming(header[column]) & said)
        ]
        if len(alike) == 1 and alike[0][1] != value:
            column, old = alike[0]
            found[column] = row[column].replace(old, value)
    return found
