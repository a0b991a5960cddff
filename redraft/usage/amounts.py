"""How much of a month's budget calls take, and whose calls count."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from redraft.llm import Call, CostOf
from redraft.usage.money import PICO, to_pico

SMALL_ANSWER = 100
"""Output tokens below which a call is not worth its input, unless it asks for no more."""


@dataclass(frozen=True)
class Amount:
    """Tokens, input and output together, and money in pico-units of the budget's currency."""

    tokens: int = 0
    pico: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.tokens + other.tokens, self.pico + other.pico)


@dataclass(frozen=True)
class Need:
    """What a call, or a run, may take: input tokens, the most output tokens, and what they cost."""

    input_tokens: int
    output_tokens: int
    cost: CostOf

    def least(self, currency: str) -> Amount:
        """What it takes with a small answer."""
        return self.amount(min(self.output_tokens, SMALL_ANSWER), currency)

    def most(self, currency: str) -> Amount:
        """What it takes when all that it may write is written."""
        return self.amount(self.output_tokens, currency)

    def amount(self, output_tokens: int, currency: str) -> Amount:
        """What it takes with so much output. Money of unknown price or another currency is none."""
        cost, priced_in = self.cost(self.input_tokens, output_tokens)
        pico = 0 if cost is None or priced_in != currency else math.ceil(cost * PICO)
        return Amount(self.input_tokens + output_tokens, pico)

    def output_within(self, held: Amount, currency: str) -> int:
        """How much output `held` pays for, but at least a small answer: each token of output costs the same."""
        least, most = self.least(currency), self.most(currency)
        output = min(self.output_tokens, held.tokens - self.input_tokens)
        if held.pico < most.pico:
            small = min(self.output_tokens, SMALL_ANSWER)
            more = (held.pico - least.pico) * (self.output_tokens - small) // (most.pico - least.pico)
            output = min(output, small + more)
        return max(output, min(self.output_tokens, SMALL_ANSWER))


def repeated(calls: Sequence[Call], attempt: int = 1) -> list[bool]:
    """For each of a run's calls, whether a later attempt asked the same again. `attempt` is one that has begun.

    An earlier attempt's finished steps are used by the next, but not its talk, nor what broke off.
    """
    last = max([attempt, *(call.attempt for call in calls)])
    return [call.attempt < last and (call.role == "chat" or call.outcome != "ok") for call in calls]


def charged(calls: Sequence[Call], currency: str, attempt: int = 1, *, repeated_too: bool = True) -> Amount:
    """What `calls` take of their user's budget. Those of unknown or other prices add tokens and no money."""
    counted = [call for call, again in zip(calls, repeated(calls, attempt), strict=True) if repeated_too or not again]
    tokens = sum((call.input_tokens or 0) + (call.output_tokens or 0) for call in counted)
    costs = [call.cost for call in counted if call.cost is not None and call.currency == currency]
    return Amount(tokens, sum((to_pico(max(cost, Decimal(0))) for cost in costs), 0))
