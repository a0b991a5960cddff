"""What the words and figures of a request point to in the draft, and what there only says which line it is."""

import re

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.passages import MARKER, Passage
from redraft.agents.editing.small.asked.contrast import is_refuted
from redraft.agents.editing.small.asked.cues import READ
from redraft.agents.editing.small.asked.figures import Figure, figures
from redraft.agents.words import fold, naming

PLACED = 3
"""Figures that one request gives at most."""
_LABEL = re.compile(r":\s|：")
"""Behind a figure: it numbers or names what follows."""


def pointing(draft: Draft) -> str:
    """The words of the request, and of the chat it answers, that can tell a place: not its new figures, nor "the"."""
    words = draft.query
    for each in new_figures(draft)[0]:
        words = words.replace(each.text, " ")
    return " ".join(sorted(naming(words)))


def new_figures(draft: Draft) -> tuple[list[Figure], list[Figure]]:
    """The figures that must be put somewhere: those the draft lacks, or without such, all; and all that are told."""
    said = draft.told[:READ]
    told = figures(said)
    if any(_LABEL.match(said, each.end) for each in told if not draft.has(each.text)):
        return [], told
    right = [each for each in told if not is_refuted(said, each.text) and not draft.counts(each.text)]
    fresh = [each for each in right if not draft.has(each.text)]
    new = {fold(each.text): each for each in fresh or right}
    return (list(new.values()) if len(new) <= PLACED else []), told


def lacks_figures(draft: Draft) -> bool:
    """Whether the request gives figures that the draft does not have."""
    return any(not draft.has(each.text) for each in new_figures(draft)[0])


def is_header(draft: Draft, passage: Passage) -> bool:
    """Whether the passage is the header of a table."""
    table = draft.outline.parent(passage.block) if passage.block.kind == "row" else None
    return table is not None and table.children[0] == passage.block


def is_open(draft: Draft, passage: Passage, figure: Figure, told: list[Figure]) -> bool:
    """Whether a figure of the draft may become another one: not what the user says of the place, nor a name or number
    that only says which line it is."""
    start, end = passage.start + figure.start, passage.start + figure.end
    within = draft.task.selection or (start, end)
    marker = MARKER.match(passage.text)
    if (marker and figure.start < marker.end()) or not (within[0] <= start and end <= within[1]):
        return False
    if passage.block.kind == "row" and any(map(str.isalpha, figure.text)) and any(map(str.isdigit, figure.text)):
        first = passage.text.strip().strip("|").split("|")[0]
        if figure.text in first:
            return False
    said = [each for each in told if fold(each.text) == fold(figure.text)]
    refuted = [each for each in told if is_refuted(draft.told, each.text)]
    if refuted and figure.kind in {each.kind for each in refuted}:
        return figure.text in {each.text for each in refuted}
    return not said
