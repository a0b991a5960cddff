"""What a user may spend in a month. Without a limit in the settings nothing here asks the database.

A month of a user is one document: what is `taken` (spent, or reserved by a run that is under way) and the `open`
reservations. A run starts when its input and a small answer fit, and reserves its output's limit too, as far as that is
left. Each of its calls is made out of the reservation, which is raised first where that is too little, by one
conditional write: so the month is never taken beyond its limit, however many runs there are beside each other. When the
run ends, what it used takes the reservation's place. The reservation is the proof that a run is not settled yet: a
settlement done twice finds none the second time, and changes nothing.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from redraft.config import Settings
from redraft.db import Database, Write, patiently
from redraft.errors import BudgetSpent, Unavailable
from redraft.llm import CostOf
from redraft.usage.amounts import Amount, Need
from redraft.usage.calls import CallStore, day_of
from redraft.usage.money import from_pico, to_pico

BUDGETS = "budgets"

HELD_SECONDS = 5.0
"""When to try again where a user's own turns hold what is left: many have ended by then."""
ABANDONED = timedelta(hours=24)
"""A reservation this old belongs to no run that will end. Far above any run's time."""
UNSTORED = timedelta(minutes=2)
"""A reservation this old whose run is not stored never gets one: its process died, or the database was away."""


def _free(_input: int, _output: int) -> tuple[Decimal | None, str]:
    return None, ""


RELEASE_SECONDS = 120.0
"""How long a reservation that may have been made is given back to a database that is away."""


@dataclass(frozen=True)
class Taken:
    """What is taken of a month, and how much of that is reserved by runs under way."""

    tokens: int
    cost: Decimal
    tokens_reserved: int = 0
    cost_reserved: Decimal = Decimal(0)


def month_bounds(now: datetime) -> tuple[datetime, datetime]:
    """The first moments of this month and of the next, in UTC."""
    start = datetime(now.year, now.month, 1, tzinfo=UTC)
    following = (start + timedelta(days=32)).replace(day=1)
    return start, following


def currency_of(budget_id: str) -> str:
    """In which currency a budget is."""
    return budget_id.rpartition(":")[2]


