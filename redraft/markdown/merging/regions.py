"""The result of a merge cut into regions of whole lines, whatever the sides have at the places where they clash."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from redraft.markdown.merging.result import Clash, Piece
from redraft.markdown.merging.tokens import lines


class Region(NamedTuple):
    """Whole lines: one text, or pieces some of which clash."""

    pieces: Sequence[Piece]

    @property
    def clashes(self) -> bool:
        """Whether the sides have different texts there."""
        return any(isinstance(piece, Clash) for piece in self.pieces)

    def text(self, side: int) -> str:
        """What stands there as the base (0), mine (1) or theirs (2) has it."""
        return "".join(piece if isinstance(piece, str) else piece[side] for piece in self.pieces)


def regions(pieces: Sequence[Piece]) -> Iterator[Region]:
    """`pieces` as regions, in order: each begins and ends with a line, in all three texts."""
    begun: list[Piece] = []
    found = [*_joined(pieces)]
    for number, piece in enumerate(found):
        following = found[number + 1] if number + 1 < len(found) else ""
        if isinstance(piece, Clash):
            begun.append(piece)
            if _is_ended(begun, following):
                yield Region(begun)
                begun = []
            continue
        if begun:
            first = lines(piece)[0]
            begun.append(first)
            piece = piece.removeprefix(first)
            if not _is_ended(begun, piece or following):
                continue
            yield Region(begun)
            begun = []
        start = _last_line(piece, following)
        if start:
            yield Region([piece[:start]])
        if start < len(piece):
            begun = [piece[start:]]
    if begun:
        yield Region(begun)


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    for is_clash, run in groupby(pieces, key=lambda piece: isinstance(piece, Clash)):
        if is_clash:
            yield from run
        elif text := "".join(map(str, run)):
            yield text


def _last_line(text: str, following: Piece) -> int:
    """Where the last line starts that `following` goes on with; the end where `text` ends with a line."""
    end = len(text) - (text.endswith("\r") and _starts_with_feed(following))
    return max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1


def _is_ended(begun: Sequence[Piece], following: Piece) -> bool:
    """Whether a line ends behind these pieces in all three texts, the first of which starts a line."""
    return all(
        not text or text.endswith("\n") or (text.endswith("\r") and not _starts_with_feed(following))
        for text in (_last_text(begun, side) for side in range(3))
    )


def _last_text(pieces: Sequence[Piece], side: int) -> str:
    texts = (piece if isinstance(piece, str) else piece[side] for piece in reversed(pieces))
    return next((text for text in texts if text), "")


def _starts_with_feed(piece: Piece) -> bool:
    return piece.startswith("\n") if isinstance(piece, str) else any(text.startswith("\n") for text in piece)
