"""What a run cost, added up from its model calls."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from redraft.llm import Call
from redraft.runs.models import Usage


def usage_of(calls: Sequence[Call], accepted: datetime, first_token: datetime | None, ended: datetime) -> Usage:
    """The sum over `calls`, all attempts included; one unknown number makes its sum unknown."""
    costs = [call.cost for call in calls]
    known = [cost for cost in costs if cost is not None]
    return Usage(
        input_tokens=_sum(call.input_tokens for call in calls),
        cached_tokens=_sum(call.cached_tokens for call in calls),
        output_tokens=_sum(call.output_tokens for call in calls),
        cost=float(sum(known, Decimal(0))) if len(known) == len(costs) else None,
        currency=calls[0].currency if calls else "USD",
        time_to_first_token=None if first_token is None else (first_token - accepted).total_seconds(),
        duration=(ended - accepted).total_seconds(),
    )


def _sum(numbers: Iterable[int | None]) -> int | None:
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total
