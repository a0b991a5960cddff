"""What a run cost, added up from its model calls."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from redraft.llm import Call
from redraft.runs.models import Usage
from redraft.usage import repeated


def usage_of(calls: Sequence[Call], accepted: datetime, first_token: datetime | None, ended: datetime) -> Usage:
    """The sum over `calls`, all attempts included; one unknown number makes its sum unknown."""
    return Usage(
        input_tokens=_sum(call.input_tokens for call in calls),
        cached_tokens=_sum(call.cached_tokens for call in calls),
        output_tokens=_sum(call.output_tokens for call in calls),
        cost=_cost(calls),
        currency=calls[0].currency if calls else "USD",
        time_to_first_token=None if first_token is None else (first_token - accepted).total_seconds(),
        duration=(ended - accepted).total_seconds(),
        repeated=_repeated(calls),
    )


def _repeated(calls: Sequence[Call]) -> dict[str, Any] | None:
    """As `Repeated` has it; None when no call was made in vain."""
    again = [call for call, in_vain in zip(calls, repeated(calls), strict=True) if in_vain]
    if not again:
        return None
    return {
        "attempts": len({call.attempt for call in calls}),
        "calls": len(again),
        "input_tokens": _sum(call.input_tokens for call in again),
        "output_tokens": _sum(call.output_tokens for call in again),
        "cost": _cost(again),
    }


def _cost(calls: Sequence[Call]) -> float | None:
    known = [call.cost for call in calls if call.cost is not None]
    return float(sum(known, Decimal(0))) if len(known) == len(calls) else None


def _sum(numbers: Iterable[int | None]) -> int | None:
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total
