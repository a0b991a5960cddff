"""Three-way merge of Markdown: blocks that moved, then lines, then words. docs/merging.md tells the rules."""

from redraft.markdown.budget import bounded, steps_for
from redraft.markdown.merging.beginnings import Beginnings
from redraft.markdown.merging.halves import holds_halves
from redraft.markdown.merging.numbering import alike, counted, renumbers
from redraft.markdown.merging.places import merged_pieces
from redraft.markdown.merging.result import Conflict, MergeResult, Piece, assemble
from redraft.markdown.merging.tokens import line_end, lines

__all__ = ["Conflict", "MergeResult", "merge"]


def merge(base: str, mine: str, theirs: str) -> MergeResult:
    """Bring what `mine` and `theirs` made of `base` into one document.

    Edits of one paragraph, even of one line, stand side by side unless they touch the same words. Where they do,
    the document holds `mine` and a `Conflict` tells all three. Never raises, whatever the strings hold. Texts that
    have little in common, and are long, get a coarser answer: its work is bounded (see `budget`).
    """
    if mine == theirs or base == theirs:
        return MergeResult(mine, [])
    if base == mine:
        return MergeResult(theirs, [])
    texts = base, mine, theirs
    with bounded(steps_for(sum(map(len, texts)))):
        if renumbers(*texts) and (result := counted(_merged(*map(alike, texts)))) is not None:
            return result
        return _merged(*texts)


def _merged(base: str, mine: str, theirs: str) -> MergeResult:
    texts = base, mine, theirs
    end = line_end(base) or max(line_end(mine), line_end(theirs)) or "\n"
    # With an end to every line, what one side adds below does not run into the last line of the other.
    result = assemble(_pieces(*(text if _is_ended(text) else text + end for text in texts)))
    document = result.document.removesuffix(end)
    if result.conflicts and not any(text and _is_ended(text) for text in texts):
        *others, last = result.conflicts
        if last.end > len(document) and last.mine.endswith(end) and last.theirs.endswith(end):
            return MergeResult(document, [*others, _without(end, last)])
    if _keeps_end(document, *texts) or any(conflict.end > len(document) for conflict in result.conflicts):
        return result
    return MergeResult(document, result.conflicts)


def _pieces(base: str, mine: str, theirs: str) -> list[Piece]:
    """What the merge is made of, with the beginnings of lines merged apart from their words."""
    beginnings = Beginnings.of(base, mine, theirs)
    begun = None if beginnings is None else beginnings.given_back(merged_pieces(*beginnings.texts))
    # With the budget spent, whole lines that both changed are conflicts: none takes the beginning of another.
    return merged_pieces(base, mine, theirs) if begun is None or holds_halves(begun) else begun


def _without(end: str, conflict: Conflict) -> Conflict:
    """`conflict` without the end that no side gave its last line."""
    base, mine, theirs = (text.removesuffix(end) for text in (conflict.base, conflict.mine, conflict.theirs))
    return Conflict(base, mine, theirs, conflict.start, conflict.start + len(mine))


def _is_ended(text: str) -> bool:
    return not text or text.endswith(("\n", "\r"))


def _keeps_end(merged: str, base: str, mine: str, theirs: str) -> bool:
    """Whether the last line of the result keeps its end: as the side has it that the line comes from.

    Where it comes from both, the end is a change of its own, like any other.
    """
    if not _is_ended(base) and _is_ended(mine) != _is_ended(theirs):
        return True  # one side gave it its end
    sides = [side for side in (mine, theirs) if _last_line(side) == _last_line(merged)] or [mine, theirs]
    flags = {_is_ended(side) for side in sides}
    return flags.pop() if len(flags) == 1 else not _is_ended(base)


def _last_line(text: str) -> str:
    return "".join(lines(text)[-1:]).rstrip("\r\n")
