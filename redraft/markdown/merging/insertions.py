"""Both sides added something at one place."""

from collections.abc import Sequence

from redraft.markdown.merging.tokens import ends_line


def united(mine: Sequence[str], theirs: Sequence[str]) -> Sequence[str] | None:
    """Both additions in a sensible order, without what is the same twice; None where they do not go together."""
    if ends_line(mine[-1]) and ends_line(theirs[-1]):
        return [*mine, *theirs]
    if ends_line(mine[0]) and ends_line(theirs[0]):
        return [*mine, *theirs]
    return None
