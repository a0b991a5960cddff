"""What a merge answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

_PAIRED = ("`", "**", "__", "~~")
_BRACKETS = (("[", "]"), ("(", ")"))


class Clash(NamedTuple):
    """Three texts of one place that no rule could bring together."""

    base: str
    mine: str
    theirs: str

    def has_half(self) -> bool:
        """Whether a side holds one of two marks that belong together: nobody could choose it by itself."""
        return any(
            any(text.count(mark) % 2 for mark in _PAIRED) or any(text.count(a) != text.count(b) for a, b in _BRACKETS)
            for text in self
        )


Piece = str | Clash


@dataclass(frozen=True)
class Conflict:
    """A place where both sides changed the same words, for a person to decide.

    `start` and `end` are code points into the merged document, which holds `mine` there. Where one side is `base`,
    only the other changed the text, and what the first did to its surroundings (a move, a translation) is the reason.
    """

    base: str
    mine: str
    theirs: str
    start: int
    end: int


@dataclass(frozen=True)
class MergeResult:
    """`document` is the whole merged text, without markers; `conflicts` are in the order of the document."""

    document: str
    conflicts: list[Conflict]


def assemble(pieces: Iterable[Piece]) -> MergeResult:
    """Join the pieces; each clash stands in the document as its `mine`."""
    texts: list[str] = []
    conflicts: list[Conflict] = []
    length = 0
    for piece in pieces:
        text = piece if isinstance(piece, str) else piece.mine
        if isinstance(piece, Clash):
            conflicts.append(Conflict(*piece, start=length, end=length + len(text)))
        texts.append(text)
        length += len(text)
    return MergeResult("".join(texts), conflicts)
