"""Positions between Python, which counts code points, and browsers, which count UTF-16 code units."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Offsets:
    """Converts positions in one text: built once in O(n), then O(log n) each."""

    text: str

    @cached_property
    def _wide(self) -> list[int]:
        """Where the characters stand that take two code units."""
        if not self.text or max(self.text) <= "\uffff":  # most texts: found out at the speed of C
            return []
        return [index for index, char in enumerate(self.text) if char > "\uffff"]

    @cached_property
    def _wide_units(self) -> list[int]:
        """The code unit at which each of them starts."""
        return [index + count for count, index in enumerate(self._wide)]

    @property
    def units(self) -> int:
        """The length of the text in UTF-16 code units."""
        return len(self.text) + len(self._wide)

    def to_units(self, position: int) -> int:
        """UTF-16 code units before the code point at `position`."""
        if not 0 <= position <= len(self.text):
            raise ValueError(f"position {position} lies outside the text of {len(self.text)} characters")
        return position + bisect_right(self._wide, position - 1)

    def from_units(self, unit: int) -> int:
        """The code point that starts at a code unit. `ValueError` outside the text, or within a surrogate pair."""
        if not 0 <= unit <= self.units:
            raise ValueError(f"offset {unit} lies outside the text of {self.units} UTF-16 code units")
        before = bisect_right(self._wide_units, unit - 1)
        if before and self._wide_units[before - 1] == unit - 1:
            raise ValueError(f"offset {unit} lies within a surrogate pair")
        return unit - before

    def selection(self, start: int, end: int) -> tuple[int, int]:
        """A selection in code units as one in code points. `ValueError` when it is none."""
        if start > end:
            raise ValueError(f"the selection starts at {start}, behind its end at {end}")
        return self.from_units(start), self.from_units(end)
