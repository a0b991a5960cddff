"""What users and admins are told of the record, and how it is kept short."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pymongo
import structlog
from pymongo.errors import PyMongoError

from redraft.accounts import Census
from redraft.config import Settings
from redraft.errors import FieldError, InvalidRequest
from redraft.tasks import end
from redraft.usage import figures
from redraft.usage.budgets import Budgets, month_bounds
from redraft.usage.calls import CallStore, day_of
from redraft.usage.days import DayStore
from redraft.usage.feedback import FeedbackStore
from redraft.usage.models import Budget, Metrics, MyUsage, Share, Totals, Users
from redraft.usage.money import from_pico

log = structlog.get_logger()

LONGEST = timedelta(days=366)
KEEPING_SECONDS = 3600.0
UPKEEP_SECONDS = 900.0
"""What one operation of the upkeep may take in all; it goes on in the next hour where it was."""


class Usage:
    """Reads the record of model calls."""

    def __init__(
        self,
        calls: CallStore,
        days: DayStore,
        feedback: FeedbackStore,
        budgets: Budgets,
        census: Census,
        settings: Settings,
    ) -> None:
        self._calls = calls
        self._days = days
        self._feedback = feedback
        self._budgets = budgets
        self._census = census
        self._settings = settings
        self._leads: Callable[[], bool] = lambda: False

    def kept_short_where(self, leads: Callable[[], bool]) -> None:
        """Have only the replica of which `leads` is true keep the record short: all of them would do the same."""
        self._leads = leads

    async def of(self, owner_id: str) -> MyUsage:
        """What this user used today and this month, and what is left."""
        now = datetime.now(UTC)
        start, following = month_bounds(now)
        rows = await self._calls.sums_of(owner_id, day_of(start), day_of(following), day_of(now))
        currency = self._settings.currency
        shares: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for row in rows:
            key = tuple(row["_id"][name] for name in ("provider", "model", "agent"))
            shares.setdefault(key, []).append(row)
        month = _totals(rows, currency)
        return MyUsage(
            today=_totals([row for row in rows if row["_id"]["today"]], currency),
            month=month,
            month_by_model_and_agent=[
                Share(**_totals(of_key, currency).model_dump(), provider=key[0], model=key[1], agent=key[2])
                for key, of_key in sorted(shares.items())
            ],
            budget=await self._budget(owner_id, month, following),
        )

    async def metrics(self, first: date, last: date) -> Metrics:
        """The figures of the days from `first` to `last`. Raises `InvalidRequest` for more than a year."""
        if first > last:
            raise InvalidRequest(errors=[FieldError("from", "is after `to`")])
        if last - first >= LONGEST:
            raise InvalidRequest(errors=[FieldError("from", f"is more than {LONGEST.days} days before `to`")])
        days = await self._days.between(first, last)
        ratings = await self._feedback.by_day_model_and_agent(first.isoformat(), last.isoformat())
        currency = self._settings.currency
        active: set[bytes] = set().union(*(day.active_users() for day in days))
        return Metrics(
            from_day=first,
            to_day=last,
            users=Users(
                registered=await self._census.registered(),
                new=sum(day.new_users for day in days),
                active=len(active),
            ),
            total=figures.total(days, ratings, currency),
            by_day=figures.by_day(days, ratings, currency),
            by_model=figures.by_model(days, ratings, currency),
            by_agent=figures.by_agent(days, ratings, currency),
        )

    @contextlib.asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Keep the record short while the context lasts: each hour, compute past days' figures and drop old calls."""
        task = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            await end(task)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(KEEPING_SECONDS * random.uniform(0.5, 1))  # noqa: S311  replicas should not meet
            if not self._leads():
                continue
            try:
                with pymongo.timeout(UPKEEP_SECONDS):  # in place of what a request may wait
                    await self.keep_short(datetime.now(UTC).date())
            except PyMongoError:
                log.warning("the record of model calls was not shortened; it will be tried again", exc_info=True)

    async def keep_short(self, today: date) -> None:
        """Compute the days whose calls are about to go and the latest ones, then delete the calls of the former."""
        oldest_kept = today - timedelta(days=self._settings.usage_days)
        going = [oldest_kept - timedelta(days=ago) for ago in range(31, 0, -1)]
        latest = [today - timedelta(days=ago) for ago in range(3, -1, -1)]
        for day in (*going, *latest):  # one by one: what was computed stays when the time is up
            await self._days.between(day, day)
        await self._calls.forget_before(oldest_kept.isoformat())

    async def _budget(self, owner_id: str, month: Totals, resets_at: datetime) -> Budget:
        cost, tokens = self._budgets.monthly_cost, self._budgets.monthly_tokens
        taken_cost, taken_tokens = month.cost or Decimal(0), month.input_tokens + month.output_tokens
        taken = await self._budgets.taken(owner_id) if self._budgets.is_limited else None
        if taken is not None:
            taken_cost, taken_tokens = taken.cost, taken.tokens
        return Budget(
            currency=self._settings.currency,
            monthly_cost=cost,
            monthly_tokens=tokens,
            cost_left=None if cost is None else max(Decimal(0), cost - taken_cost),
            tokens_left=None if tokens is None else max(0, tokens - taken_tokens),
            cost_reserved=None if cost is None else taken.cost_reserved if taken else Decimal(0),
            tokens_reserved=None if tokens is None else taken.tokens_reserved if taken else 0,
            resets_at=resets_at,
        )


def _totals(rows: Sequence[dict[str, Any]], currency: str) -> Totals:
    priced = [row for row in rows if row["_id"]["currency"] == currency]
    calls = sum(row["calls"] for row in rows)
    known = sum(row["calls"] - row["unpriced"] for row in priced)
    return Totals(
        runs=sum(row["runs"] for row in rows),
        calls=calls,
        input_tokens=sum(row["input_tokens"] for row in rows),
        cached_tokens=sum(row["cached_tokens"] for row in rows),
        output_tokens=sum(row["output_tokens"] for row in rows),
        seconds=sum(row["seconds"] for row in rows),
        cost=from_pico(sum(row["cost_pico"] for row in priced)) if known or not calls else None,
        currency=currency,
        unpriced_calls=calls - known,
    )
