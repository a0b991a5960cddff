"""One after the other, for each name: what one try learns, the next one must know."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from redraft.errors import TooManyRequests

MAX_WAITING = 200
"""For one name in one process. An attacker must not fill the memory with tries that wait."""


@dataclass
class _Line:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    people: int = 0


class Turns:
    """Lets one at a time through, for each name, within this process."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    @contextlib.asynccontextmanager
    async def turn(self, name: str, most: int = MAX_WAITING) -> AsyncIterator[None]:
        """Wait for one's turn. Raises `TooManyRequests` when `most` wait already."""
        line = self._lines.setdefault(name, _Line())
        if line.people >= most:
            raise TooManyRequests("Too many tries at once.", retry_after=1)
        line.people += 1
        try:
            async with line.lock:
                yield
        finally:
            line.people -= 1
            if not line.people:
                self._lines.pop(name, None)
