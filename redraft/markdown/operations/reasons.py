"""What an operation does, in a few words, for the user who looks at its hunks and was told no reason by the model."""

import re
from functools import singledispatch

from redraft.markdown.blocks import Outline
from redraft.markdown.operations import kinds

_SHOWN = 40  # characters of a text that is quoted
_MARKS = re.compile(r"\s*(?:(?:#{1,6}|>|[-*+]|\d{1,9}[.)]|\[[ xX]\]|\|)\s+)*")


def reason_of(operation: kinds.Operation, outline: Outline) -> str:
    """The operation's own reason, else what it does."""
    return operation.reason or _does(operation, outline)


def _short(text: str) -> str:
    words = " ".join(text[_MARKS.match(text).end() :].split())  # type: ignore[union-attr]  # it matches anything
    if len(words) > _SHOWN:
        head = words[: _SHOWN - 1]
        words = (head.rpartition(" ")[0] or head) + "…"
    return f"“{words}”"


def _block(outline: Outline, block_id: str | None) -> str:
    """A block by its first words, without the marks of headings and items."""
    block = outline.find(block_id) if block_id else None
    source = outline.source(block) if block else ""
    return _short(source.split("\n")[0])


@singledispatch
def _does(operation: kinds.Operation, outline: Outline) -> str:
    return ""


@_does.register
def _(operation: kinds.ReplaceBlock, outline: Outline) -> str:
    return f"Rewrite {_block(outline, operation.block)}"


@_does.register
def _(operation: kinds.ReplaceSection, outline: Outline) -> str:
    return f"Rewrite the section {_block(outline, operation.heading)}"


@_does.register(kinds.Insert)
@_does.register(kinds.AddItem)
def _(operation: kinds.Insert | kinds.AddItem, outline: Outline) -> str:
    return f"Add {_short(operation.text)}"


@_does.register
def _(operation: kinds.InsertIntoSection, outline: Outline) -> str:
    return f"Add {_short(operation.text)} to {_block(outline, operation.heading)}"


@_does.register
def _(operation: kinds.DeleteBlock, outline: Outline) -> str:
    return f"Remove {_block(outline, operation.block)}"


@_does.register
def _(operation: kinds.RemoveItem, outline: Outline) -> str:
    return f"Remove {_block(outline, operation.item)}"


@_does.register
def _(operation: kinds.DeleteSection, outline: Outline) -> str:
    return f"Remove the section {_block(outline, operation.heading)}"


@_does.register
def _(operation: kinds.MoveBlock, outline: Outline) -> str:
    return f"Move {_block(outline, operation.block)} {operation.place} {_block(outline, operation.target)}"


@_does.register
def _(operation: kinds.MoveSection, outline: Outline) -> str:
    moved, target = _block(outline, operation.heading), _block(outline, operation.target)
    return f"Move the section {moved} {operation.place} {target}"


@_does.register
def _(operation: kinds.SwapSections, outline: Outline) -> str:
    return f"Swap {_block(outline, operation.first)} and {_block(outline, operation.second)}"


@_does.register
def _(operation: kinds.RenameHeading, outline: Outline) -> str:
    return f"Rename {_block(outline, operation.heading)} to {_short(operation.title)}"


@_does.register
def _(operation: kinds.SetCell, outline: Outline) -> str:
    return f"Set {operation.column} to {_short(operation.text)}"


@_does.register
def _(operation: kinds.AddRow, outline: Outline) -> str:
    cells = operation.cells
    texts = cells if isinstance(cells, str) else " | ".join(cells.values() if isinstance(cells, dict) else cells)
    return f"Add the row {_short(texts)}"


@_does.register
def _(operation: kinds.RemoveRow, outline: Outline) -> str:
    known = isinstance(operation.row, str) and outline.find(operation.row)
    row = _block(outline, str(operation.row)) if known else str(operation.row)
    return f"Remove the row {row}"


@_does.register
def _(operation: kinds.CheckTask, outline: Outline) -> str:
    return f"{'Tick' if operation.done else 'Untick'} {_block(outline, operation.item)}"


@_does.register
def _(operation: kinds.ReplacePhrase, outline: Outline) -> str:
    if not operation.text:
        return f"Remove {_short(operation.find)}"
    return f"Replace {_short(operation.find)} with {_short(operation.text)}"


@_does.register
def _(operation: kinds.ReplaceRange, outline: Outline) -> str:
    old = outline.text[operation.start : operation.end]
    return f"Replace {_short(old)} with {_short(operation.text)}" if operation.text else f"Remove {_short(old)}"


@_does.register
def _(operation: kinds.Restore, outline: Outline) -> str:
    return "Bring back what was saved"
