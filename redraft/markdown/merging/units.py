"""Clashes widened to what a person can read and choose between: whole words, or whole lines."""

from collections.abc import Iterator, Sequence

from redraft.markdown.merging.result import Clash, Piece
from redraft.markdown.merging.tokens import ends_line, is_sign, is_word, tokens

NEAR = 3  # words between two clashes up to which they are one

Part = str | Clash
Span = tuple[int, int]


def readable(pieces: Sequence[tuple[Piece, bool]]) -> Iterator[Piece]:
    """The pieces, each clash with the rest of its words or lines around it, and clashes that are close as one.

    A flag says whether a piece of text comes out alike when the sides are swapped: only such text joins a clash.
    """
    if not any(isinstance(piece, Clash) for piece, _ in pieces):
        yield from (piece for piece, _ in pieces)
        return
    parts: list[Part] = []
    free: list[bool] = []
    for piece, alike in pieces:
        cut = [piece] if isinstance(piece, Clash) else tokens(piece)
        parts += cut
        free += [alike and not isinstance(piece, Clash)] * len(cut)
    at = 0
    for start, end in _spans(parts, free):
        yield from (part for part in parts[at:start] if isinstance(part, str))
        clash = Clash(*("".join(_text(part, side) for part in parts[start:end]) for side in range(3)))
        yield clash if clash.mine != clash.theirs else clash.mine
        at = end
    yield from (part for part in parts[at:] if isinstance(part, str))


def _text(part: Part, side: int) -> str:
    return part[side] if isinstance(part, Clash) else part


def _spans(parts: Sequence[Part], free: Sequence[bool]) -> list[Span]:
    spans: list[Span] = []
    for index, part in enumerate(parts):
        if not isinstance(part, Clash):
            continue
        start, end = _widened(parts, free, index, part)
        if spans and _are_near(parts, free, spans[-1][1], start):
            start, end = spans[-1][0], max(end, spans[-1][1])
            spans.pop()
        spans.append((start, end))
    return spans


def _widened(parts: Sequence[Part], free: Sequence[bool], index: int, clash: Clash) -> Span:
    texts = [text for text in clash if text]
    start, end = index, index + 1
    by_line = any("\n" in text or "\r" in text for text in texts)
    if by_line or not all(text[0].isspace() for text in texts):
        while start and free[start - 1] and not _is_bound(parts[start - 1], by_line):
            start -= 1
    if by_line and not all(map(ends_line, texts)):
        while end < len(parts) and free[end] and not ends_line(str(parts[end - 1]) if end > index + 1 else ""):
            end += 1
    elif not by_line and not all(text[-1].isspace() for text in texts):
        while end < len(parts) and free[end] and not _is_bound(parts[end], by_line):
            end += 1
    return start, end


def _is_bound(part: Part, by_line: bool) -> bool:
    return isinstance(part, str) and (ends_line(part) or (not by_line and (part.isspace() or is_sign(part))))


def _are_near(parts: Sequence[Part], free: Sequence[bool], end: int, start: int) -> bool:
    between = parts[end:start]
    return all(free[end:start]) and sum(isinstance(part, str) and is_word(part) for part in between) <= NEAR
