"""JSON that is still being written: the objects of its `operations` that are complete already."""

import json
from typing import Any

from redraft.llm import keepable

_DECODER = json.JSONDecoder()


class Operations:
    """Takes an answer piece by piece."""

    def __init__(self) -> None:
        self.text = ""
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
            at = self._at + len(self.text[self._at :]) - len(self.text[self._at :].lstrip(", \t\r\n"))
            if self.text[at : at + 1] != "{":
                return found
            try:
                value, self._at = _DECODER.raw_decode(self.text, at)
            except (ValueError, RecursionError):  # not complete; or nested so deeply that it is no operation
                return found
            found.append(value)

    def note(self) -> str:
        """What the model says to the user; empty when the answer was cut off before."""
        try:
            answer = json.loads(self.text[self.text.find("{") : self.text.rfind("}") + 1])
        except (ValueError, RecursionError):
            return ""
        return keepable(str(answer.get("note", ""))) if isinstance(answer, dict) else ""
