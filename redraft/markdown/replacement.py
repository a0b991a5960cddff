"""What an operation comes down to: text put in the place of text."""

from dataclasses import dataclass

from redraft.markdown.blocks import Block


class CannotApply(ValueError):
    """An operation that does not fit the text; its message is for the model that asked for it."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """`text` in the place of `start` to `end`, in code points of the draft."""

    start: int
    end: int
    text: str
    reason: str = ""
    group: str = ""
    """Replacements with the same one belong together, in review too: the two ends of a move; mostly empty."""

    order: int = 0
    """Of several insertions at one place, the lower stands first."""

    operation: int = -1
    """The index of the operation it comes from."""

    carries: tuple[int, int, int] | None = None
    """Of a move: where the text starts and ends that it puts in, and where in `text` that is."""

    @property
    def place(self) -> tuple[int, int, int]:
        """What replacements are sorted by."""
        return self.start, self.end, self.order


def put_after(block: Block, text: str) -> Replacement:
    """`text` behind the block; where blocks end together, the inner one's comes first."""
    return Replacement(block.end, block.end, text, order=-block.depth)


def put_before(block: Block, text: str) -> Replacement:
    """`text` in front of the block; where blocks start together, the inner one's comes last."""
    return Replacement(block.start, block.start, text, order=block.depth + 1)


def splice(text: str, replacements: list[Replacement]) -> str:
    """The text with all replacements made; they are in order and do not overlap."""
    parts: list[str] = []
    position = 0
    for each in replacements:
        parts += text[position : each.start], each.text
        position = each.end
    return "".join([*parts, text[position:]])
