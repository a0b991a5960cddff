"""What an operation comes down to: text put in the place of text."""

from dataclasses import dataclass


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
    """Replacements of one operation share it: they belong together, in review too."""


def splice(text: str, replacements: list[Replacement]) -> str:
    """The text with all replacements made; they are in order and do not overlap."""
    parts: list[str] = []
    position = 0
    for each in replacements:
        parts += text[position : each.start], each.text
        position = each.end
    return "".join([*parts, text[position:]])
