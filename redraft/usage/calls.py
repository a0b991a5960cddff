"""One row for each call of a model: what it cost, how long it took, and whose it was."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne

from redraft.db import Indexes, Write
from redraft.llm import Call
from redraft.usage.models import to_pico

COLLECTION = "model_calls"
INDEXES = Indexes(
    COLLECTION,
    (
        IndexModel([("owner_id", ASCENDING), ("day", ASCENDING)]),
        IndexModel([("day", ASCENDING)]),
    ),
)


def day_of(moment: datetime) -> str:
    """The UTC day of an aware `moment`, as stored: `2026-11-24`."""
    return moment.date().isoformat()


def call_writes(run_id: str, owner_id: str, kind: str, calls: Sequence[Call], ended_at: datetime) -> list[Write]:
    """The rows of a finished run's `calls`, in the order in which they were made; each may be written again.

    A row's id is the run's id and the call's place in it, so a repeated write finds its row and changes nothing. Totals
    are always computed from the rows, never added up beside them, so they cannot count a repeated write twice.
    `ended_at` is when the run ended, in UTC: it must be the same at each repetition, so it comes from the run's record.
    """
    return [
        Write(COLLECTION, UpdateOne({"_id": f"{run_id}:{place}"}, {"$setOnInsert": row}, upsert=True))
        for place, row in enumerate(_row(run_id, owner_id, kind, call, ended_at) for call in calls)
    ]


def _row(run_id: str, owner_id: str, kind: str, call: Call, ended_at: datetime) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "owner_id": owner_id,
        "agent": kind,
        "role": call.role,
        "provider": call.provider,
        "model": call.model,
        "input_tokens": call.input_tokens,
        "cached_tokens": call.cached_tokens,
        "output_tokens": call.output_tokens,
        "time_to_first_token": call.time_to_first_token,
        "duration": call.duration,
        "cost_pico": None if call.cost is None else to_pico(call.cost),
        "currency": call.currency,
        "outcome": call.outcome,
        "day": day_of(ended_at),
        "at": ended_at,
    }
