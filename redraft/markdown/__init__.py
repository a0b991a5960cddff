"""Markdown by source position: blocks, operations, hunks, diff, merge. Pure, and usable on its own."""
