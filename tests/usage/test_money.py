"""Budgets hold, whatever models' servers tell, and however many turns there are beside each other."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import AsyncMongoClient

from redraft.cli.parts import CannotStart, check
from redraft.config import Settings
from redraft.usage import check_prices
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import Person, somebody
from tests.scripted_model import Reply, ScriptedModel

PRICE = {"openai:gpt-4o-mini": {"input": "1", "cached_input": "0.1", "output": "2"}}


def ask(text: str = "Hello.") -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], "stream": False}


def event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def reply(text: str, usage: dict[str, Any] | None) -> Reply:
    """An answer whose server counts so, or not at all."""
    delta = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": "stop"}]}
    end = [] if usage is None else [event({"choices": [], "usage": usage})]
    return Reply(raw=[event(delta), *end, b"data: [DONE]\n\n"])


async def budget_of(http: httpx.AsyncClient, person: Person) -> dict[str, Any]:
    told: dict[str, Any] = (await http.get("/v1/me/usage", headers=person.headers)).json()["budget"]
    return told


def filled(asked: dict[str, Any]) -> Reply:
    """An answer that takes all that it may, from a server that counts four characters to a token."""
    read = sum(len(message["content"]) for message in asked["messages"]) // 4
    return Reply(["so "] * asked["max_tokens"], input_tokens=read)


async def test_of_a_hundred_turns_on_two_replicas_none_overdraws(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    limit = 6_000
    settings = make_settings(
        mongodb_url, model, tmp_path, monthly_tokens=limit, model_max_output_tokens={"chat": 400},
        run_slots_per_user=100, run_queue_per_user=100,
    )  # fmt: skip
    model.otherwise = filled
    async with serving(settings) as one, serving(settings) as two, client_of(one) as here, client_of(two) as there:
        ada = await somebody(here)
        turns = [http.post("/v1/chat", json=ask(), headers=ada.headers) for http in [here, there] * 50]
        answers = await asyncio.gather(*turns)
        budget = await budget_of(here, ada)
        used = (await here.get("/v1/me/usage", headers=ada.headers)).json()["month"]
    done = [answer for answer in answers if answer.status_code == 200]
    assert {answer.json()["code"] for answer in answers if answer not in done} == {"budget_spent"}
    assert len(done) == used["calls"] >= limit // 600
    assert used["input_tokens"] + used["output_tokens"] == limit - budget["tokens_left"] <= limit
    assert budget["tokens_reserved"] == 0


async def test_a_little_is_left_so_the_answer_is_short_and_then_nothing(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    settings = make_settings(mongodb_url, model, tmp_path, monthly_tokens=500)
    model.otherwise = filled
    async with serving(settings) as url, client_of(url) as http:
        ada = await somebody(http)
        statuses = [(await http.post("/v1/chat", json=ask(), headers=ada.headers)).status_code for _ in range(3)]
        assert statuses[0] == 200
        assert statuses[-1] == 429
        assert 100 <= model.asked[0]["max_tokens"] < 500
        assert (await budget_of(http, ada))["tokens_left"] >= 0


async def test_a_retry_that_does_not_fit_ends_the_turn(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> None:
    settings = make_settings(mongodb_url, model, tmp_path, monthly_tokens=400)
    broken = [event({"choices": [{"index": 0, "delta": {"role": "assistant"}}]})]
    model.says(Reply(raw=broken), Reply(raw=broken))
    async with serving(settings) as url, client_of(url) as http:
        ada = await somebody(http)
        answer = await http.post("/v1/chat", json=ask("Hello. " * 30), headers=ada.headers)
        assert (answer.status_code, answer.json()["code"]) == (429, "budget_spent")
        assert len(model.asked) == 1
        run = await budget_of(http, ada)
        assert run["tokens_reserved"] == 0
        assert 0 < run["tokens_left"] < 400


@pytest.mark.parametrize("name", ["tokens", "money"])
async def test_a_server_that_does_not_count_spends_the_budget_all_the_same(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path, name: str
) -> None:
    limits: dict[str, Any] = {"monthly_tokens": 1_000} if name == "tokens" else {"monthly_budget": "0.001"}
    settings = make_settings(mongodb_url, model, tmp_path, model_prices=PRICE, **limits)
    refusal = Reply(status=422, error={"message": "unsupported: stream_options", "param": "stream_options"})
    model.says(refusal)
    model.otherwise = lambda asked: reply("A few words that say little. " * 10, None)
    async with serving(settings) as url, client_of(url) as http:
        ada = await somebody(http)
        answers = [await http.post("/v1/chat", json=ask(), headers=ada.headers) for _ in range(8)]
        statuses = [answer.status_code for answer in answers]
        assert statuses[0] == 200
        assert statuses[-1] == 429
        budget = await budget_of(http, ada)
        left, limit = (budget["tokens_left"], 1_000) if name == "tokens" else (budget["cost_left"], 0.001)
        assert 0 <= left < limit / 2
        told = (await http.get("/v1/me/usage", headers=ada.headers)).json()["month"]
        assert told["output_tokens"] > 50


def cached(tokens: int) -> dict[str, Any]:
    return {"prompt_tokens_details": {"cached_tokens": tokens}}


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ({"prompt_tokens": 200, "completion_tokens": 10, **cached(100_000)}, (200, 10)),
        ({"prompt_tokens": -200, "completion_tokens": 10}, (None, 10)),
        ({"prompt_tokens": 200, "completion_tokens": -10}, (200, None)),
        ({"prompt_tokens": 0, "completion_tokens": 0}, (None, None)),
        ({"prompt_tokens": 200, "completion_tokens": 1}, (200, None)),
        ({"prompt_tokens": 10**12, "completion_tokens": 10**12}, (None, None)),
        ({"prompt_tokens": 200, "completion_tokens": 10, **cached(-5)}, (200, 10)),
        ({"prompt_tokens": 200, "completion_tokens": 10, **cached(100)}, None),
    ],
)  # fmt: skip
async def test_counts_that_cannot_be_true_are_marked_and_never_pay_back(
    settings: Settings, client: httpx.AsyncClient, model: ScriptedModel, usage: dict[str, Any],
    counted: tuple[int | None, int | None] | None,
) -> None:  # fmt: skip
    doubtful, counted = counted is not None, counted or (200, 10)
    ada = await somebody(client)
    text = "A few words that say little. " * 20
    written = 10 if counted[1] is not None else None
    model.says(reply(text[:50] if written else text, usage))
    answer = await client.post("/v1/chat", json=ask(), headers=ada.headers)
    told = answer.json()["usage"]
    assert answer.status_code == 200
    assert told["cost"] > 0
    for name, count in zip(("input_tokens", "output_tokens"), counted, strict=True):
        assert told[name] == count if count is not None else 20 < told[name] < 1_000
    assert 0 <= (told["cached_tokens"] or 0) <= told["input_tokens"]
    [call] = await calls_of(settings, answer.json()["run_id"])
    assert (call["doubtful"], call["estimated"]) == (doubtful, None in counted)


async def calls_of(settings: Settings, run_id: str) -> list[dict[str, Any]]:
    """The record of a run's calls, in their order."""
    assert settings.mongodb_url is not None
    async with AsyncMongoClient[dict[str, Any]](settings.mongodb_url.get_secret_value()) as mongo:
        calls = mongo[settings.mongodb_database]["model_calls"]
        return await calls.find({"run_id": run_id}).sort("place").to_list()


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning", "content"])
async def test_what_a_model_thought_is_paid_for_where_its_server_counts_nothing(
    client: httpx.AsyncClient, model: ScriptedModel, field: str
) -> None:
    ada = await somebody(client)
    thought = "A long thought about bees. " * 100
    shown = f"<think>{thought}</think>" if field == "content" else thought
    chunks = [{"choices": [{"index": 0, "delta": {field: shown}}]},
              {"choices": [{"index": 0, "delta": {"content": "Bees."}, "finish_reason": "stop"}]}]  # fmt: skip
    model.says(Reply(raw=[*map(event, chunks), b"data: [DONE]\n\n"]))
    answer = (await client.post("/v1/chat", json=ask(), headers=ada.headers)).json()
    assert answer["message"]["content"] == "Bees."
    assert answer["usage"]["output_tokens"] > 300


