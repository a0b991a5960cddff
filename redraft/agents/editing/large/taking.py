"""Operations taken one by one as a large model writes them, each if it applies beside those before it."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from redraft.agents.editing.draft import Draft
from redraft.markdown import Operation, apply

Show = Callable[[list[Operation]], Awaitable[None]]
_REST = 2.0
"""Times the last round's duration that pass before the next: hundreds of operations are not applied one by one."""


class Taking:
    """What was taken so far, and what could not be."""

    def __init__(self, draft: Draft, show: Show) -> None:
        self.operations: list[Operation] = []
        self.problems: list[str] = []
        self._draft = draft
        self._show = show
        self._waiting: list[Operation] = []
        self._not_before = 0.0

    async def add(self, operation: Operation | str) -> None:
        """Take it, now or with those that follow soon; a text is what is wrong with it."""
        if isinstance(operation, str):
            self.problems.append(operation)
        elif replace(operation, reason="") not in [replace(each, reason="") for each in self.operations]:
            self._waiting.append(operation)
        if time.monotonic() >= self._not_before:
            await self.settle()

    async def settle(self) -> None:
        """Apply what waits, and show all that stands."""
        if not self._waiting:
            return
        began = time.monotonic()
        together, task = [*self.operations, *self._waiting], self._draft.task
        applied = await self._draft.in_thread_if_long(
            apply, self._draft.outline, together, original=task.original, selection=task.selection
        )
        failed = {problem.operation for problem in applied.problems}
        self.problems += [f"{type(together[each.operation]).__name__}: {each.message}" for each in applied.problems]
        before = len(self.operations)
        self.operations = [each for index, each in enumerate(together) if index not in failed]
        self._waiting = []
        if len(self.operations) > before:
            await self._show(self.operations)
        now = time.monotonic()
        self._not_before = now + _REST * (now - began)
