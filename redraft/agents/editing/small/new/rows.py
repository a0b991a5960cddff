"""A row of a table that a request changes: the model is shown it under the names of its columns, and writes it anew.

It can name no other place, and what it writes is held against the request, cell by cell.
"""

from redraft.agents.editing.asking import Dialog, Prompt, compact, record, text
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.evidence import Candidate, Evidence, are_akin
from redraft.agents.editing.small.asked.contrast import is_refuted
from redraft.agents.editing.small.asked.news import lacking
from redraft.agents.editing.small.meant import targets
from redraft.agents.editing.small.meant.find import CLEAR_LEAD
from redraft.agents.editing.small.meant.pointing import pointing
from redraft.agents.editing.small.meant.scope import meant_code
from redraft.agents.editing.small.meant.targets import named_rows
from redraft.agents.tools import Answers
from redraft.agents.words import fold, is_cjk, mentions, naming, stems, values
from redraft.markdown import Block, Operation
from redraft.markdown.operations import SetCell
from redraft.markdown.operations.tables import cell_texts

LONGEST = 160
"""Characters of a cell that is written anew."""
STATES = 6
"""Different words of a column that are shown, when all of them are short and without numbers."""

PROMPT = Prompt(
    "A user says what becomes different in a row of a table. Answer with the row as it becomes. Change only the cells "
    "the user speaks of, and copy the others.",
    [
        (
            'State: in stock, sold out\n{"Item":"Coffee","Price":"4,00","State":"in stock"}\n\n'
            "The user: There is no more coffee.",
            {"Item": "Coffee", "Price": "4,00", "State": "sold out"},
        ),
        (
            '{"Time":"9:00","What":"Yoga","Teacher":"Kim"}\n\nThe user: Lee teaches the yoga class now.',
            {"Time": "9:00", "What": "Yoga", "Teacher": "Lee"},
        ),
        (
            '{"城市":"重庆","人口":"3191 万","负责人":"小李"}\n\nThe user: 重庆换成小赵负责了。',
            {"城市": "重庆", "人口": "3191 万", "负责人": "小赵"},
        ),
        (
            'Fertig: ja, nein\n{"Datum":"3. Mai","Was":"Chor, Probe","Fertig":"nein"}\n\n'
            "The user: Die Chorprobe ist erst am 10. Mai.",
            {"Datum": "10. Mai", "Was": "Chor, Probe", "Fertig": "nein"},
        ),
    ],
)


async def changed_row(tools: Answers, draft: Draft) -> list[Operation] | None:
    """The cells of the one row that the request speaks of; empty when nothing fit to be used came of it.

    `None` when it speaks of no row, or of several.
    """
    row = meant_row(draft)
    table = draft.outline.parent(row) if row else None
    if row is None or table is None:
        return None
    header, old = cell_texts(draft.outline, table.children[0]), cell_texts(draft.outline, row)
    names = [name or f"column {number}" for number, name in enumerate(header, 1)]
    if len(old) != len(header) or len(set(names)) != len(names) or any(len(each) > LONGEST for each in old):
        return []
    dialog = Dialog(tools, PROMPT)
    states = [f"{name}: {', '.join(found)}\n" for at, name in enumerate(names) if (found := _states(draft, table, at))]
    said = (
        f"{''.join(states)}{compact(dict(zip(names, old, strict=True)))}\n\n{draft.material}The user: {draft.request}"
    )
    for _ in range(2):
        written = await dialog.choose(said, record(**{name: text(LONGEST) for name in names}))
        new = [str(written.get(name, "")).strip() for name in names]
        fault = _fault(draft, table, old, new)
        if not fault:
            pairs = enumerate(zip(old, new, strict=True), 1)
            return [SetCell(table.id, row.id, column, cell) for column, (was, cell) in pairs if cell != was]
        said = f"{fault} Answer again."
    return []


