"""A month's budget: what may start, and what counts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from redraft.config import Settings
from redraft.db import Database, connect
from redraft.ids import new_id
from redraft.usage import Budgets, BudgetSpent, CallStore, call_writes
from tests.usage.test_calls import call


@pytest.fixture(scope="module")
async def database(settings: Settings) -> AsyncIterator[Database]:
    assert settings.mongodb_url is not None
    async with connect(settings, settings.mongodb_url.get_secret_value()) as opened:
        await asyncio.gather(*(opened.ping() for _ in range(8)))  # connections open one by one: races need them all
        yield opened


def budgets(database: Database, settings: Settings, **limits: object) -> Budgets:
    return Budgets(database, CallStore(database), settings.model_copy(update=limits))


async def end(database: Database, budget_id: str | None, owner_id: str, run_id: str, **changed: object) -> None:
    ended = datetime.now(UTC)
    await database.write(call_writes(run_id, owner_id, "chat", [call(**changed)], ended, budget_id))  # type: ignore[arg-type]


async def test_without_a_limit_nothing_is_asked_of_the_database(settings: Settings) -> None:
    assert settings.mongodb_url is not None
    async with connect(settings, "mongodb://127.0.0.1:1/") as nowhere:
        assert await budgets(nowhere, settings).reserve("usr_none", "run_1", 100) is None


async def test_of_two_tabs_one_gets_the_last(database: Database, settings: Settings) -> None:
    limited = budgets(database, settings, monthly_tokens=10)
    owner = new_id("usr")
    starts = [limited.reserve(owner, f"run_{tab}", 100) for tab in range(8)]
    outcomes = await asyncio.gather(*starts, return_exceptions=True)
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, BudgetSpent) for outcome in outcomes) == 7


async def test_what_a_run_used_takes_the_place_of_what_it_reserved_once(database: Database, settings: Settings) -> None:
    limited = budgets(database, settings, monthly_tokens=1_000, monthly_budget=Decimal(1))
    owner = new_id("usr")
    budget_id = await limited.reserve(owner, "run_1", 8_000)
    taken = await limited.taken(owner)
    assert taken is not None
    assert taken.tokens == 2_500
    for _ in range(2):
        await end(database, budget_id, owner, "run_1", cost="0.25")
    taken = await limited.taken(owner)
    assert taken is not None
    assert (taken.tokens, taken.cost) == (15, Decimal("0.25"))


async def test_a_released_reservation_leaves_nothing(database: Database, settings: Settings) -> None:
    limited = budgets(database, settings, monthly_tokens=10)
    owner = new_id("usr")
    budget_id = await limited.reserve(owner, "run_1", 100)
    assert budget_id is not None
    await limited.release(budget_id, "run_1")
    taken = await limited.taken(owner)
    assert taken is not None
    assert taken.tokens == 0
    assert await limited.reserve(owner, "run_2", 100) == budget_id


async def test_a_limit_set_in_mid_month_counts_what_came_before(database: Database, settings: Settings) -> None:
    owner = new_id("usr")
    await end(database, None, owner, new_id("run"), cost="0.6")
    await end(database, None, owner, new_id("run"), cost="9", currency="EUR")
    limited = budgets(database, settings, monthly_budget=Decimal("0.5"))
    with pytest.raises(BudgetSpent) as refused:
        await limited.reserve(owner, "run_2", 100)
    assert refused.value.retry_after is not None


async def test_a_reservation_nobody_came_back_for_is_given_back(database: Database, settings: Settings) -> None:
    limited = budgets(database, settings, monthly_tokens=10)
    owner = new_id("usr")
    budget_id = await limited.reserve(owner, "run_lost", 100)
    long_ago = {"$set": {"open.run_lost.at": datetime(2026, 1, 1, tzinfo=UTC)}}
    await database.db["budgets"].update_one({"_id": budget_id}, long_ago)
    assert await limited.reserve(owner, "run_2", 100) == budget_id
