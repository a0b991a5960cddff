"""What the user changed since the last save, place by place, so that any of it can be taken back."""

from dataclasses import dataclass

from redraft.markdown.blocks import LINE_END
from redraft.markdown.diff import opcodes
from redraft.markdown.replacement import Replacement


@dataclass(frozen=True, slots=True)
class Change:
    """One place where the draft differs from the original: `before` was at `original_start`, `after` is at `start`."""

    id: str
    start: int
    end: int
    original_start: int
    original_end: int
    before: str
    after: str


def changes_since(original: str, draft: str) -> list[Change]:
    """Every place where the draft differs, whole lines, in order; ids are `c1`, `c2`, ..."""
    old, new = _lines(original), _lines(draft)
    found: list[Change] = []
    old_at, new_at = _offsets(old), _offsets(new)
    for tag, a1, a2, b1, b2 in opcodes(old, new):
        if tag == "equal":
            continue
        pairs = [(a1, a2, b1, b2)]
        if a2 - a1 == b2 - b1:  # as many lines as before: one place each
            pairs = [(a1 + n, a1 + n + 1, b1 + n, b1 + n + 1) for n in range(a2 - a1)]
        for i1, i2, j1, j2 in pairs:
            spans = new_at[j1], new_at[j2], old_at[i1], old_at[i2]
            before, after = original[spans[2] : spans[3]], draft[spans[0] : spans[1]]
            if before != after:
                found.append(Change(f"c{len(found) + 1}", *spans, before, after))
    return found


def restore(original: str, draft: str, start: int, end: int) -> list[Replacement]:
    """Take back every change that touches `start` to `end` of the draft, a place that lost text included."""
    return [
        Replacement(change.start, change.end, change.before)
        for change in changes_since(original, draft)
        if (change.start < end and start < change.end) or (change.start == change.end and start <= change.start <= end)
    ]


def _lines(text: str) -> list[str]:
    ends = [match.end() for match in LINE_END.finditer(text)]
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True) if start < end]


def _offsets(lines: list[str]) -> list[int]:
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    return offsets
