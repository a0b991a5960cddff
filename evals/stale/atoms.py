"""A draft as atoms that keep their identity, so that what became of each can be followed through every change.

Text alone cannot say where a change belongs after somebody else moved things; identities can. Both the simulated user
and the simulated edit work on atoms, and the judge compares what they meant with the text that a tool made of it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

PIECE = re.compile(r"\n|[^\S\n]+|\w+|[^\w\s]")
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """A word, a run of spaces, a line end or a mark. Two atoms are the same only if they are one object."""

    text: str

    @property
    def is_word(self) -> bool:
        """Whether it is a word, and not a space or a mark."""
        return self.text[0].isalnum() or self.text[0] == "_"


Atoms = list[Atom]


def atoms_of(text: str) -> Atoms:
    """`text` as new atoms."""
    return [Atom(piece) for piece in PIECE.findall(text)]


def text_of(atoms: Iterable[Atom]) -> str:
    """The text of atoms."""
    return "".join(atom.text for atom in atoms)


def words_of(atoms: Iterable[Atom]) -> list[str]:
    """The words among atoms, in order."""
    return [atom.text for atom in atoms if atom.is_word]


def lines_of(atoms: Sequence[Atom]) -> Iterator[tuple[int, int]]:
    """Where each line starts and ends; the end is behind the line's end."""
    start = 0
    for place, atom in enumerate(atoms):
        if atom.text == "\n":
            yield start, place + 1
            start = place + 1
    if start < len(atoms):
        yield start, len(atoms)


def blocks_of(atoms: Sequence[Atom]) -> list[tuple[int, int]]:
    """Where each block starts and ends: lines between blank lines, the blank lines behind it included.

    A fence is one block, whatever blank lines it holds. What stands before the first block belongs to none.
    """
    blocks: list[tuple[int, int]] = []
    begun: int | None = None
    fenced = blank = False
    for start, end in lines_of(atoms):
        line = text_of(atoms[start:end])
        if not line.strip() and not fenced:
            blank = True
            continue
        if begun is None or (blank and not fenced):
            if begun is not None:
                blocks.append((begun, start))
            begun = start
        blank = False
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
    if begun is not None:
        blocks.append((begun, len(atoms)))
    return blocks


@dataclass(frozen=True)
class Change:
    """`removed`, which stand side by side in the draft, and what stands there instead.

    `before` and `after` are the neighbours in the draft; None at its ends.
    """

    removed: tuple[Atom, ...]
    inserted: tuple[Atom, ...]
    before: Atom | None
    after: Atom | None

    def trimmed(self) -> "Change":
        """Without what is written again as it stood, at either end: no text shows that as changed."""
        removed, inserted, before, after = self.removed, self.inserted, self.before, self.after
        while removed and inserted and removed[0].text == inserted[0].text:
            removed, inserted, before = removed[1:], inserted[1:], removed[0]
        while removed and inserted and removed[-1].text == inserted[-1].text:
            removed, inserted, after = removed[:-1], inserted[:-1], removed[-1]
        return Change(removed, inserted, before, after)


@dataclass(frozen=True)
class Edited:
    """What an edit made of `draft`."""

    draft: Atoms
    result: Atoms
    changes: list[Change]

    @classmethod
    def of(cls, draft: Atoms, result: Atoms) -> "Edited":
        """The changes between two lists whose common atoms stand in the same order."""
        kept, old = set(result), set(draft)
        changes: list[Change] = []
        before: Atom | None = None
        i = j = 0
        while True:
            first, first_new = i, j
            while i < len(draft) and draft[i] not in kept:
                i += 1
            while j < len(result) and result[j] not in old:
                j += 1
            after = draft[i] if i < len(draft) else None
            if i > first or j > first_new:
                change = Change(tuple(draft[first:i]), tuple(result[first_new:j]), before, after).trimmed()
                if change.removed or change.inserted:
                    changes.append(change)
            if after is None:
                return cls(draft, result, changes)
            before, i, j = after, i + 1, j + 1
