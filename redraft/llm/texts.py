"""What a model wrote, as every part of the program can keep it and every client can send it back."""

import re

_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    r"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
    r"|\\u0000"
    r"|\\.",
    re.DOTALL,
)
_REPLACEMENT = "\ufffd"


def keepable(text: str) -> str:
    """`text` without U+0000, and with U+FFFD for half of a surrogate pair."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class Halves:
    """Makes pieces `keepable` one by one; half of a surrogate pair at the end of one waits for its other half."""

    def __init__(self) -> None:
        self._half = ""

    def add(self, piece: str) -> str:
        """As much as is whole."""
        if not self._half and piece.isascii():
            return keepable(piece)
        piece = self._half + piece
        self._half = piece[-1] if piece and "\ud800" <= piece[-1] <= "\udbff" else ""
        return keepable(piece[:-1] if self._half else piece)

    def end(self) -> str:
        """What is left of a character that never became whole."""
        return keepable(self._half)


def keepable_json(text: str) -> str:
    """JSON whose strings are `keepable` when it is read."""
    return _ESCAPE.sub(_escape, text) if "\\u" in text else text


def _escape(match: re.Match[str]) -> str:
    escape = match[0]
    if escape == r"\u0000":
        return ""
    return _REPLACEMENT if len(escape) == 6 else escape
