"""The operations. Blocks are named by their ids in `cut(text)`; positions count code points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Place = Literal["before", "after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What every operation carries: `reason`, shown to the user beside the change."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReplaceBlock(Operation):
    """Other text for a block, fitted to its kind; of an item, marker, box and sub-items stay."""

    block: str
    text: str


@dataclass(frozen=True, slots=True)
class ReplaceSection(Operation):
    """Other text under a heading, which stays."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Insert(Operation):
    """`text` as its own block beside a block; beside an item as an item, beside a row as a row.

    `block=None`: at the end of the text (`after`), or at its start below any front matter (`before`).
    """

    block: str | None
    text: str
    place: Place = "after"


@dataclass(frozen=True, slots=True)
class InsertIntoSection(Operation):
    """`text` as the last block of what a heading heads."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class DeleteBlock(Operation):
    """Take a block out: any block, also an item or a row."""

    block: str


@dataclass(frozen=True, slots=True)
class DeleteSection(Operation):
    """Take a heading out, with all it heads."""

    heading: str


@dataclass(frozen=True, slots=True)
class MoveBlock(Operation):
    """Move a block before or after one of its siblings."""

    block: str
    target: str
    place: Place = "after"


@dataclass(frozen=True, slots=True)
class MoveSection(Operation):
    """Move a section before or after another; after means after all that `target` heads."""

    heading: str
    target: str
    place: Place = "after"


@dataclass(frozen=True, slots=True)
class SwapSections(Operation):
    """Let two sections change places."""

    first: str
    second: str


@dataclass(frozen=True, slots=True)
class RenameHeading(Operation):
    """Other words for a heading, of the same level and style."""

    heading: str
    title: str


@dataclass(frozen=True, slots=True)
class SetCell(Operation):
    """Put text into a cell.

    `row` is a block id, the text of its first cell, or a number (the header is 0); `column` a name, or a number from 1.
    """

    table: str
    row: int | str
    column: int | str
    text: str


@dataclass(frozen=True, slots=True)
class AddRow(Operation):
    """Add a row beside `row`, or at the end: a cell for each column, or by column name, or one text with pipes."""

    table: str
    cells: Sequence[str] | Mapping[str, str] | str
    row: int | str | None = None
    place: Place = "after"


@dataclass(frozen=True, slots=True)
class RemoveRow(Operation):
    """Take a row out."""

    table: str
    row: int | str


@dataclass(frozen=True, slots=True)
class CheckTask(Operation):
    """Tick (`done`) or untick a task."""

    item: str
    done: bool = True


@dataclass(frozen=True, slots=True)
class AddItem(Operation):
    """Add an item beside an item, or at the end (`after`) or start (`before`) of a list."""

    near: str
    text: str
    place: Place = "after"


@dataclass(frozen=True, slots=True)
class RemoveItem(Operation):
    """Take an item out, with all that is in it."""

    item: str


@dataclass(frozen=True, slots=True)
class ReplacePhrase(Operation):
    """`text` for `find`, which occurs once, or `everywhere`; `within` is a block id, or a start and an end."""

    find: str
    text: str
    everywhere: bool = False
    within: str | tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ReplaceRange(Operation):
    """`text` for the selection `start` to `end`, in code points."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Restore(Operation):
    """Take back unsaved changes: one of `changes` (`c2`), those in a block or under a heading, or all (`None`)."""

    what: str | None = None
    section: bool = False
