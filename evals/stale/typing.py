"""A user at work: what they do to a draft while an edit of it is under way."""

import random
from collections.abc import Callable, Sequence

from evals.stale.atoms import Atom, Atoms, atoms_of, blocks_of, lines_of, text_of

WORDS = [
    "also", "often", "perhaps", "river", "evening", "quietly", "table", "seven", "letters", "after", "warm", "never",
    "between", "market", "answer", "green", "slowly", "window", "paper", "twice", "ahead", "because", "small",
    "bridge", "number", "morning", "again", "silver", "almost", "question", "open", "northern",
]  # fmt: skip
PARAGRAPHS = (
    "Call the printer before noon and ask about the paper.",
    "- one more thing\n- and another",
    "> Somebody said this at the meeting.",
    "Nothing here is final. Ask Robin about the budget, then decide.",
    "### Open questions",
    "    keep = 4\n    retry(keep)",
)


class Typist:
    """Changes a draft step by step, with a memory for undo. All that is typed are new atoms."""

    def __init__(self, draft: Sequence[Atom], chance: random.Random) -> None:
        self.atoms: Atoms = list(draft)
        self._chance = chance
        self._before: list[Atoms] = []
        self._cursor = chance.randrange(len(self.atoms) + 1)

    def act(self) -> None:
        """Do one thing: mostly type near where the cursor is, sometimes something larger or elsewhere."""
        if self._chance.random() < 0.25:
            self._cursor = self._chance.randrange(len(self.atoms) + 1)
        actions: dict[Callable[[], None], int] = {
            self._insert: 30, self._delete: 15, self._replace: 20, self._new_line: 8, self._paste: 7,
            self._move: 6, self._delete_block: 3, self._reindent: 5, self._undo: 6,
        }  # fmt: skip
        action = self._chance.choices(list(actions), list(actions.values()))[0]
        held = list(self.atoms)
        action()
        if action != self._undo and held != self.atoms:
            self._before.append(held)
        self._cursor = min(self._cursor, len(self.atoms))

    def _insert(self) -> None:
        """A few words behind the next word."""
        place = self._next_word()
        if place is not None:
            said = " ".join(self._chance.choices(WORDS, k=self._chance.randint(1, 6)))
            self._splice(place + 1, place + 1, f" {said}")

    def _delete(self) -> None:
        """Up to five words of one line, each with the space before it."""
        place = self._next_word()
        if place is None:
            return
        end, left = place, self._chance.randint(1, 5)
        while left and end < len(self.atoms) and self.atoms[end].text != "\n":
            left -= self.atoms[end].is_word
            end += 1
        self._splice(place, end, "")

    def _replace(self) -> None:
        """One word by another, or by a corrected spelling."""
        place = self._next_word()
        if place is not None:
            word = self.atoms[place].text
            new = word[:1] + word[2:] if len(word) > 4 and self._chance.random() < 0.3 else self._chance.choice(WORDS)
            self._splice(place, place + 1, new)

    def _new_line(self) -> None:
        """Enter at the end of a line, and a few words: another item where the line is one."""
        lines = list(lines_of(self.atoms))
        if not lines:
            return
        start, end = next(((s, e) for s, e in lines if s <= self._cursor < e), lines[-1])
        line = text_of(self.atoms[start:end])
        said = " ".join(self._chance.choices(WORDS, k=self._chance.randint(1, 5)))
        body = line.lstrip(" ")
        marker = line[: len(line) - len(body)] + (body[:2] if body[:2] in ("- ", "* ", "> ") else "")
        at = end - 1 if self.atoms[end - 1].text == "\n" else end
        self._splice(at, at, f"\n{marker}{said}")

    def _paste(self) -> None:
        """A block from elsewhere. No copy of one that is there: text cannot tell which of the two an edit meant."""
        blocks = blocks_of(self.atoms)
        if blocks:
            place = self._chance.choice(blocks)[0]
            self._splice(place, place, f"{self._chance.choice(PARAGRAPHS)}\n\n")

    def _move(self) -> None:
        """A block to another place."""
        blocks = blocks_of(self.atoms)[:-1]  # the last may lack the blank line that keeps it apart
        if len(blocks) < 2:
            return
        start, end = self._chance.choice(blocks)
        target = self._chance.choice([block[0] for block in blocks if block[0] != start])
        moved = self.atoms[start:end]
        rest = self.atoms[:start] + self.atoms[end:]
        place = target if target < start else target - len(moved)
        self.atoms = rest[:place] + moved + rest[place:]

    def _delete_block(self) -> None:
        blocks = blocks_of(self.atoms)
        if len(blocks) > 3:
            start, end = self._chance.choice(blocks)
            self.atoms = self.atoms[:start] + self.atoms[end:]

    def _reindent(self) -> None:
        """A few neighbouring items or lines of code go in by two spaces, or come out."""
        lines = [
            (start, end)
            for start, end in lines_of(self.atoms)
            if text_of(self.atoms[start:end]).lstrip().startswith(("- ", "* "))
        ]
        if not lines:
            return
        first = self._chance.randrange(len(lines))
        inward = self._chance.random() < 0.7
        for start, _ in reversed(lines[first : first + self._chance.randint(1, 3)]):
            spaces = self.atoms[start].text if not self.atoms[start].text.strip() else ""
            if inward:
                self._splice(start, start + bool(spaces), f"{spaces}  ")
            elif spaces.startswith("  "):
                self._splice(start, start + 1, spaces[2:])

    def _undo(self) -> None:
        if self._before:
            self.atoms = self._before.pop()

    def _next_word(self) -> int | None:
        """The first word from the cursor on, else the first of all."""
        places = [*range(self._cursor, len(self.atoms)), *range(self._cursor)]
        return next((place for place in places if self.atoms[place].is_word), None)

    def _splice(self, start: int, end: int, text: str) -> None:
        new = atoms_of(text)
        self.atoms = self.atoms[:start] + new + self.atoms[end:]
        self._cursor = start + len(new)