def settlement(budget_id: str, run_id: str, used_up: Amount) -> Write:
    """What the run used in place of what it had reserved."""
    reserved = f"open.{run_id}"
    used = {
        "tokens": {"$add": ["$tokens", {"$subtract": [used_up.tokens, f"${reserved}.tokens"]}]},
        "cost_pico": {"$add": ["$cost_pico", {"$subtract": [used_up.pico, f"${reserved}.cost_pico"]}]},
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
        self.operator_pays = settings.repeated_calls == "operator"
        self._patience_seconds = settings.run_store_seconds
        self._stored: Callable[[Sequence[str]], Awaitable[set[str]]] | None = None
        self._releasing: set[asyncio.Task[None]] = set()

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit at all."""
        return self.monthly_cost is not None or self.monthly_tokens is not None

    def ask_runs(self, stored: Callable[[Sequence[str]], Awaitable[set[str]]]) -> None:
        """Learn from `stored` which runs there are, of some ids, so that what is reserved for others is given back."""
        self._stored = stored

    def need(self, input_tokens: int, output_tokens: int, cost: CostOf) -> Need:
        """What a call or a run may take; where money has no limit, its cost is not asked for."""
        return Need(input_tokens, output_tokens, _free if self.monthly_cost is None else cost)

    async def reserve(self, owner_id: str, run_id: str, expected: Callable[[], Need]) -> str | None:
        """Let a run start that is `expected` to need so much: the budget's id, for `call_writes`. None without a limit.

        Reserves all of it, or what is left. Raises `BudgetSpent` when not even a small answer fits. If the run is not
        stored after all, `release` it.
        """
        if not self.is_limited:
            return None
        now = datetime.now(UTC)
        start, _ = month_bounds(now)
        budget_id = self._id(owner_id, start)
        need = expected()
        least, most = need.least(self.currency), need.most(self.currency)
        try:
            if await self._take(budget_id, run_id, least, most):
                return budget_id
            await self._open(owner_id, budget_id, start, now)
            if await self._take(budget_id, run_id, least, most):
                return budget_id
        except PyMongoError:  # it may be taken all the same, for a run that will never be
            self._release_later(budget_id, run_id)
            raise
        raise self._spent(await self._months.find_one({"_id": budget_id}), least, now)

    async def hold(self, budget_id: str, run_id: str, least: Amount, most: Amount) -> Amount:
        """Raise what a run holds to `most`, or to what is left if that is `least` or more; what it holds then.

        Doing it twice does it once. Waits for a database that is away. Raises `BudgetSpent`, and `Unavailable`.
        """
        month = await patiently(lambda: self._raise(budget_id, run_id, least, most), self._patience_seconds)
        held = None if month is None else month["open"][run_id]
        if held is None or not self._covers(Amount(held["tokens"], held["cost_pico"]), least):
            raise self._spent(month, least, datetime.now(UTC))
        return Amount(held["tokens"], held["cost_pico"])

    async def release(self, budget_id: str, run_id: str) -> None:
        """Give back the reservation of a run that never came to be."""
        await self._database.write([settlement(budget_id, run_id, Amount())])

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
        if month is None:
            return None
        held = _held(month)
        return Taken(month["tokens"], from_pico(month["cost_pico"]), held.tokens, from_pico(held.pico))

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
            old = await self._abandoned(month["open"], now)
            await self._database.write(settlement(budget_id, run_id, Amount()) for run_id in old)
            return
        sums = await self._calls.sums_of(owner_id, day_of(start), day_of(now), day_of(now), budget_id)
        begun = {
            "tokens": sum(row["input_tokens"] + row["output_tokens"] for row in sums),
            "cost_pico": sum(row["cost_pico"] for row in sums if row["_id"]["currency"] == self.currency),
            "open": {},
        }
        await self._months.update_one({"_id": budget_id}, {"$setOnInsert": begun}, upsert=True)

    async def _abandoned(self, reserved: dict[str, Any], now: datetime) -> list[str]:
        """Those of the reservations that belong to no run."""
        old = [run_id for run_id, held in reserved.items() if now - held["at"] > UNSTORED]
        if not old:
            return []
        stored = set(old) if self._stored is None else await self._stored(old)
        return [run_id for run_id in old if run_id not in stored or now - reserved[run_id]["at"] > ABANDONED]

    async def _take(self, budget_id: str, run_id: str, least: Amount, most: Amount) -> bool:
        """Reserve `most`, or what is left, for a run that holds nothing yet; False when that is less than `least`."""
        has_room: dict[str, Any] = {"_id": budget_id, f"open.{run_id}": {"$exists": False}}
        if self.monthly_tokens is not None:
            has_room["tokens"] = {"$lte": self.monthly_tokens - least.tokens}
        if self.monthly_cost is not None:
            has_room["cost_pico"] = {"$lte": to_pico(self.monthly_cost) - least.pico}
        reserved = f"open.{run_id}"
        nothing: dict[str, Any] = {"$set": {reserved: {"tokens": 0, "cost_pico": 0, "at": "$$NOW"}}}
        raised = [nothing, *self._raised(reserved, least, most)]
        return (await self._months.update_one(has_room, raised)).matched_count == 1

    async def _raise(self, budget_id: str, run_id: str, least: Amount, most: Amount) -> dict[str, Any] | None:
        """The month after what the run holds was raised; None when it holds nothing, for it is settled."""
        reserved = f"open.{run_id}"
        held = {"_id": budget_id, reserved: {"$exists": True}}
        await self._months.update_one(held, self._raised(reserved, least, most))
        return await self._months.find_one(held)  # nobody else changes what this run holds, but for its settlement

    def _raised(self, reserved: str, least: Amount, most: Amount) -> list[dict[str, Any]]:
        """The update that raises a reservation to `most`, as far as there is room, or not at all below `least`."""
        pico = None if self.monthly_cost is None else to_pico(self.monthly_cost)
        parts = (
            ("tokens", self.monthly_tokens, least.tokens, most.tokens),
            ("cost_pico", pico, least.pico, most.pico),
        )
        fits: list[Any] = [True]
        goals: dict[str, Any] = {}
        for name, limit, lowest, highest in parts:
            held = f"${reserved}.{name}"
            goal: Any = highest
            if limit is not None:
                room = {"$add": [{"$subtract": [limit, f"${name}"]}, held]}
                fits.append({"$gte": [room, lowest]})
                goal = {"$min": [highest, room]}
            goals[f"more.{name}"] = {"$max": [0, {"$subtract": [goal, held]}]}
        more = {name: {"$cond": [{"$and": fits}, goal, 0]} for name, goal in goals.items()}
        grown: dict[str, Any] = {}
        for name, *_ in parts:
            grown[name] = {"$add": [f"${name}", f"$more.{name}"]}
            grown[f"{reserved}.{name}"] = {"$add": [f"${reserved}.{name}", f"$more.{name}"]}
        return [{"$set": more}, {"$set": grown}, {"$unset": "more"}]

    def _covers(self, held: Amount, least: Amount) -> bool:
        enough_tokens = self.monthly_tokens is None or held.tokens >= least.tokens
        return enough_tokens and (self.monthly_cost is None or held.pico >= least.pico)

    def _spent(self, month: dict[str, Any] | None, least: Amount, now: datetime) -> BudgetSpent:
        """What to tell a user whose `month` has no room for `least`: when there will be."""
        _, following = month_bounds(now)
        if month is not None and self._is_room(month, least):
            return BudgetSpent(
                "Turns under way hold what is left of this month's budget. Try again when they have ended.",
                retry_after=HELD_SECONDS,
            )
        return BudgetSpent(
            f"This month's budget is used up, or too little is left for this turn; the next starts on "
            f"{following:%Y-%m-%d}. A shorter text needs less.",
            retry_after=(following - now).total_seconds(),
        )

    def _is_room(self, month: dict[str, Any], least: Amount) -> bool:
        """Whether `least` would fit if nothing was reserved."""
        held = _held(month)
        tokens = month["tokens"] - held.tokens + least.tokens
        pico = month["cost_pico"] - held.pico + least.pico
        enough_tokens = self.monthly_tokens is None or tokens <= self.monthly_tokens
        return enough_tokens and (self.monthly_cost is None or pico <= to_pico(self.monthly_cost))


def _held(month: dict[str, Any]) -> Amount:
    """What the open reservations of a month hold together."""
    return sum((Amount(held["tokens"], held["cost_pico"]) for held in month["open"].values()), Amount())
