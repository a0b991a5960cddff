"""Runs that are this replica's by the store and in nobody's hands: a write had worked although it seemed to fail."""

import time
from collections.abc import Set

EXPECTED_SECONDS = 900.0
"""A write that seemed to fail may still arrive: the database reads what lay in its socket when it wakes."""


class Strays:
    """Whether there may be any, and which were seen twice in a row: only those are nobody's for certain."""

    def __init__(self) -> None:
        self._until = 0.0
        self._seen: set[str] = set()

    def expect(self) -> None:
        """A run may have been stored for this replica although it seemed not to be: look out for it."""
        self._until = time.monotonic() + EXPECTED_SECONDS

    @property
    def expected(self) -> bool:
        """Whether it is worth to look."""
        return time.monotonic() < self._until

    def again(self, found: Set[str]) -> set[str]:
        """Those of `found`, which nobody has in hand now, that were so at the last look, too."""
        twice = self._seen & found
        self._seen = set(found)
        return twice
