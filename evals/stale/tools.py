"""What lands late edits: redraft, and what comparable toolkits do."""

from collections.abc import Callable
from dataclasses import dataclass

from diff_match_patch import diff_match_patch

from evals.stale.cases import Late
from redraft.markdown import Hunk, apply_hunks, hunks_of, merge


@dataclass(frozen=True)
class Landed:
    """What a tool made of a late edit. `left_out` are its parts that are not in `document`: refused, or in conflict.

    `asks_again` is whether the model has to be asked once more for them; a conflict is a person's to decide.
    """

    document: str
    left_out: int = 0
    asks_again: bool = False


Tool = Callable[[Late], Landed]


def redraft(late: Late) -> Landed:
    """As `POST /v1/edits/{id}/apply` does it: all hunks, merged into the draft as it is."""
    proposed = apply_hunks(late.draft, hunks_of(late.draft, late.proposed))
    merged = merge(late.draft, late.current, proposed)
    return Landed(merged.document, len(merged.conflicts))


def refuse(late: Late) -> Landed:
    """409 when the draft is another than the one that was sent."""
    if late.current == late.draft:
        return Landed(late.proposed)
    return Landed(late.current, 1, asks_again=True)


def search_and_replace(late: Late) -> Landed:
    """Each change as whole lines, as many as are unique in the draft that was sent. All match once, or none is made."""
    document = late.current
    for search, replacement in _blocks(late.draft, hunks_of(late.draft, late.proposed)):
        if document.count(search) != 1:
            return Landed(late.current, 1, asks_again=True)
        document = document.replace(search, replacement)
    return Landed(document)


def diff_match_patch_(late: Late) -> Landed:
    """Patches of the proposal, applied where they fit best."""
    engine = diff_match_patch()
    document, applied = engine.patch_apply(engine.patch_make(late.draft, late.proposed), late.current)
    missed = applied.count(False)
    return Landed(document, missed, asks_again=missed > 0)


def rewrite(late: Late) -> Landed:
    """The whole proposal in place of the draft, whatever was typed meanwhile."""
    return Landed(late.proposed)


def _blocks(draft: str, hunks: list[Hunk]) -> list[tuple[str, str]]:
    """Search and replacement for each run of hunks on neighbouring lines."""
    made: list[tuple[int, int, list[Hunk]]] = []
    for hunk in hunks:
        start, end = _unique_lines(draft, hunk.start, hunk.end)
        if made and start < made[-1][1]:
            first, last, together = made.pop()
            made.append((min(first, start), max(last, end), [*together, hunk]))
        else:
            made.append((start, end, [hunk]))
    blocks: list[tuple[str, str]] = []
    for start, end, together in made:
        at, text = start, ""
        for hunk in together:
            text += draft[at : hunk.start] + hunk.after
            at = hunk.end
        blocks.append((draft[start:end], text + draft[at:end]))
    return blocks


def _unique_lines(draft: str, start: int, end: int) -> tuple[int, int]:
    """The whole lines around a change, and as many more above as make them occur once; below, at the draft's start."""
    start = draft.rfind("\n", 0, start) + 1
    below = draft.find("\n", max(end - 1, start))
    end = len(draft) if below < 0 else below + 1
    while draft.count(draft[start:end]) != 1:
        if start:
            start = draft.rfind("\n", 0, start - 1) + 1
        else:
            below = draft.find("\n", end)
            end = len(draft) if below < 0 else below + 1
    return start, end


TOOLS: dict[str, Tool] = {
    "redraft": redraft,
    "refuse, ask again": refuse,
    "search and replace": search_and_replace,
    "diff-match-patch": diff_match_patch_,
    "whole rewrite": rewrite,
}
