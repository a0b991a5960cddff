"""The hunks of a proposal, brought into the draft as it is by now."""

from collections.abc import Collection, Sequence

from redraft.markdown.hunks import Hunk, apply_hunks
from redraft.markdown.merging import MergeResult, merge


def merged_hunks(draft: str, now: str, hunks: Sequence[Hunk], accepted: Collection[str] | None = None) -> MergeResult:
    """What was typed since the draft was sent, and the accepted hunks (ids; `None`: all), in one text.

    Raises `ValueError` when a hunk was made for another draft.
    """
    return merge(draft, now, apply_hunks(draft, hunks, accepted))
