"""Markdown by source position: blocks, operations, hunks, diff, merge. Pure, and usable on its own."""

from redraft.markdown.merging import Conflict, MergeResult, merge

__all__ = ["Conflict", "MergeResult", "merge"]
