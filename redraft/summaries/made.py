"""What the making of a summary took, from the run that made it."""

from datetime import datetime
from decimal import Decimal

from redraft.runs import RunRecord
from redraft.summaries.running import Made


def made_by(record: RunRecord) -> Made:
    """The model that answered last, and the sums over all calls for the summary; one unknown number makes one.

    Of a summary that came with what was learned, those calls.
    """
    calls = [call for call in record.calls if call.role == "summarize"]
    calls = calls or [call for call in record.calls if call.role == "reflect"]
    answered = [call for call in calls if call.outcome == "ok"]
    costs = [call.cost for call in calls if call.cost is not None]
    inputs = [call.input_tokens for call in calls if call.input_tokens is not None]
    outputs = [call.output_tokens for call in calls if call.output_tokens is not None]
    at: datetime = record.ended_at or record.created_at
    return Made(
        model=f"{answered[-1].provider}:{answered[-1].model}" if answered else None,
        cost=float(sum(costs, Decimal(0))) if len(costs) == len(calls) and calls else None,
        currency=calls[-1].currency if calls else None,
        input_tokens=sum(inputs) if len(inputs) == len(calls) and calls else None,
        output_tokens=sum(outputs) if len(outputs) == len(calls) and calls else None,
        created_at=at,
        updated_at=at,
    )
