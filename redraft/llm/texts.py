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


def keepable_json(text: str) -> str:
    """JSON whose strings are `keepable` when it is read."""
    return _ESCAPE.sub(_escape, text) if "\\u" in text else text


def _escape(match: re.Match[str]) -> str:
    escape = match[0]
    if escape == r"\u0000":
        return ""
    return _REPLACEMENT if len(escape) == 6 else escape
