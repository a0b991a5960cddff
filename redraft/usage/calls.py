"""One row for each call of a model: what it cost, how long it took, and whose it was. Sums are made of these rows."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne

from redraft.db import Database, Indexes, Write
from redraft.llm import Call
from redraft.usage.money import from_pico, to_pico

CALLS = Indexes(
    "model_calls",
    (IndexModel([("owner_id", ASCENDING), ("day", ASCENDING)]), IndexModel([("day", ASCENDING), ("at", ASCENDING)])),
)

DELETED_AT_ONCE = 2_000

SUMS: dict[str, Any] = {
    "runs": {"$sum": {"$cond": [{"$eq": ["$place", 0]}, 1, 0]}},
    "calls": {"$sum": 1},
    "unpriced": {"$sum": {"$cond": [{"$eq": ["$cost_pico", None]}, 1, 0]}},
    "cost_pico": {"$sum": "$cost_pico"},
    "input_tokens": {"$sum": "$input_tokens"},
    "cached_tokens": {"$sum": "$cached_tokens"},
    "output_tokens": {"$sum": "$output_tokens"},
    "seconds": {"$sum": "$duration"},
}
"""A `$group`'s fields. What is unknown adds nothing; `unpriced` counts the calls whose cost is unknown."""


def day_of(moment: datetime) -> str:
    """The UTC day of an aware `moment`, as stored: `2026-11-24`."""
    return moment.date().isoformat()


def call_row(
    run_id: str, owner_id: str, kind: str, place: int, call: Call, ended_at: datetime, payment: dict[str, Any]
) -> Write:
    """The row of a run's call number `place`, counted from 0; writing it again changes nothing.

    `payment`: whether the call was `repeated` by a later attempt, who it is `paid_by`, and the `budget_id` if any.
    """
    row = {
        "run_id": run_id,
        "place": place,
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
        "estimated": call.estimated,
        "doubtful": call.doubtful,
        "attempt": call.attempt,
        **payment,
        "day": day_of(ended_at),
        "at": ended_at,
    }
    which = {"_id": f"{run_id}:{place}", "owner_id": owner_id}
    return Write(CALLS.collection, UpdateOne(which, {"$setOnInsert": row}, upsert=True))


class CallStore:
    """The rows of all users. Every query is bounded by days."""

    def __init__(self, database: Database) -> None:
        self._calls = database.db[CALLS.collection]

    async def sums_of(
        self, owner_id: str, first_day: str, last_day: str, today: str, budget_id: str | None = None
    ) -> list[dict[str, Any]]:
        """The owner's sums by provider, model, agent, currency, and whether they are of `today`.

        With `budget_id`, only of calls that this month's budget pays: not the operator, and not the month before.
        """
        key = {name: f"${name}" for name in ("provider", "model", "agent", "currency")}
        payers: dict[str, Any] = {}
        if budget_id is not None:  # rows of older versions have neither field
            payers = {"paid_by": {"$ne": "operator"}, "budget_id": {"$in": [None, budget_id]}}
        pipeline: list[dict[str, Any]] = [
            {"$match": {"owner_id": owner_id, "day": {"$gte": first_day, "$lte": last_day}, **payers}},
            {"$group": {"_id": {**key, "today": {"$eq": ["$day", today]}}, **SUMS}},
        ]
        return await (await self._calls.aggregate(pipeline)).to_list()

    async def of_run(self, owner_id: str, run_id: str) -> dict[str, Any] | None:
        """The last call of this owner's run, which wrote what the user saw; None when the run asked no model."""
        bounded = {"_id": {"$gte": f"{run_id}:", "$lt": f"{run_id};"}, "owner_id": owner_id}
        rows = await self._calls.find(bounded).to_list()
        return max(rows, key=lambda row: int(row["place"])) if rows else None

    async def any_on(self, day: str) -> bool:
        """Whether there is a call of this day."""
        return await self._calls.find_one({"day": day}, {"_id": True}) is not None

    async def sums_between(
        self, day: str, first: datetime, end: datetime | None, measures: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Sums of a day's calls that ended from `first` to before `end`, and whose they were (`owners`).

        By provider, model, agent, currency, outcome, and each of `measures`. Without `end`, up to the end of the day.
        """
        key = {name: f"${name}" for name in ("provider", "model", "agent", "currency", "outcome")}
        bounds = {"$gte": first} if end is None else {"$gte": first, "$lt": end}
        more = {"first_token_seconds": {"$sum": "$time_to_first_token"}, "owners": {"$addToSet": "$owner_id"}}
        pipeline: list[dict[str, Any]] = [
            {"$match": {"day": day, "at": bounds}},
            {"$group": {"_id": {**key, **measures}, **SUMS, **more}},
        ]
        return await (await self._calls.aggregate(pipeline)).to_list()

    async def of_owner(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """The owner's calls as plain data, the cost in units of its currency."""
        async for row in self._calls.find(
            {"owner_id": owner_id}, {"_id": False, "owner_id": False, "budget_id": False}
        ):
            pico = row.pop("cost_pico")
            yield {**row, "cost": None if pico is None else str(from_pico(pico)), "at": row["at"].isoformat()}

    async def forget_before(self, day: str) -> None:
        """Delete the rows of all days before `day`, so many at a time that each write is a short one."""
        while True:
            oldest = self._calls.find({"day": {"$lt": day}}, {"owner_id": 1}).sort("day", ASCENDING)
            found = await oldest.limit(DELETED_AT_ONCE).to_list()
            if not found:
                return
            owners = {"$in": sorted({each["owner_id"] for each in found})}
            await self._calls.delete_many({"_id": {"$in": [each["_id"] for each in found]}, "owner_id": owners})

    async def erase(self, owner_id: str) -> None:
        """Delete the owner's rows; figures of past days stay, as they name nobody."""
        await self._calls.delete_many({"owner_id": owner_id})
