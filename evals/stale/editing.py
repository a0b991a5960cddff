"""An edit as an agent proposes it: one to three changes of the kinds that people ask for."""

import random
import re
from collections.abc import Sequence

from evals.stale.atoms import Atom, Atoms, Edited, atoms_of, blocks_of, lines_of, text_of

WORDS = [
    "therefore", "concise", "review", "the", "first", "draft", "must", "carry", "each", "figure", "plainly",
    "whenever", "readers", "ask", "for", "it", "so", "that", "no", "clause", "remains", "vague", "and", "every",
    "later", "step", "follows", "from", "what", "was", "agreed",
]  # fmt: skip
SECTIONS = (
    "## What changes\n\nThe deadline moves by a week, and nobody works on Sunday.",
    "Thank you for reading this far.",
    "| step | who |\n| --- | --- |\n| collect | Ada |\n| send | Grace |",
    "1. Measure.\n2. Cut.\n3. Sand.",
)


def edited(draft: Sequence[Atom], chance: random.Random) -> Edited:
    """An edit of `draft` that changes something."""
    while True:
        atoms = list(draft)
        for change in chance.choices((_phrase, _rewrite, _block, _item, _remove, _heading), (5, 4, 3, 3, 2, 1), k=3)[
            : chance.choice((1, 1, 1, 2, 3))
        ]:
            atoms = change(atoms, chance)
        made = Edited.of(list(draft), atoms)
        if made.changes:
            return made


def _prose(atoms: Atoms) -> list[tuple[int, int]]:
    """Blocks of plain paragraphs."""
    return [(s, e) for s, e in blocks_of(atoms) if re.match(r"[A-Za-z*`\[]", text_of(atoms[s : s + 1]))]


def _phrase(atoms: Atoms, chance: random.Random) -> Atoms:
    """A fact is replaced: one to four words beside each other."""
    words = [place for place, atom in enumerate(atoms) if atom.is_word]
    if not words:
        return atoms
    start = chance.choice(words)
    end, left = start, chance.randint(1, 4)
    while left and end < len(atoms) and atoms[end].text != "\n" and (atoms[end].is_word or atoms[end].text == " "):
        left -= atoms[end].is_word
        end += 1
    end -= end > start and atoms[end - 1].text == " "
    new = " ".join(chance.choices(WORDS, k=chance.randint(1, 4)))
    return atoms[:start] + atoms_of(new) + atoms[end:]


def _rewrite(atoms: Atoms, chance: random.Random) -> Atoms:
    """A paragraph in another tone: many of its words are others, some stay."""
    prose = _prose(atoms)
    if not prose:
        return atoms
    start, end = chance.choice(prose)
    changed: Atoms = []
    for atom in atoms[start:end]:
        keep = not atom.is_word or chance.random() < 0.5
        changed += [atom] if keep else atoms_of(chance.choice(WORDS))
    return atoms[:start] + changed + atoms[end:]


def _block(atoms: Atoms, chance: random.Random) -> Atoms:
    """A new paragraph, table, list or section between two blocks."""
    starts = [start for start, _ in blocks_of(atoms)]
    place = chance.choice(starts) if starts else 0
    return atoms[:place] + atoms_of(chance.choice(SECTIONS) + "\n\n") + atoms[place:]


def _item(atoms: Atoms, chance: random.Random) -> Atoms:
    """One more item behind another."""
    items = [
        (start, end)
        for start, end in lines_of(atoms)
        if text_of(atoms[start:end]).lstrip().startswith("- ") and atoms[end - 1].text == "\n"
    ]
    if not items:
        return atoms
    start, end = chance.choice(items)
    line = text_of(atoms[start:end])
    indent = line[: len(line) - len(line.lstrip())]
    said = " ".join(chance.choices(WORDS, k=chance.randint(2, 5)))
    return atoms[:end] + atoms_of(f"{indent}- {said}\n") + atoms[end:]


def _remove(atoms: Atoms, chance: random.Random) -> Atoms:
    """A block goes."""
    blocks = blocks_of(atoms)
    if len(blocks) < 4:
        return atoms
    start, end = chance.choice(blocks)
    return atoms[:start] + atoms[end:]


def _heading(atoms: Atoms, chance: random.Random) -> Atoms:
    """A heading gets another name."""
    headings = [(s, e) for s, e in lines_of(atoms) if atoms[s].text == "#"]
    if not headings:
        return atoms
    start, end = chance.choice(headings)
    first = next((place for place in range(start, end) if atoms[place].is_word), None)
    last = end - (atoms[end - 1].text == "\n")
    if first is None:
        return atoms
    return atoms[:first] + atoms_of(" ".join(chance.choices(WORDS, k=3)).capitalize()) + atoms[last:]
