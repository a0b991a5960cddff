"""Operations applied together, by position: all of one or nothing of it, and no other byte."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
from redraft.markdown.operations.resolve import Resolved, Target, resolve
from redraft.markdown.operations.taken import Taken
from redraft.markdown.replacement import CannotApply, Replacement, splice

_MOVES = (MoveBlock, MoveSection, SwapSections)


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
    target = Target(outline, original, selection=selection)
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
    while True:
        known = len(refused)
        resolved = _resolved(target, operations, refused)
        taken, shifts = _added(target, operations, resolved, selection, refused)
        if len({shift.operation for shift in shifts}) > 1 and len(refused) == known:
            # numbers of added items count with each other: once more
            resolved = {
                index: _of(operations[index], replace(target, shifts=shifts, operation=index)) for index in resolved
            }
            taken, _ = _added(target, operations, resolved, selection, refused)
        if (lost := taken.lost()) is not None:
            refused[lost] = "This moves text beside text that another operation moves beside it: make it one operation."
        if len(refused) == known:
            return _followed(target.outline, operations, taken, [*resolved], shifts, selection)


def _of(operation: Operation, target: Target) -> Resolved:
    made, moved = resolve(operation, target)
    return _signed(target.outline, made, operation, target.operation, bool(moved)), moved


def _resolved(target: Target, operations: Sequence[Operation], refused: dict[int, str]) -> dict[int, Resolved]:
    """What each operation comes to, by its index; moves that are asked for twice are left out."""
    found: dict[int, Resolved] = {}
    moves: list[Operation] = []
    for index, operation in enumerate(operations):
        plain = replace(operation, reason="")
        if index in refused or plain in moves:
            continue
        try:
            found[index] = _of(operation, replace(target, operation=index))
        except CannotApply as problem:
            refused[index] = str(problem)
        else:
            moves += [plain] if isinstance(operation, _MOVES) else []
    return found


def _added(
    target: Target,
    operations: Sequence[Operation],
    resolved: Mapping[int, Resolved],
    selection: tuple[int, int] | None,
    refused: dict[int, str],
) -> tuple[Taken, list[Shift]]:
    """All replacements that lie beside each other; operations whose do not are added to `refused`."""
    taken = Taken(each.carries for made, _ in resolved.values() for each in made)
    shifts: list[Shift] = []
    for index, (made, moved) in resolved.items():
        try:
            _check_selection(made, selection)
            taken.add(made)
        except CannotApply as problem:
            refused[index] = str(problem)
        else:
            shifts += [replace(each, operation=index) for each in moved]
    return taken, shifts


def _followed(
    outline: Outline,
    operations: Sequence[Operation],
    taken: Taken,
    applied: Sequence[int],
    shifts: list[Shift],
    selection: tuple[int, int] | None,
) -> tuple[list[Replacement], list[set[int]]]:
    """With what follows: the numbers of items and what is in these, and links to headings."""
    renumbered = [each for each in renumber(outline, shifts) if _take_number(taken, each, selection)]
    if renamed := _renamed(outline, operations, applied):
        taken.add_following([each for each in relinked(outline, renamed) if _within(each, selection)])
    wider = [each for each in renumbered if each.inset]
    tied = [
        {each.number.operation, other.operation}
        for each in wider
        for other in taken.all
        if each.holds(other) and other.operation != each.number.operation
    ]
    made, together = taken.folded(lambda each: inside(wider, each), outline.text)
    return made, tied + together


def _take_number(taken: Taken, renumbered: Renumbered, selection: tuple[int, int] | None) -> bool:
    """Take an item's new number, and move what is in the item with it, unless the item is replaced as a whole."""
    if not all(_within(each, selection) for each in (renumbered.number, *renumbered.lines)):
        return False
    try:
        taken.add([renumbered.number])
    except CannotApply:
        return False
    taken.add_following(renumbered.lines)
    return True


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
    grouped = moves or isinstance(operation, _MOVES)
    grouped = grouped or bool(_renamed(outline, [operation], [0]))
    group = f"o{index + 1}" if grouped else ""
    reason = reason_of(operation, outline)
    return [replace(each, reason=reason, group=group, operation=index) for each in made]


def _within(made: Replacement, selection: tuple[int, int] | None) -> bool:
    return selection is None or (selection[0] <= made.start and made.end <= selection[1])


def _check_selection(made: Sequence[Replacement], selection: tuple[int, int] | None) -> None:
    if not all(_within(each, selection) for each in made):
        raise CannotApply("This changes text outside the user's selection: change only what is selected.")
