"""Markdown by source position: blocks, operations, hunks, diff, merge. Pure, and usable on its own."""

from redraft.markdown.blocks import Block, Outline, cut
from redraft.markdown.changes import Change, changes_since
from redraft.markdown.diff import Word, unified, words
from redraft.markdown.hunks import Hunk, apply_hunks, hunks_of
from redraft.markdown.links import Address, Kind, Known, addresses, links_added
from redraft.markdown.merging import Conflict, MergeResult, merge
from redraft.markdown.merging.hunks import merged_hunks
from redraft.markdown.offsets import Offsets
from redraft.markdown.operations import Applied, Operation, Problem, apply
from redraft.markdown.replacement import Replacement

__all__ = [
    "Address", "Applied", "Block", "Change", "Conflict", "Hunk", "Kind", "Known", "MergeResult", "Offsets",
    "Operation", "Outline", "Problem", "Replacement", "Word", "addresses", "apply", "apply_hunks", "changes_since",
    "cut", "hunks_of", "links_added", "merge", "merged_hunks", "unified", "words",
]  # fmt: skip
