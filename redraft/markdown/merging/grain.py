"""Places that are one thing, however many words they have: a cell of a table, a line of front matter."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from redraft.markdown.merging.changes import Change
from redraft.markdown.merging.threeway import near
from redraft.markdown.merging.tokens import ends_line, is_word

Words = Sequence[str]
Span = tuple[int, int]

_BORDERS = {"|", "\n", "\r", "\r\n"}

SENTENCE = 10  # words from which on a line of front matter is a text like any other


def front_matter(lines: Sequence[str]) -> int:
    """How many lines the front matter has, its fences included; 0 where there is none."""
    if not lines or lines[0].rstrip() != "---":
        return 0
    return next((index + 1 for index, line in enumerate(lines) if index and line.rstrip() in ("---", "...")), 0)


def by_thing(
    base: Words, sides: tuple[Words, Words], found: tuple[list[Change], list[Change]], fields: bool
) -> tuple[list[Change], list[Change]]:
    """Both sides' changes, widened to the whole of each thing that both changed. `fields`: lines of front matter."""
    mine, theirs = found
    spans = [
        span
        for span in _things(base, fields)
        if _is_changed(span, sides[0], mine) and _is_changed(span, sides[1], theirs)
    ]
    return (widened(mine, spans), widened(theirs, spans)) if spans else found


def _things(base: Words, fields: bool) -> Iterator[Span]:
    start = 0
    for end in (index for index, token in enumerate(base) if ends_line(token)):
        first = start + (start < end and base[start].isspace())
        if fields and sum(map(is_word, base[start:end])) < SENTENCE:
            yield start, end
        elif base[first] == "|":
            yield from _cells(base, first + 1, end)
        start = end + 1


def _cells(base: Words, start: int, end: int) -> Iterator[Span]:
    for index in range(start, end):
        if base[index] == "|" and base[index - 1] != "\\":
            yield start, index
            start = index + 1
    if start < end:
        yield start, end


def _is_changed(span: Span, side: Words, found: list[Change]) -> bool:
    """Whether a side changed the thing itself: a new cell or line beside it is another thing."""
    return any(
        not change.inserts or _BORDERS.isdisjoint(side[change.new_start : change.new_end])
        for change in near(found, *span)
        if _reaches(change, span)
    )


def _reaches(change: Change, span: Span) -> bool:
    if change.inserts or span[0] == span[1]:
        return change.start <= span[1] and span[0] <= change.end
    return change.start < span[1] and span[0] < change.end


def widened(found: list[Change], spans: list[Span]) -> list[Change]:
    """`found`, each change together with the whole of the spans that it reaches into; `spans` are in order, apart."""
    done: list[Change] = []
    for change in found:
        first = bisect_left(spans, change.start, key=lambda span: span[1])
        last = bisect_right(spans, change.end, key=lambda span: span[0])
        reached = [span for span in spans[first:last] if _reaches(change, span)]
        start, end = min([change[:2], *reached])[0], max(change.end, *(span[1] for span in reached), 0)
        new_start, new_end = change.new_start - change.start + start, change.new_end - change.end + end
        if done and start <= done[-1].end:
            before = done.pop()
            start, new_start = before.start, before.new_start
            if end < before.end:
                end, new_end = before.end, new_end + before.end - end
        done.append(Change(start, end, new_start, new_end))
    return done
