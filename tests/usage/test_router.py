"""What users and admins are told of the record."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from redraft.ids import new_id
from redraft.usage import call_writes
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import somebody
from tests.scripted_model import Reply, ScriptedModel
from tests.usage.conftest import Deployment
from tests.usage.test_calls import call

COST = 0.0000042
"""15 fresh, 10 cached and 2 written tokens of gpt-4o-mini, at 0.15, 0.075 and 0.60 dollars a million."""


async def test_a_turn_is_in_its_users_usage_to_the_last_pico_dollar(alone: Deployment, model: ScriptedModel) -> None:
    ada, eve = await somebody(alone.http), await somebody(alone.http)
    model.says(Reply(["Yes", "."], cached_tokens=10))
    await alone.chat(ada)
    usage = (await alone.http.get("/v1/me/usage", headers=ada.headers)).json()
    assert usage["month"] | {"seconds": 0} == {
        "runs": 1, "calls": 1, "input_tokens": 25, "cached_tokens": 10, "output_tokens": 2, "seconds": 0,
        "cost": COST, "currency": "USD", "unpriced_calls": 0,
    }  # fmt: skip
    assert usage["today"] == usage["month"]
    (share,) = usage["month_by_model_and_agent"]
    assert (share["provider"], share["model"], share["agent"], share["calls"]) == ("openai", "gpt-4o-mini", "chat", 1)
    assert usage["budget"]["monthly_cost"] is usage["budget"]["tokens_left"] is None
    nothing = (await alone.http.get("/v1/me/usage", headers=eve.headers)).json()
    assert (nothing["month"]["calls"], nothing["month"]["cost"]) == (0, 0)


async def test_an_unknown_price_is_null_and_counted(alone: Deployment) -> None:
    ada = await somebody(alone.http)
    calls = [call(cost=None), call(cost=None, currency="EUR")]
    await alone.database.write(call_writes(new_id("run"), ada.id, "edit", calls, datetime.now(UTC)))
    month = (await alone.http.get("/v1/me/usage", headers=ada.headers)).json()["month"]
    assert (month["cost"], month["unpriced_calls"], month["calls"]) == (None, 2, 2)


async def test_feedback_is_one_for_a_run_and_its_users_alone(alone: Deployment) -> None:
    ada, eve = await somebody(alone.http), await somebody(alone.http)
    run_id = await alone.chat(ada)
    for rating, comment in ((2, "Too short."), (5, None)):
        given = {"run_id": run_id, "rating": rating, "comment": comment}
        answer = await alone.http.post("/v1/feedback", json=given, headers=ada.headers)
        assert answer.status_code == 200
        assert answer.json()["rating"] == rating
    for run, who in ((run_id, eve), ("run_none", ada)):
        answer = await alone.http.post("/v1/feedback", json={"run_id": run, "rating": 1}, headers=who.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    rows = await alone.database.db["feedback"].find().to_list()
    assert [row["rating"] for row in rows] == [5]


@pytest.mark.parametrize("rating", [0, 6, -1, 4.5, "5", True, None])
async def test_a_rating_is_a_whole_number_from_1_to_5(client: httpx.AsyncClient, rating: object) -> None:
    ada = await somebody(client)
    answer = await client.post("/v1/feedback", json={"run_id": "run_1", "rating": rating}, headers=ada.headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "rating"


async def test_a_comment_is_not_kept_in_the_clear(alone: Deployment) -> None:
    ada = await somebody(alone.http)
    given = {"run_id": await alone.chat(ada), "rating": 1, "comment": "marker-comment"}
    answer = await alone.http.post("/v1/feedback", json=given, headers=ada.headers)
    assert answer.json()["comment"] == "marker-comment"
    assert "marker" not in repr(await alone.database.db["feedback"].find().to_list())


async def test_the_metrics_tell_all_four_measures_by_day_model_and_agent(alone: Deployment) -> None:
    admin, ada = await alone.admin(), await somebody(alone.http)
    now = datetime.now(UTC)
    before = now - timedelta(days=3)
    chat_run, edit_run = new_id("run"), new_id("run")
    chat = [call(cost="0.5", duration=1.0), call(cost="0.1", outcome="failed", duration=9.0, time_to_first_token=None)]
    edits = [call(cost="0.3", model="other", duration=4.0, time_to_first_token=2.0)]
    await alone.database.write(call_writes(chat_run, ada.id, "chat", chat, now))
    await alone.database.write(call_writes(edit_run, admin.id, "edit", edits, before))
    for who, run_id, rating in ((ada, chat_run, 5), (admin, edit_run, 2)):
        await alone.http.post("/v1/feedback", json={"run_id": run_id, "rating": rating}, headers=who.headers)
    answer = await alone.http.get("/v1/admin/metrics", headers=admin.headers)
    assert answer.status_code == 200
    metrics = answer.json()
    assert metrics["users"] == {"registered": 2, "new": 2, "active": 2}
    total = metrics["total"]
    assert (total["calls"], total["runs"], total["succeeded"], total["failed"]) == (3, 2, 2, 1)
    assert total["cost"] == 0.9
    assert total["cost_per_inference"] == pytest.approx(0.3)
    assert total["inference_seconds"]["mean"] == 2.5
    assert total["inference_seconds"]["median"] == pytest.approx(1, rel=0.05)
    assert total["inference_seconds"]["p95"] == pytest.approx(4, rel=0.05)
    assert total["time_to_first_token"]["mean"] == pytest.approx(1.125)
    assert total["satisfaction"] == {"ratings": 2, "mean": 3.5}
    days = {day["day"]: day for day in metrics["by_day"]}
    assert set(days) == {now.date().isoformat(), before.date().isoformat()}
    assert days[before.date().isoformat()]["satisfaction"] == {"ratings": 1, "mean": 2.0}
    assert days[now.date().isoformat()]["active_users"] == 1
    assert [(each["model"], each["cost"]) for each in metrics["by_model"]] == [("m", 0.6), ("other", 0.3)]
    assert [(each["agent"], each["satisfaction"]["mean"]) for each in metrics["by_agent"]] == [("chat", 5), ("edit", 2)]


async def test_figures_of_a_past_day_outlive_its_calls(alone: Deployment) -> None:
    admin = await alone.admin()
    long_ago = datetime.now(UTC) - timedelta(days=10)
    await alone.database.write(call_writes(new_id("run"), admin.id, "chat", [call(cost="0.5")], long_ago))
    first = (await alone.http.get("/v1/admin/metrics", headers=admin.headers)).json()
    await alone.database.db["model_calls"].delete_many({})
    second = (await alone.http.get("/v1/admin/metrics", headers=admin.headers)).json()
    assert first["total"]["cost"] == second["total"]["cost"] == 0.5
    assert second["users"]["active"] == 1


async def test_the_metrics_of_today_count_on_from_what_was_counted(alone: Deployment) -> None:
    admin = await alone.admin()
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)

    async def metrics() -> dict[str, Any]:
        days = alone.database.db["usage_days"]
        await days.update_many({}, {"$set": {"computed_at": now - timedelta(minutes=2)}})  # no longer fresh
        return dict((await alone.http.get("/v1/admin/metrics", headers=admin.headers)).json())

    async def write(agent: str, *ended: datetime) -> None:
        owner = (await somebody(alone.http)).id
        for each in ended:
            await alone.database.write(call_writes(new_id("run"), owner, agent, [call(cost="0.5")], each))

    if now - midnight < timedelta(hours=1):
        pytest.skip("the day is too young to have calls of long ago")
    long_ago = [midnight + timedelta(minutes=number) for number in range(0, 40, 5)]
    await write("chat", *long_ago, now - timedelta(minutes=3))
    first = await metrics()
    assert (first["total"]["calls"], first["users"]["active"]) == (9, 1)
    await write("edit", now - timedelta(minutes=4), now)
    second = await metrics()
    assert (second["total"]["calls"], second["users"]["active"], second["total"]["cost"]) == (11, 2, 5.5)
    assert await metrics() == second
    # Those of long ago are not read again.
    await alone.database.db["model_calls"].delete_many({"at": {"$lte": long_ago[-1]}})
    assert await metrics() == second
    kept = await alone.database.db["usage_days"].find_one({"_id": now.date().isoformat()})
    assert kept is not None
    assert kept["counted"]["until"] <= now - timedelta(minutes=4)


async def test_the_metrics_are_for_admins(alone: Deployment) -> None:
    ada = await somebody(alone.http)
    answer = await alone.http.get("/v1/admin/metrics", headers=ada.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "query", ["from=2026-02-01&to=2026-01-01", "from=2024-01-01&to=2026-01-01", "from=x", "to=0001-01-01"]
)
async def test_days_that_make_no_range_are_refused(alone: Deployment, query: str) -> None:
    admin = await alone.admin()
    answer = await alone.http.get(f"/v1/admin/metrics?{query}", headers=admin.headers)
    assert answer.status_code == 422


async def test_a_spent_budget_refuses_before_the_model_is_asked(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    settings = make_settings(mongodb_url, model, tmp_path, monthly_tokens=500)
    model.otherwise = lambda ask: Reply(["Yes"] * 350)
    ask = {"messages": [{"role": "user", "content": "Hello."}], "stream": False}
    async with serving(settings) as url, client_of(url) as http:
        ada, eve = await somebody(http), await somebody(http)
        assert (await http.post("/v1/chat", json=ask, headers=ada.headers)).status_code == 200
        refused = await http.post("/v1/chat", json=ask, headers=ada.headers)
        assert (refused.status_code, refused.json()["code"]) == (429, "budget_spent")
        assert int(refused.headers["retry-after"]) > 0
        assert len(model.asked) == 1
        budget = (await http.get("/v1/me/usage", headers=ada.headers)).json()["budget"]
        assert (budget["monthly_tokens"], budget["tokens_left"]) == (500, 125)
        assert budget["tokens_reserved"] == 0
        assert (await http.post("/v1/chat", json=ask, headers=eve.headers)).status_code == 200
