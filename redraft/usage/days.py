"""The figures of each day, computed once from its calls and kept: they name nobody, and outlive the calls.

A day's figures are final when they were computed a day after its end, as every run has been settled by then; until
then they are computed again when somebody asks, at most once a minute. Computing is idempotent: replicas may race.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pymongo import ReplaceOne

from redraft.accounts import Census
from redraft.db import Database
from redraft.usage.calls import CallStore

DAYS = "usage_days"
FRESH = timedelta(minutes=1)
SETTLED = timedelta(days=1)
STEP = math.log(1.1)
"""Of the histograms of times: each step is 10 % above the one below, so a quantile is known within 5 %."""

Steps = dict[str, int]
"""How many times fell into each step; step n is 1.1 ** n to 1.1 ** (n + 1) seconds. Keys are text for the database."""


def step_of(name: str) -> dict[str, Any]:
    """The step of the seconds in field `name`, as an expression of MongoDB; null where there are none."""
    step = {"$floor": {"$divide": [{"$ln": f"${name}"}, STEP]}}
    return {"$cond": [{"$gt": [f"${name}", 0]}, step, None]}


def fingerprint(owner_id: str) -> bytes:
    """Four bytes that tell active users apart when days are put together, and lead back to nobody."""
    return hashlib.sha256(owner_id.encode()).digest()[:4]


@dataclass
class Group:
    """The calls of one day, model, agent and currency. Times are of those that succeeded."""

    provider: str
    model: str
    agent: str
    currency: str
    runs: int = 0
    calls: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    lost: int = 0
    unpriced: int = 0
    cost_pico: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    succeeded_seconds: float = 0.0
    first_token_seconds: float = 0.0
    durations: Steps = field(default_factory=dict)
    first_tokens: Steps = field(default_factory=dict)

    def add(self, row: dict[str, Any]) -> None:
        """Count a row of `CallStore.sums_by_day` in."""
        key = row["_id"]
        names = ("runs", "calls", "unpriced", "cost_pico", "input_tokens", "cached_tokens", "output_tokens", "seconds")
        for name in names:
            setattr(self, name, getattr(self, name) + row[name])
        if key["outcome"] != "ok":
            setattr(self, key["outcome"], getattr(self, key["outcome"]) + row["calls"])
            return
        self.succeeded += row["calls"]
        self.succeeded_seconds += row["seconds"]
        self.first_token_seconds += row["first_token_seconds"]
        for steps, step in ((self.durations, key["duration"]), (self.first_tokens, key["first_token"])):
            if step is not None:
                steps[str(int(step))] = steps.get(str(int(step)), 0) + row["calls"]


@dataclass
class Day:
    """One day's figures."""

    day: str
    computed_at: datetime
    groups: list[Group]
    active: bytes
    new_users: int

    def is_current(self, now: datetime) -> bool:
        """Whether these figures will do."""
        ended = datetime.combine(date.fromisoformat(self.day) + timedelta(days=1), datetime.min.time(), UTC)
        return self.computed_at >= ended + SETTLED or now - self.computed_at < FRESH

    def active_users(self) -> set[bytes]:
        """Their fingerprints."""
        return {self.active[at : at + 4] for at in range(0, len(self.active), 4)}


class DayStore:
    """The days' figures, computed where they are missing or may have changed."""

    def __init__(self, database: Database, calls: CallStore, census: Census) -> None:
        self._days = database.db[DAYS]
        self._calls = calls
        self._census = census

    async def between(self, first: date, last: date) -> list[Day]:
        """Every day from `first` to `last`, both included, in order."""
        now = datetime.now(UTC)
        bounds = {"$gte": first.isoformat(), "$lte": last.isoformat()}
        kept = {row["_id"]: _day(row) for row in await self._days.find({"_id": bounds}).to_list()}
        wanted = [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]
        missing = [day for day in wanted if day not in kept or not kept[day].is_current(now)]
        if missing:
            computed = await self._compute(missing, now)
            kept |= {day.day: day for day in computed}
            await self._days.bulk_write([ReplaceOne({"_id": day.day}, _row(day), upsert=True) for day in computed])
        return [kept[day] for day in wanted]

    async def _compute(self, days: Sequence[str], now: datetime) -> list[Day]:
        measures = {"duration": step_of("duration"), "first_token": step_of("time_to_first_token")}
        groups = _grouped(await self._calls.sums_by_day(days, measures))
        active: dict[str, set[bytes]] = defaultdict(set)
        for day, owner_id in await self._calls.owners_by_day(days):
            active[day].add(fingerprint(owner_id))
        new_users = await self._census.registered_by_day(date.fromisoformat(days[0]), date.fromisoformat(days[-1]))
        return [
            Day(day, now, groups.get(day, []), b"".join(sorted(active[day])), new_users.get(day, 0)) for day in days
        ]


def _grouped(rows: Iterable[dict[str, Any]]) -> dict[str, list[Group]]:
    days: dict[str, dict[tuple[str, ...], Group]] = defaultdict(dict)
    for row in rows:
        key = tuple(row["_id"][name] for name in ("provider", "model", "agent", "currency"))
        group = days[row["_id"]["day"]].setdefault(key, Group(*key))
        group.add(row)
    return {day: list(groups.values()) for day, groups in days.items()}


def _row(day: Day) -> dict[str, Any]:
    row = asdict(day)
    row["_id"] = row.pop("day")
    return row


def _day(row: dict[str, Any]) -> Day:
    groups = [Group(**group) for group in row["groups"]]
    return Day(row["_id"], row["computed_at"], groups, bytes(row["active"]), row["new_users"])
