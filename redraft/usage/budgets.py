"""What a user may spend in a month. Without a limit in the settings nothing here asks the database.

A month of a user is one document: what is `taken` (spent, or reserved by a run that is under way) and the `open`
reservations. A run may start while something is left. Its reservation then counts as taken until the run ends, so two
tabs cannot both spend the last; when it ends, what it used takes the reservation's place. The reservation is the
proof that a run is not settled yet: a settlement done twice finds none the second time, and changes nothing.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from redraft.config import Settings
from redraft.db import Database, Write, patiently
from redraft.errors import TooManyRequests, Unavailable
from redraft.llm import Call
from redraft.usage.calls import CallStore, day_of
from redraft.usage.money import from_pico, to_pico

BUDGETS = "budgets"

CHARACTERS_A_TOKEN = 4
ANSWER_TOKENS = 500
"""What a run is expected to write, for a reservation; only how much runs side by side can pass a limit hangs on it."""
ABANDONED = timedelta(hours=24)
"""A reservation this old belongs to no run: the process died before it stored one. Far above any run's time."""


RELEASE_SECONDS = 120.0
"""How long a reservation that may have been made is given back to a database that is away."""


class BudgetSpent(TooManyRequests):
    """The month's money or tokens are used up. Raised before any model is asked, so it costs nothing."""

    code, title = "budget_spent", "Budget spent"


@dataclass(frozen=True)
class Taken:
    """What is taken of a month, reservations included."""

    tokens: int
    cost: Decimal


def month_bounds(now: datetime) -> tuple[datetime, datetime]:
    """The first moments of this month and of the next, in UTC."""
    start = datetime(now.year, now.month, 1, tzinfo=UTC)
    following = (start + timedelta(days=32)).replace(day=1)
    return start, following


def settlement(budget_id: str, run_id: str, calls: Sequence[Call]) -> Write:
    """What the run used in place of what it had reserved.

    Calls of unknown tokens, of unknown price, or priced in another currency than the budget's add nothing.
    """
    currency = budget_id.rpartition(":")[2]
    tokens = sum((call.input_tokens or 0) + (call.output_tokens or 0) for call in calls)
    pico = sum(to_pico(call.cost) for call in calls if call.cost is not None and call.currency == currency)
    reserved = f"open.{run_id}"
    used = {
        "tokens": {"$add": ["$tokens", {"$subtract": [tokens, f"${reserved}.tokens"]}]},
        "cost_pico": {"$add": ["$cost_pico", {"$subtract": [pico, f"${reserved}.cost_pico"]}]},
    }
    update: list[dict[str, Any]] = [{"$set": used}, {"$unset": reserved}]
    return Write(BUDGETS, UpdateOne({"_id": budget_id, reserved: {"$exists": True}}, update))


class Budgets:
    """The monthly limits of the settings, which hold for each user."""

    def __init__(self, database: Database, calls: CallStore, settings: Settings) -> None:
        self._database = database
        self._months = database.db[BUDGETS]
        self._calls = calls
        self.currency = settings.currency
        self.monthly_cost = settings.monthly_budget
        self.monthly_tokens = settings.monthly_tokens
        self._releasing: set[asyncio.Task[None]] = set()

    async def reserve(self, owner_id: str, run_id: str, characters: int) -> str | None:
        """Let a run that sends so many characters start: the budget's id, for `call_writes`. None without a limit.

        Raises `BudgetSpent` when nothing is left. If the run is not stored after all, `release` it.
        """
        if self.monthly_cost is None and self.monthly_tokens is None:
            return None
        now = datetime.now(UTC)
        start, following = month_bounds(now)
        budget_id = self._id(owner_id, start)
        tokens = characters // CHARACTERS_A_TOKEN + ANSWER_TOKENS
        try:
            if await self._take(budget_id, run_id, tokens):
                return budget_id
            await self._open(owner_id, budget_id, start, now)
            if await self._take(budget_id, run_id, tokens):
                return budget_id
        except PyMongoError:  # it may be taken all the same, for a run that will never be
            self._release_later(budget_id, run_id)
            raise
        raise BudgetSpent(
            f"This month's budget is used up; the next one starts on {following:%Y-%m-%d}.",
            retry_after=(following - now).total_seconds(),
        )

    async def release(self, budget_id: str, run_id: str) -> None:
        """Give back the reservation of a run that never came to be."""
        await self._database.write([settlement(budget_id, run_id, [])])

    def _release_later(self, budget_id: str, run_id: str) -> None:
        """`release` beside the request that failed, as soon as the database is back, within bounds."""

        async def release() -> None:
            with contextlib.suppress(Unavailable):  # then it is given back when it is abandoned
                await patiently(lambda: self.release(budget_id, run_id), RELEASE_SECONDS)

        task = asyncio.create_task(release())
        self._releasing.add(task)
        task.add_done_callback(self._releasing.discard)

    async def taken(self, owner_id: str) -> Taken | None:
        """What the owner's month has taken so far; None when no run was held against a limit yet."""
        start, _ = month_bounds(datetime.now(UTC))
        month = await self._months.find_one({"_id": self._id(owner_id, start)})
        return None if month is None else Taken(month["tokens"], from_pico(month["cost_pico"]))

    async def erase(self, owner_id: str) -> None:
        """Delete the owner's months."""
        bounds = {"$gte": f"{owner_id}:", "$lt": f"{owner_id};"}
        await self._months.delete_many({"_id": bounds})

    def _id(self, owner_id: str, start: datetime) -> str:
        return f"{owner_id}:{start:%Y-%m}:{self.currency}"

    async def _open(self, owner_id: str, budget_id: str, start: datetime, now: datetime) -> None:
        """Begin the month if there is none yet, or else give back what abandoned reservations hold."""
        month = await self._months.find_one({"_id": budget_id})
        if month is not None:
            old = [run_id for run_id, held in month["open"].items() if now - held["at"] > ABANDONED]
            await self._database.write(settlement(budget_id, run_id, []) for run_id in old)
            return
        sums = await self._calls.sums_of(owner_id, day_of(start), day_of(now), day_of(now))
        begun = {
            "tokens": sum(row["input_tokens"] + row["output_tokens"] for row in sums),
            "cost_pico": sum(row["cost_pico"] for row in sums if row["_id"]["currency"] == self.currency),
            "open": {},
        }
        await self._months.update_one({"_id": budget_id}, {"$setOnInsert": begun}, upsert=True)

    async def _take(self, budget_id: str, run_id: str, tokens: int) -> bool:
        has_room: dict[str, Any] = {"_id": budget_id}
        if self.monthly_tokens is not None:
            has_room["tokens"] = {"$lt": self.monthly_tokens}
        if self.monthly_cost is not None:
            has_room["cost_pico"] = {"$lt": to_pico(self.monthly_cost)}
        # Expected to cost what this user's tokens cost so far this month.
        expected = {"$divide": [{"$multiply": ["$cost_pico", tokens]}, {"$max": ["$tokens", 1]}]}
        reserved = f"open.{run_id}"
        update: list[dict[str, Any]] = [
            {"$set": {reserved: {"tokens": tokens, "cost_pico": {"$toLong": {"$floor": expected}}, "at": "$$NOW"}}},
            {
                "$set": {
                    "tokens": {"$add": ["$tokens", f"${reserved}.tokens"]},
                    "cost_pico": {"$add": ["$cost_pico", f"${reserved}.cost_pico"]},
                }
            },
        ]
        return (await self._months.update_one(has_room, update)).matched_count == 1
