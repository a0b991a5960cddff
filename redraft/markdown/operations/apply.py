"""Operations applied together, by position: all of one or nothing of it, and no other byte."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from redraft.markdown.blocks import Outline, cut
from redraft.markdown.operations.anchors import relinked
from redraft.markdown.operations.fitting import title_of
from redraft.markdown.operations.guard import Refused, parted
from redraft.markdown.operations.kinds import (
    MoveBlock,
    MoveSection,
    Operation,
    RenameHeading,
    ReplaceBlock,
    Restore,
    SwapSections,
)
from redraft.markdown.operations.numbers import Renumbered, Shift, inside, renumber
from redraft.markdown.operations.reasons import reason_of
from redraft.markdown.operations.resolve import Target, resolve
from redraft.markdown.replacement import CannotApply, Replacement, splice

_PLACE = attrgetter("place")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the operation of that index was not applied, in words for the model that asked for it."""

    operation: int
    message: str


@dataclass(frozen=True, slots=True)
class Applied:
    """The new text, what was replaced in order of the old text, and what could not be done."""

    document: str
    replacements: list[Replacement]
    problems: list[Problem]


def apply(
    text: str | Outline,
    operations: Sequence[Operation],
    *,
    original: str | None = None,
    selection: tuple[int, int] | None = None,
) -> Applied:
    """Apply each operation that fits; the others become problems, and the text stays as if they had not been asked for.

    All operations refer to `text` as it is given, its block ids too (pass the `Outline` when it is at hand). `original`
    is the text as last saved, for `Restore`. With a `selection` (code points) nothing outside it can change.
    """
    outline = cut(text) if isinstance(text, str) else text
    target = Target(outline, original)
    restoring = {index for index, each in enumerate(operations) if isinstance(each, Restore)}
    refused: dict[int, str] = {}
    while True:
        taken, tied = _all_taken(target, operations, selection, refused)
        made = parted(outline, taken, restoring, tied)
        if not isinstance(made, Refused):
            problems = [Problem(index, message) for index, message in sorted(refused.items())]
            return Applied(splice(outline.text, made), made, problems)
        refused[made.operation] = made.message


def _all_taken(
    target: Target, operations: Sequence[Operation], selection: tuple[int, int] | None, refused: dict[int, str]
) -> tuple[list[Replacement], list[set[int]]]:
    """What the operations come to that were not `refused` before; those that do not fit are added there.

    With them the operations that are tied, as one changes what has to move with the other.
    """
    taken, outline = _Taken(), target.outline
    applied: list[int] = []
    shifts: list[Shift] = []
    for index, operation in enumerate(operations):
        if index in refused:
            continue
        try:
            made, moved = resolve(operation, target)
            _check_selection(made, selection)
            taken.add(_signed(outline, made, operation, index, bool(moved)))
        except CannotApply as problem:
            refused[index] = str(problem)
        else:
            applied.append(index)
            shifts += [replace(each, operation=index) for each in moved]
    if len({shift.operation for shift in shifts}) > 1:  # numbers of added items count with each other: once more
        taken = _Taken()
        for index in applied:
            made, moved = resolve(operations[index], replace(target, shifts=shifts, operation=index))
            taken.add(_signed(outline, made, operations[index], index, bool(moved)))
    renumbered = [each for each in renumber(outline, shifts) if taken.take_number(each, selection)]
    following: list[Replacement] = []
    if renamed := _renamed(outline, operations, applied):
        following += relinked(outline, renamed)
    taken.add_following([each for each in following if _within(each, selection)])
    wider = [each for each in renumbered if each.inset]
    tied = [
        {each.number.operation, other.operation}
        for each in wider
        for other in taken.all
        if each.holds(other) and other.operation != each.number.operation
    ]
    return [inside(wider, each) for each in taken.all], tied


def _renamed(outline: Outline, operations: Sequence[Operation], applied: Sequence[int]) -> dict[str, tuple[str, int]]:
    """The headings that get other words, by id: the new title, and the operation that gives it."""
    renamed: dict[str, tuple[str, int]] = {}
    for index in applied:
        operation = operations[index]
        if isinstance(operation, RenameHeading):
            renamed[operation.heading] = title_of(operation.title), index
        elif isinstance(operation, ReplaceBlock):
            block = outline.find(operation.block)
            if block and block.kind == "heading":
                renamed[block.id] = title_of(operation.text), index
    return renamed


def _signed(
    outline: Outline, made: Sequence[Replacement], operation: Operation, index: int, moves: bool
) -> list[Replacement]:
    """With the operation's reason; those of a move, or that others follow, as one group."""
    grouped = moves or isinstance(operation, MoveBlock | MoveSection | SwapSections)
    grouped = grouped or bool(_renamed(outline, [operation], [0]))
    group = f"o{index + 1}" if grouped else ""
    reason = reason_of(operation, outline)
    return [replace(each, reason=reason, group=group, operation=index) for each in made]


class _Taken:
    """Replacements that do not overlap, in order."""

    def __init__(self) -> None:
        self.all: list[Replacement] = []

    def add(self, made: Sequence[Replacement]) -> None:
        """Take all of them, or raise and take none. Insertions at one place stand in the order they came.

        What is asked for twice in the same words is done once.
        """
        new = [each for each in made if not self._is_done(each)]
        for each in new:
            self._check(each)
        for each in new:
            insort(self.all, each, key=_PLACE)

    def _is_done(self, new: Replacement) -> bool:
        index = bisect_left(self.all, new.place, key=_PLACE)
        if index == len(self.all) or new.start == new.end:
            return False
        return self.all[index].place == new.place and self.all[index].text == new.text

    def add_following(self, following: Sequence[Replacement]) -> None:
        """Take those that nothing else touches: an item that is replaced as a whole has no number to change."""
        for each in following:
            try:
                self.add([each])
            except CannotApply:
                continue

    def take_number(self, renumbered: Renumbered, selection: tuple[int, int] | None) -> bool:
        """Take an item's new number, and move what is in the item with it, unless the item is replaced as a whole."""
        if not all(_within(each, selection) for each in (renumbered.number, *renumbered.lines)):
            return False
        try:
            self.add([renumbered.number])
        except CannotApply:
            return False
        self.add_following(renumbered.lines)
        return True

    def _check(self, new: Replacement) -> None:
        index = bisect_left(self.all, new.place, key=_PLACE)
        for other in self.all[max(index - 1, 0) : index + 1]:
            if _overlap(new, other):
                raise CannotApply(
                    "This changes text that an earlier operation changes too: make it one operation, "
                    "or quote text that occurs once and lies outside the other."
                )


def _overlap(a: Replacement, b: Replacement) -> bool:
    """Whether they share a character, or one inserts strictly inside what the other takes."""
    if a.start == a.end == b.start == b.end:
        return False
    if a.start == a.end or b.start == b.end:
        point, span = (a, b) if a.start == a.end else (b, a)
        return span.start < point.start < span.end
    return a.start < b.end and b.start < a.end


def _within(made: Replacement, selection: tuple[int, int] | None) -> bool:
    return selection is None or (selection[0] <= made.start and made.end <= selection[1])


def _check_selection(made: Sequence[Replacement], selection: tuple[int, int] | None) -> None:
    if not all(_within(each, selection) for each in made):
        raise CannotApply("This changes text outside the user's selection: change only what is selected.")