async def test_the_start_without_a_price_is_refused_in_a_line(settings: Settings) -> None:
    changed = {"monthly_budget": 5, "model": "house:m", "model_base_url": "http://127.0.0.1:9/v1"}
    with pytest.raises(CannotStart, match="REDRAFT_UNPRICED_MODELS"):
        await check(Settings.model_validate(settings.model_dump() | changed))


def test_a_money_budget_of_a_model_without_a_price_refuses_the_start(settings: Settings) -> None:
    def limited(**changed: object) -> Settings:
        values = {"monthly_budget": 5, "model": "house:unheard-of", **changed}
        return Settings.model_validate(settings.model_dump() | values)

    with pytest.raises(
        ValueError, match=r"REDRAFT_MONTHLY_BUDGET: no price of house:unheard-of .*REDRAFT_MODEL_PRICES"
    ):
        check_prices(limited())
    with pytest.raises(ValueError, match="house:spare"):
        check_prices(limited(model="openai:gpt-4o-mini", model_fallbacks=["house:spare"]))
    euros = {"house:unheard-of": {"input": "1", "output": "1", "currency": "EUR"}}
    with pytest.raises(ValueError, match="priced in EUR, and REDRAFT_CURRENCY is USD"):
        check_prices(limited(model_prices=euros))
    with pytest.raises(ValueError, match="REDRAFT_MONTHLY_TOKENS"):
        check_prices(limited(unpriced_models="count_tokens"))
    for fine in (
        {"model_prices": euros, "currency": "EUR"},
        {"unpriced_models": "allow"},
        {"unpriced_models": "count_tokens", "monthly_tokens": 100_000},
        {"monthly_budget": None},
        {"model": "embedded"},
        {"model": "embedded", "currency": "EUR"},
    ):
        check_prices(limited(**fine))


@pytest.mark.parametrize("payer", ["user", "operator"])
async def test_a_turn_that_was_begun_again_tells_what_was_asked_twice(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path, payer: str
) -> None:
    settings = make_settings(mongodb_url, model, tmp_path, monthly_tokens=100_000, repeated_calls=payer)
    model.says(Reply(["Half", " an", " answer"], cut_after=2), Reply(["Whole", "."]))
    async with serving(settings) as url, client_of(url) as http:
        ada = await somebody(http)
        answer = await http.post("/v1/chat", json=ask(), headers=ada.headers)
        usage = answer.json()["usage"]
        again = usage["repeated"]
        assert (again["attempts"], again["calls"]) == (2, 1)
        assert 0 < again["output_tokens"] < usage["output_tokens"]
        assert 0 < again["cost"] < usage["cost"]
        run = (await http.get(f"/v1/runs/{answer.json()['run_id']}", headers=ada.headers)).json()
        assert run["usage"]["repeated"] == again
        sum_of_all = usage["input_tokens"] + usage["output_tokens"]
        in_vain = again["input_tokens"] + again["output_tokens"]
        paid = sum_of_all if payer == "user" else sum_of_all - in_vain
        assert (await budget_of(http, ada))["tokens_left"] == 100_000 - paid
        once = await http.post("/v1/chat", json=ask(), headers=ada.headers)
        assert once.json()["usage"]["repeated"] is None
