"""JSON that is still being written: the objects of its `operations` that are complete already."""

import json
from typing import Any, Literal

from redraft.agents.editing.large.operations import worded

Ending = Literal["whole", "cut", "unusable"]
"""`cut`: it ended before its JSON did, as at a model's output limit."""

_DECODER = json.JSONDecoder()


class Operations:
    """Takes an answer piece by piece."""

    def __init__(self) -> None:
        self.text = ""
        self.found: list[dict[str, Any]] = []
        self._at: int | None = None

    def add(self, piece: str) -> list[dict[str, Any]]:
        """The objects that are complete since the last piece."""
        self.text += piece
        if "}" not in piece:  # nothing can have become complete
            return []
        if self._at is None:
            start = self.text.find('"operations"')
            bracket = self.text.find("[", start) if start >= 0 else -1
            if bracket < 0:
                return []
            self._at = bracket + 1
        found: list[dict[str, Any]] = []
        while True:
            at = self._at
            while self.text[at : at + 1] in (",", " ", "\t", "\r", "\n"):
                at += 1
            if self.text[at : at + 1] != "{":
                return found
            try:
                value, self._at = _DECODER.raw_decode(self.text, at)
            except (ValueError, RecursionError):  # not complete; or nested so deeply that it is no operation
                return found
            found.append(value)
            self.found.append(value)

    def ending(self) -> tuple[Ending, str]:
        """How the answer ended, and what the model says to the user; empty when it did not come to that."""
        start = self.text.find("{")
        if start < 0:
            return "unusable", ""
        try:
            answer, _ = _DECODER.raw_decode(self.text, start)
        except json.JSONDecodeError as error:
            is_cut = error.msg.startswith("Unterminated string") or error.pos >= len(self.text.rstrip()) - 1
            return ("cut" if is_cut else "unusable"), ""
        except (ValueError, RecursionError):  # a number of too many digits, or nesting past the parser's stack
            return "unusable", ""
        return ("whole" if "operations" in answer else "unusable"), worded(answer.get("note"))
