"""How many event streams each user has open on this server process."""

import contextlib
from collections import Counter
from collections.abc import Iterator

from redraft.errors import QuotaReached


class OpenStreams:
    """Counts the streams of all users."""

    def __init__(self, per_user: int) -> None:
        self._per_user = per_user
        self._open: Counter[str] = Counter()

    @contextlib.contextmanager
    def one(self, owner_id: str, *, refusing: bool = True) -> Iterator[None]:
        """While the context lasts this user has one stream more. Raises `QuotaReached`, if it may refuse."""
        if refusing and self._open[owner_id] >= self._per_user:
            raise QuotaReached(f"You have {self._per_user:,} event streams open; close one first.")
        self._open[owner_id] += 1
        try:
            yield
        finally:
            self._open[owner_id] -= 1
            if not self._open[owner_id]:
                del self._open[owner_id]
