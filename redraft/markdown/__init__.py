"""Markdown by source position: blocks, operations, hunks, diff, merge. Pure, and usable on its own."""

from redraft.markdown.blocks import Block, Outline, cut
from redraft.markdown.changes import Change, changes
from redraft.markdown.merging import Conflict, MergeResult, merge
from redraft.markdown.operations import Applied, Operation, Problem, apply
from redraft.markdown.replacement import Replacement

__all__ = [
    "Applied", "Block", "Change", "Conflict", "MergeResult", "Operation", "Outline", "Problem", "Replacement",
    "apply", "changes", "cut", "merge",
]  # fmt: skip
