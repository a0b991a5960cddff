"""Typed operations on a Markdown text. An operation that does not fit becomes a problem, in words for a model."""

from redraft.markdown.operations.apply import Applied, Problem, apply
from redraft.markdown.operations.kinds import (
    AddItem,
    AddRow,
    CheckTask,
    DeleteBlock,
    DeleteSection,
    Insert,
    InsertIntoSection,
    MoveBlock,
    MoveSection,
    Operation,
    RemoveItem,
    RemoveRow,
    RenameHeading,
    ReplaceBlock,
    ReplacePhrase,
    ReplaceRange,
    ReplaceSection,
    Restore,
    SetCell,
    SwapSections,
)

__all__ = [
    "AddItem", "AddRow", "Applied", "CheckTask", "DeleteBlock", "DeleteSection", "Insert", "InsertIntoSection",
    "MoveBlock", "MoveSection", "Operation", "Problem", "RemoveItem", "RemoveRow", "RenameHeading", "ReplaceBlock",
    "ReplacePhrase", "ReplaceRange", "ReplaceSection", "Restore", "SetCell", "SwapSections", "apply",
]  # fmt: skip