def meant_row(draft: Draft) -> Block | None:
    """The row that the request points to more than to anything else, and by something other than a column's name."""
    told = draft.instruction
    if draft.task.selection or meant_code(draft) or mentions(told, "sentence") or mentions(told, "paragraph"):
        return None
    named = named_rows(draft, draft.query)
    if len(named) == 1 and not values(cell_texts(draft.outline, named[0])[0]):
        return named[0]
    rows = targets.rows(draft)
    others = [each for each in draft.passages if each.block.kind not in ("row", "heading", "front_matter")]
    candidates = [Candidate(_cells_of(each.text)) for each in rows]
    candidates += [Candidate(each.text, each.section) for each in others]
    evidence, words = Evidence(candidates), pointing(draft)
    ranked = evidence.ranked(words)
    scores = [evidence.score(at, words) for at in ranked if at < len(rows)]
    others_best = max((evidence.score(at, words) for at in ranked if at >= len(rows)), default=0.0)
    if not scores or scores[0] < others_best or (len(scores) > 1 and scores[0] < CLEAR_LEAD * scores[1]):
        return None
    row = rows[next(at for at in ranked if at < len(rows))]
    return row.block if _names(draft, row.block, draft.query) else None


def _cells_of(row: str) -> str:
    return row.replace("|", " ")


def _names(draft: Draft, row: Block, told: str) -> set[str]:
    """The words of the row that the request says, without those that name a column."""
    table = draft.outline.parent(row)
    header = naming(" ".join(cell_texts(draft.outline, table.children[0]))) if table else set()
    said = naming(" ".join(cell_texts(draft.outline, row))) & stems(told)
    return {word for word in said - header if len(word) > 1}


def _states(draft: Draft, table: Block, column: int) -> list[str]:
    """The words a column has, when they look like states: few, short, without numbers, one of them twice or more."""
    found = [cell for each in table.children[1:] for cell in cell_texts(draft.outline, each)[column : column + 1]]
    kept = list(dict.fromkeys(each for each in found if each))
    short = all(len(each) <= 20 and not values(each) for each in kept)
    return kept if column and short and 1 < len(kept) <= STATES else []


def _fault(draft: Draft, table: Block, old: list[str], new: list[str]) -> str:
    """What is wrong with the row written anew, in words for the model; empty when nothing is."""
    if new == old:
        return "Nothing has changed."
    told = draft.told
    if missing := lacking(draft, " ".join(new)):
        return f"Write also {missing[0]}."
    said = stems(f"{told} {draft.query} {draft.recalled}")
    row = fold(" ".join([*old, *new]))
    if lost := [each for each in values(draft.instruction) if fold(each) not in row and not is_refuted(told, each)]:
        return f"Write also {lost[0]}."
    for column, (was, cell) in enumerate(zip(old, new, strict=True)):
        if cell == was:
            continue
        if not cell:
            return f"Keep {was}."
        if naming(was) and naming(was) <= said and not is_refuted(told, was) and not _trades(draft, was, cell):
            return f"Keep {was}."
        if bool(values(was)) and not values(cell) and was and not draft.says(cell):
            return f"Keep {was}."
        if not _is_said(draft, table, column, was, cell, said):
            return f"Nobody said {cell}."
    return ""


def _trades(draft: Draft, was: str, cell: str) -> bool:
    """Whether the user says both the old and the new, names of one sort: "Samir is now Nora"."""
    both = draft.says(was) and draft.says(cell)
    return both and not values(was + cell) and was[:1].isupper() == cell[:1].isupper()


def _is_said(draft: Draft, table: Block, column: int, was: str, cell: str, said: set[str]) -> bool:
    """Whether every word of the cell is the user's or was there, or the cell is a state that the request speaks of."""
    if cell in _states(draft, table, column):
        header = cell_texts(draft.outline, table.children[0])[column]
        told = any(are_akin(word, other) for word in stems(cell) for other in said)
        return told or bool(naming(header) & said) or any(is_cjk(char) and char in draft.told for char in cell)
    known = said | stems(was)
    if any(fold(each) not in fold(f"{draft.heard} {was}") for each in values(cell)):
        return False
    return all(word in known or any(are_akin(word, other) for other in known) for word in stems(cell))
