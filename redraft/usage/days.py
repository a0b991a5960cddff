"""The figures of each day, computed once from its calls and kept: they name nobody, and outlive the calls.

A day's figures are final when they were computed a day after its end, as every run has been settled by then; until
then they are computed again when somebody asks, at most once a minute, and go on from the calls that were counted the
last time. Computing is idempotent: replicas may race.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
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
LATE = timedelta(minutes=5)
"""By then the row of a call is there: a run's end is stored within REDRAFT_RUN_STORE_SECONDS, and what follows from it
is done by whoever lives. What comes later all the same is counted when the day is final."""
SLICE = timedelta(minutes=15)
"""Of a day, read at once."""
STEP = math.log(1.1)
"""Of the histograms of times: each step is 10 % above the one below, so a quantile is known within 5 %."""

Steps = dict[str, int]
"""How many times fell into each step; step n is 1.1 ** n to 1.1 ** (n + 1) seconds. Keys are text for the database."""


def step_of(name: str) -> dict[str, Any]:
    """The step of the seconds in field `name`, as an expression of MongoDB; null where there are none."""
    step = {"$floor": {"$divide": [{"$ln": f"${name}"}, STEP]}}
    return {"$cond": [{"$gt": [f"${name}", 0]}, step, None]}


MEASURES = {"duration": step_of("duration"), "first_token": step_of("time_to_first_token")}


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
        """Count a row of `CallStore.sums_between` in."""
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
class Counted:
    """The calls of a day that ended before `until`. `active` are the fingerprints of whose they were, in a row."""

    until: datetime
    groups: list[Group]
    active: bytes

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Count rows of `CallStore.sums_between` in."""
        groups = {(each.provider, each.model, each.agent, each.currency): each for each in self.groups}
        active = _cut(self.active)
        for row in rows:
            key = tuple(row["_id"][name] for name in ("provider", "model", "agent", "currency"))
            groups.setdefault(key, Group(*key)).add(row)
            active |= {fingerprint(owner_id) for owner_id in row["owners"]}
        self.groups, self.active = list(groups.values()), b"".join(sorted(active))


@dataclass
class Day:
    """One day's figures. `counted` is what the next computing goes on from; None when there will be none."""

    day: str
    computed_at: datetime
    groups: list[Group]
    active: bytes
    new_users: int
    counted: Counted | None = None

    def is_current(self, now: datetime) -> bool:
        """Whether these figures will do."""
        return _is_final(self.day, self.computed_at) or now - self.computed_at < FRESH

    def active_users(self) -> set[bytes]:
        """Their fingerprints."""
        return _cut(self.active)


def _cut(active: bytes) -> set[bytes]:
    return {active[at : at + 4] for at in range(0, len(active), 4)}


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
            kept |= await self._compute(missing, kept, now)
        return [kept[day] for day in wanted]

    async def _compute(self, days: Sequence[str], kept: Mapping[str, Day], now: datetime) -> dict[str, Day]:
        """The figures of these days, kept as far as they come: who asks again goes on from there."""
        new_users = await self._census.registered_by_day(date.fromisoformat(days[0]), date.fromisoformat(days[-1]))
        computed: dict[str, Day] = {}
        try:
            for day in days:
                counted = await self._count(day, kept[day].counted if day in kept else None, now)
                whole = await self._with_the_latest(day, counted)
                new = new_users.get(day, 0)
                computed[day] = Day(day, now, whole.groups, whole.active, new, None if _is_final(day, now) else counted)
        finally:
            if computed:
                writes = [ReplaceOne({"_id": day.day}, _row(day), upsert=True) for day in computed.values()]
                await self._days.bulk_write(writes)
        return computed

    async def _count(self, day: str, before: Counted | None, now: datetime) -> Counted:
        """The calls of the day that ended so long ago that none is missing, on top of those counted `before`.

        Read slice by slice, so that no day is too long for one operation of the database.
        """
        final = _is_final(day, now)
        counted = deepcopy(before) if before and not final else Counted(_start(day), [], b"")
        if final and not await self._calls.any_on(day):
            return counted
        until = min(_start(day) + timedelta(days=1), now - LATE)
        while counted.until < until:
            end = min(counted.until + SLICE, until)
            counted.add(await self._calls.sums_between(day, counted.until, end, MEASURES))
            counted.until = end
        return counted

    async def _with_the_latest(self, day: str, counted: Counted) -> Counted:
        rows = await self._calls.sums_between(day, counted.until, None, MEASURES)
        whole = deepcopy(counted)
        whole.add(rows)
        return whole


def _start(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)


def _is_final(day: str, at: datetime) -> bool:
    return at >= _start(day) + timedelta(days=1) + SETTLED


def _row(day: Day) -> dict[str, Any]:
    row = asdict(day)
    row["_id"] = row.pop("day")
    return row


def _day(row: dict[str, Any]) -> Day:
    groups = [Group(**group) for group in row["groups"]]
    counted = row.get("counted")
    if counted is not None:
        counted = Counted(counted["until"], [Group(**each) for each in counted["groups"]], bytes(counted["active"]))
    return Day(row["_id"], row["computed_at"], groups, bytes(row["active"]), row["new_users"], counted)
