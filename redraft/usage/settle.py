"""What the end of a run leaves in the record."""

from collections.abc import Sequence
from datetime import datetime

from redraft.db import Write
from redraft.llm import Call
from redraft.usage.amounts import charged, repeated
from redraft.usage.budgets import currency_of, settlement
from redraft.usage.calls import call_row


def call_writes(
    run_id: str,
    owner_id: str,
    kind: str,
    calls: Sequence[Call],
    ended_at: datetime,
    budget_id: str | None = None,
    *,
    operator_pays: bool = False,
) -> list[Write]:
    """The rows of a finished run's `calls`, in the order in which they were made; all may be written again.

    A row's id is the run's id and the call's place in it, so a repeated write finds its row and changes nothing. Sums
    are always computed from the rows, never added up beside them, so they cannot count a repeated write twice.
    `ended_at` is when the run ended, in UTC: it must be the same at each repetition, so it comes from the run's record.
    `budget_id` is what `Budgets.reserve` answered for this run. With `operator_pays`, the calls that a later attempt
    repeated are on record, and do not count to their user's budget.
    """
    rows = []
    for place, (call, again) in enumerate(zip(calls, repeated(calls), strict=True)):
        paid_by = "operator" if again and operator_pays else "user"
        payment = {"repeated": again, "paid_by": paid_by, "budget_id": budget_id}
        rows.append(call_row(run_id, owner_id, kind, place, call, ended_at, payment))
    if budget_id is None:
        return rows
    used_up = charged(calls, currency_of(budget_id), repeated_too=not operator_pays)
    return [*rows, settlement(budget_id, run_id, used_up)]
