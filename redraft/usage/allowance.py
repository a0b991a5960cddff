"""What one attempt of a run may spend: no call begins that is not paid for by what the run holds of its budget."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from redraft.llm import Ask, CostOf, estimate_ask
from redraft.usage.amounts import Amount
from redraft.usage.budgets import Budgets


class Allowance:
    """Raises the run's reservation where a call needs more, and lowers the call's limit where no more is left.

    `spent` tells what the run's calls that have ended took, those of earlier attempts included.
    """

    def __init__(self, budgets: Budgets, budget_id: str, run_id: str, spent: Callable[[], Amount]) -> None:
        self._budgets = budgets
        self._budget_id = budget_id
        self._run_id = run_id
        self._spent = spent
        self._held = Amount()
        self._under_way: dict[object, Amount] = {}
        self._asking = asyncio.Lock()

    async def hold(self, question: object, ask: Ask, cost: CostOf) -> Ask:
        """`ask`, for as much output as is left; held for this question until it is `freed`.

        Raises `BudgetSpent` where not even a small answer fits, and `Unavailable`.
        """
        need = self._budgets.need(estimate_ask(ask.messages, ask.schema), ask.max_tokens, cost)
        async with self._asking:  # each call counts what those beside it hold
            currency = self._budgets.currency
            before = sum(self._under_way.values(), self._spent())
            most = before + need.most(currency)
            if most.tokens > self._held.tokens or most.pico > self._held.pico:
                least = before + need.least(currency)
                self._held = await self._budgets.hold(self._budget_id, self._run_id, least, most)
            left = Amount(self._held.tokens - before.tokens, self._held.pico - before.pico)
            output = need.output_within(left, currency)
            self._under_way[question] = need.amount(output, currency)
        return ask if output == ask.max_tokens else replace(ask, max_tokens=output)

    def free(self, question: object) -> None:
        """Let go of what was held for a call that has ended: what it took is among the `spent` now."""
        self._under_way.pop(question, None)
