"""Offsets as browsers count them (UTF-16 code units) and as Python does (code points). Only HTTP speaks the former."""

import re
from bisect import bisect_left

from pydantic import Field

from redraft.web.routing import Body

_PAIRED = re.compile("[\U00010000-\U0010ffff]")


class Selection(Body):
    """What the user has selected in a text, in UTF-16 code units; a caret starts where it ends."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Utf16:
    """The offsets of one text, both ways. A character beyond U+FFFF counts two units."""

    def __init__(self, text: str) -> None:
        paired = [] if text.isascii() else [match.start() for match in _PAIRED.finditer(text)]
        self._length = len(text)
        self._code_points = paired
        self._units = [position + before for before, position in enumerate(paired)]

    def units(self, offset: int) -> int:
        """The place `offset`, in code points, as browsers count it."""
        return offset + bisect_left(self._code_points, offset)

    def code_points(self, units: int) -> int:
        """The place `units` as Python counts it. Raises `ValueError` outside the text, and between two halves."""
        before = bisect_left(self._units, units)
        if before and units == self._units[before - 1] + 1:
            raise ValueError("lies inside a character")
        if not 0 <= units - before <= self._length:
            raise ValueError("lies outside the text")
        return units - before
