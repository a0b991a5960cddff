"""One interleaving: a piece of a real document, an edit of it, and what a user typed while the edit was made.

The documents are this project's own pages. A case is made from its number alone, so that any of them can be looked at
again: `python -m evals.stale --case 4711`.
"""

import functools
import random
from dataclasses import dataclass
from pathlib import Path

from evals.stale.atoms import Atoms, Edited, atoms_of, blocks_of, text_of
from evals.stale.editing import edited
from evals.stale.typing import Typist

PAGES = Path(__file__).parents[2]
CHARACTERS = 1_800
"""Of a draft, about: a page of text, so that both sides often work near each other."""
STILL = 0.15
"""How often nobody types while the edit is made."""
MOST_ACTIONS = 12
CASES_APART = 1_000_003  # a prime, so that seeds do not meet


@dataclass(frozen=True)
class Late:
    """An edit that arrives when the draft has moved on."""

    edit: Edited
    now: Atoms

    @property
    def draft(self) -> str:
        """What the model was sent."""
        return text_of(self.edit.draft)

    @property
    def proposed(self) -> str:
        """What the model made of it."""
        return text_of(self.edit.result)

    @property
    def current(self) -> str:
        """What is on the screen by then."""
        return text_of(self.now)


def case(number: int, seed: int = 0) -> Late:
    """Interleaving `number`."""
    chance = random.Random(seed * CASES_APART + number)
    pages = _pages()
    draft = _piece(pages[chance.randrange(len(pages))], chance)
    return late(draft, chance)


def late(draft: Atoms, chance: random.Random) -> Late:
    """An edit of `draft`, and a user who types on meanwhile."""
    edit = edited(draft, chance)
    typist = Typist(draft, chance)
    for _ in range(0 if chance.random() < STILL else chance.randint(1, MOST_ACTIONS)):
        typist.act()
    return Late(edit, typist.atoms)


@functools.cache
def _pages() -> list[str]:
    return [path.read_text() for path in sorted([PAGES / "README.md", *(PAGES / "docs").rglob("*.md")])]


def _piece(page: str, chance: random.Random) -> Atoms:
    """Neighbouring blocks of a page."""
    atoms = atoms_of(page)
    blocks = blocks_of(atoms)
    first = last = chance.randrange(len(blocks))
    size = 0
    while last < len(blocks) and size < CHARACTERS:
        size += len(text_of(atoms[slice(*blocks[last])]))
        last += 1
    return atoms_of(text_of(atoms[blocks[first][0] : blocks[last - 1][1]]))
