"""Exports and erases a user's part of the record of model calls."""

from collections.abc import AsyncIterator
from typing import Any

from redraft.usage.budgets import Budgets
from redraft.usage.calls import CallStore


class CallData:
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
