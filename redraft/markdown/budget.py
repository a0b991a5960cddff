"""How much work one comparison or merge may be: counted in steps, so that the same texts always get the same answer.

A step is one turn of an inner loop, some 0.2 µs. A comparison spends its steps before it works. Once nothing is left,
what remains is answered more coarsely: more is taken for changed than need be, and a merge reports a conflict.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

LEAST = 850_000
"""Steps that any texts get: what the hardest of the evaluated merges takes."""
PER_CHARACTER = 1
MOST = 2_000_000
"""Steps that no texts get more of: some 0.4 s."""


class Budget:
    """The steps that are left."""

    __slots__ = ("left",)

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> bool:
        """Take off what is about to be done; False, and nothing is ever left again, when it is more than is left."""
        if steps > self.left:
            self.left = 0
            return False
        self.left -= steps
        return True

    @property
    def is_spent(self) -> bool:
        """Whether some of the work was left out."""
        return self.left <= 0


_current: ContextVar[Budget | None] = ContextVar("redraft_markdown_budget", default=None)


def steps_for(size: int) -> int:
    """The steps for texts of so many characters, or parts, together."""
    return min(MOST, LEAST + PER_CHARACTER * size)


@contextlib.contextmanager
def bounded(steps: int) -> Iterator[Budget]:
    """Let everything within share so many steps; within another `bounded`, what it has left."""
    outer = _current.get()
    if outer is not None:
        yield outer
        return
    token = _current.set(budget := Budget(steps))
    try:
        yield budget
    finally:
        _current.reset(token)


def current() -> Budget:
    """The budget to spend from; outside of `bounded` the least that any texts get."""
    return _current.get() or Budget(LEAST)
