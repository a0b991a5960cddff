"""A month's budget: what may start, and what counts."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from redraft.config import Settings
from redraft.db import Database, connect
from redraft.errors import BudgetSpent
from redraft.ids import new_id
from redraft.llm import Ask, estimate
from redraft.usage import Allowance, Amount, Budgets, CallStore, Need, call_writes
from tests.usage.test_calls import call


@pytest.fixture(scope="module")
async def database(settings: Settings) -> AsyncIterator[Database]:
    assert settings.mongodb_url is not None
    async with connect(settings, settings.mongodb_url.get_secret_value()) as opened:
        await asyncio.gather(*(opened.ping() for _ in range(8)))  # connections open one by one: races need them all
        yield opened


def budgets(database: Database, settings: Settings, **limits: object) -> Budgets:
    return Budgets(database, CallStore(database), settings.model_copy(update=limits))


def expected(tokens: int, output: int = 10) -> Callable[[], Need]:
    """A run that sends so much and may write so much, at a hundredth of a dollar for a thousand tokens of either."""
    return lambda: Need(tokens, output, lambda read, wrote: (Decimal(read + wrote) / 100_000, "USD"))


async def end(database: Database, budget_id: str | None, owner_id: str, run_id: str, **changed: object) -> None:
    ended = datetime.now(UTC)
    await database.write(call_writes(run_id, owner_id, "chat", [call(**changed)], ended, budget_id))  # type: ignore[arg-type]


async def test_without_a_limit_nothing_is_asked_of_the_database(settings: Settings) -> None:
    assert settings.mongodb_url is not None
    async with connect(settings, "mongodb://127.0.0.1:1/") as nowhere:
        assert await budgets(nowhere, settings).reserve("usr_none", "run_1", expected(100)) is None


async def test_of_two_tabs_one_gets_the_last(database: Database, settings: Settings) -> None:
    limited = budgets(database, settings, monthly_tokens=100)
    owner = new_id("usr")
    starts = [limited.reserve(owner, f"run_{tab}", expected(50)) for tab in range(8)]
    outcomes = await asyncio.gather(*starts, return_exceptions=True)
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, BudgetSpent) for outcome in outcomes) == 7


async def test_what_a_run_used_takes_the_place_of_what_it_reserved_once(database: Database, settings: Settings) -> None:
    limited = budgets(database, settings, monthly_tokens=1_000, monthly_budget=Decimal(1))
    owner = new_id("usr")
    budget_id = await limited.reserve(owner, "run_1", expected(500, 400))
    taken = await limited.taken(owner)
    assert taken is not None
    assert (taken.tokens, taken.tokens_reserved) == (900, 900)
    assert taken.cost == taken.cost_reserved == Decimal("0.009")
    for _ in range(2):
        await end(database, budget_id, owner, "run_1", cost="0.25")
    taken = await limited.taken(owner)
    assert taken is not None
    assert (taken.tokens, taken.cost, taken.tokens_reserved) == (15, Decimal("0.25"), 0)


async def test_a_released_reservation_leaves_nothing(database: Database, settings: Settings) -> None:
    limited = budgets(database, settings, monthly_tokens=100)
    owner = new_id("usr")
    budget_id = await limited.reserve(owner, "run_1", expected(50))
    assert budget_id is not None
    await limited.release(budget_id, "run_1")
    taken = await limited.taken(owner)
    assert taken is not None
    assert taken.tokens == 0
    assert await limited.reserve(owner, "run_2", expected(50)) == budget_id


async def test_a_limit_set_in_mid_month_counts_what_came_before(database: Database, settings: Settings) -> None:
    owner = new_id("usr")
    await end(database, None, owner, new_id("run"), cost="0.6")
    await end(database, None, owner, new_id("run"), cost="9", currency="EUR")
    limited = budgets(database, settings, monthly_budget=Decimal("0.5"))
    with pytest.raises(BudgetSpent) as refused:
        await limited.reserve(owner, "run_2", expected(50))
    assert refused.value.retry_after is not None


@pytest.mark.parametrize(
    ("minutes", "stored", "given_back"), [(1, False, False), (3, False, True), (3, True, False), (1_500, True, True)]
)
async def test_a_reservation_nobody_came_back_for_is_given_back(
    database: Database, settings: Settings, minutes: int, stored: bool, given_back: bool
) -> None:
    async def runs(run_ids: Sequence[str]) -> set[str]:
        return set(run_ids) if stored else set()

    limited = budgets(database, settings, monthly_tokens=100)
    limited.ask_runs(runs)
    owner = new_id("usr")
    budget_id = await limited.reserve(owner, "run_lost", expected(50))
    ago = datetime.now(UTC) - timedelta(minutes=minutes)
    await database.db["budgets"].update_one({"_id": budget_id}, {"$set": {"open.run_lost.at": ago}})
    if given_back:
        assert await limited.reserve(owner, "run_2", expected(50)) == budget_id
        return
    with pytest.raises(BudgetSpent):
        await limited.reserve(owner, "run_2", expected(50))


async def test_a_run_reserves_what_is_left_when_that_holds_a_small_answer(
    database: Database, settings: Settings
) -> None:
    limited = budgets(database, settings, monthly_tokens=1_000)
    owner = new_id("usr")
    await limited.reserve(owner, "run_1", expected(300, 300))
    await limited.reserve(owner, "run_2", expected(200, 4_000))
    taken = await limited.taken(owner)
    assert taken is not None
    assert taken.tokens == 1_000
    with pytest.raises(BudgetSpent) as refused:
        await limited.reserve(owner, "run_3", expected(1, 1))
    assert refused.value.retry_after == 5  # for what is left is held, and may be given back


async def test_no_room_for_a_small_answer_waits_for_the_next_month(database: Database, settings: Settings) -> None:
    limited = budgets(database, settings, monthly_tokens=1_000)
    with pytest.raises(BudgetSpent) as refused:
        await limited.reserve(new_id("usr"), "run_1", expected(901, 4_000))
    assert refused.value.retry_after is not None
    assert refused.value.retry_after > 5


@pytest.mark.parametrize("limits", [{"monthly_tokens": 1_000}, {"monthly_budget": Decimal("0.01")}])
async def test_what_a_run_holds_is_raised_as_far_as_there_is_room(
    database: Database, settings: Settings, limits: dict[str, object]
) -> None:
    limited = budgets(database, settings, **limits)
    owner = new_id("usr")
    budget_id = await limited.reserve(owner, "run_1", expected(100, 100))
    assert budget_id is not None
    await limited.reserve(owner, "run_2", expected(300, 100))
    dollars = 10_000_000
    for _ in range(2):  # a write that the driver repeats
        held = await limited.hold(budget_id, "run_1", Amount(500, 500 * dollars), Amount(900, 900 * dollars))
        assert (held.tokens if "monthly_tokens" in limits else held.pico // dollars) == 600
    with pytest.raises(BudgetSpent):
        await limited.hold(budget_id, "run_1", Amount(601, 601 * dollars), Amount(900, 900 * dollars))
    await limited.release(budget_id, "run_1")
    with pytest.raises(BudgetSpent):  # of a run that is settled, by whoever took it over
        await limited.hold(budget_id, "run_1", Amount(1, 1), Amount(1, 1))
    taken = await limited.taken(owner)
    assert taken is not None
    assert taken.tokens == 400


async def test_a_new_month_does_not_count_what_the_one_before_paid(database: Database, settings: Settings) -> None:
    owner = new_id("usr")
    now = datetime.now(UTC)
    before = f"{owner}:2026-01:USD"
    await database.write(call_writes(new_id("run"), owner, "chat", [call()], now, before))
    await database.write(call_writes(new_id("run"), owner, "chat", [call()], now))
    limited = budgets(database, settings, monthly_tokens=1_000)
    await limited.reserve(owner, "run_1", expected(100, 0))
    taken = await limited.taken(owner)
    assert taken is not None
    assert taken.tokens == 115


@pytest.mark.parametrize(("operator_pays", "tokens"), [(False, 60), (True, 30)])
async def test_who_pays_for_what_was_asked_twice(
    database: Database, settings: Settings, operator_pays: bool, tokens: int
) -> None:
    limited = budgets(database, settings, monthly_tokens=1_000)
    owner, run_id = new_id("usr"), new_id("run")
    budget_id = await limited.reserve(owner, run_id, expected(100))
    calls = [call(outcome="lost"), call(), call(role="edit"), call(attempt=2)]
    ended = datetime.now(UTC)
    await database.write(call_writes(run_id, owner, "chat", calls, ended, budget_id, operator_pays=operator_pays))
    taken = await limited.taken(owner)
    assert taken is not None
    assert taken.tokens == tokens
    rows = await database.db["model_calls"].find({"run_id": run_id}).sort("place", 1).to_list()
    assert [row["repeated"] for row in rows] == [True, True, False, False]
    assert {row["paid_by"] for row in rows} == ({"user", "operator"} if operator_pays else {"user"})
    await database.db["budgets"].delete_one({"_id": budget_id})  # begun anew from the rows, it comes to the same
    await limited.reserve(owner, "run_2", expected(0, 0))
    again = await limited.taken(owner)
    assert again is not None
    assert again.tokens == tokens


async def test_calls_of_a_run_and_of_who_takes_it_over_share_what_it_may_spend(
    database: Database, settings: Settings
) -> None:
    def free(_read: int, _written: int) -> tuple[Decimal | None, str]:
        return None, "USD"

    limited = budgets(database, settings, monthly_tokens=1_000)
    owner = new_id("usr")
    budget_id = await limited.reserve(owner, "run_1", expected(50, 10))
    assert budget_id is not None
    spent = Amount()
    asked = Ask([{"role": "user", "content": "A question."}], 500)
    sent = 6 + estimate("A question.")
    first = Allowance(limited, budget_id, "run_1", lambda: spent)
    assert await first.hold("one", asked, free) == asked
    beside = await first.hold("two", asked, free)
    assert beside.max_tokens == 1_000 - 500 - 2 * sent
    with pytest.raises(BudgetSpent):
        await first.hold("three", asked, free)
    first.free("one")
    first.free("two")
    spent = Amount(600)  # lost with its process, and estimated
    second = Allowance(limited, budget_id, "run_1", lambda: spent)
    assert (await second.hold("one", asked, free)).max_tokens == 1_000 - 600 - sent
    second.free("one")
    spent = Amount(901)
    with pytest.raises(BudgetSpent):
        await second.hold("two", asked, free)
    taken = await limited.taken(owner)
    assert taken is not None
    assert taken.tokens == taken.tokens_reserved == 1_000
