"""Exports and erases a user's part of the record of model calls."""

from collections.abc import AsyncIterator
from typing import Any

from redraft.usage.budgets import Budgets
from redraft.usage.calls import CallStore
from redraft.usage.feedback import FeedbackStore


class UsageKeeper:
    """Calls of models. Erasing deletes them; the figures of past days stay, as they name nobody."""

    name = "model_calls"

    def __init__(self, calls: CallStore, budgets: Budgets) -> None:
        self._calls = calls
        self._budgets = budgets

    async def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """One call after the other."""
        async for row in self._calls.of_owner(owner_id):
            yield row

    async def erase(self, owner_id: str) -> None:
        """Delete calls and budgets."""
        await self._calls.erase(owner_id)
        await self._budgets.erase(owner_id)


class FeedbackKeeper:
    """What the user said of runs."""

    name = "feedback"

    def __init__(self, feedback: FeedbackStore) -> None:
        self._feedback = feedback

    async def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """One rating after the other, with its comment."""
        async for item in self._feedback.export(owner_id):
            yield item

    async def erase(self, owner_id: str) -> None:
        """Delete all of it."""
        await self._feedback.erase(owner_id)
