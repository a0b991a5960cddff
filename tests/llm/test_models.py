"""Models by role: overrides, fallbacks, caps, images, JSON."""

from decimal import Decimal

import pytest

from redraft.config import ModelPrice, ModelServer
from redraft.errors import InvalidRequest, ModelFailed
from redraft.llm import Ask, Call
from tests.images import PNG
from tests.llm.conftest import HELLO, collect, models_of
from tests.scripted_model import Reply, ScriptedModel

IMAGE = {"type": "image_url", "image_url": {"url": PNG}}
SCHEMA = {"type": "object"}


async def test_a_role_may_have_a_model_of_its_own(model: ScriptedModel) -> None:
    async with models_of(model, model_route="openai:gpt-4.1-nano") as models:
        assert models.names()["route"] == "openai:gpt-4.1-nano"
        assert models.names()["chat"] == "openai:gpt-4o-mini"
        await models.answer("route", HELLO, lambda call: None)
    assert model.asked[0]["model"] == "gpt-4.1-nano"


async def test_a_fallback_answers_when_the_first_cannot(model: ScriptedModel) -> None:
    model.says(Reply(status=401), "From the second")
    servers = {"spare": ModelServer(base_url=model.base_url)}
    calls: list[Call] = []
    async with models_of(model, model_fallbacks=["spare:small"], model_servers=servers) as models:
        assert "".join(await collect(models, calls)) == "From the second"
    assert [(call.provider, call.model, call.outcome) for call in calls] == [
        ("openai", "gpt-4o-mini", "failed"),
        ("spare", "small", "ok"),
    ]


async def test_no_fallback_after_something_was_shown(model: ScriptedModel) -> None:
    model.says(Reply(["One ", "two"], cut_after=1), "From the second")
    async with models_of(model, model_fallbacks=["openai:gpt-4o"]) as models:
        with pytest.raises(ModelFailed):
            await collect(models, [])
    assert len(model.asked) == 1


async def test_a_whole_answer_may_be_asked_for_again_after_a_break(model: ScriptedModel) -> None:
    model.says(Reply(["One ", "two"], cut_after=1), "One two")
    async with models_of(model) as models:
        assert await models.answer("chat", HELLO, lambda call: None) == "One two"


async def test_an_answer_that_is_no_json_is_asked_for_again(model: ScriptedModel) -> None:
    model.says("I would say yes", '{"yes": true}')
    calls: list[Call] = []
    async with models_of(model) as models:
        answer = await models.answer("route", Ask(HELLO.messages, 20, schema=SCHEMA), calls.append)
    assert answer == '{"yes": true}'
    assert len(calls) == 2


async def test_json_cut_at_its_limit_is_not_asked_for_again(model: ScriptedModel) -> None:
    model.says(Reply(['{"yes": '], finish_reason="length"))
    async with models_of(model) as models:
        with pytest.raises(ModelFailed, match="limit"):
            await models.answer("route", Ask(HELLO.messages, 20, schema=SCHEMA), lambda call: None)
    assert len(model.asked) == 1


async def test_the_setting_caps_an_answer(model: ScriptedModel) -> None:
    async with models_of(model, model_max_output_tokens={"chat": 7}) as models:
        await collect(models, [])
        await models.answer("edit", HELLO, lambda call: None)
    assert [asked["max_tokens"] for asked in model.asked] == [7, 50]


async def test_an_image_is_passed_on_to_a_model_that_sees(model: ScriptedModel) -> None:
    messages = [{"role": "user", "content": [{"type": "text", "text": "What is this?"}, IMAGE]}]
    async with models_of(model) as models:
        assert models.sees_images("chat")
        await collect(models, [], Ask(messages, 20))
    assert model.asked[0]["messages"] == messages


async def test_an_image_for_a_model_that_does_not_see_is_refused(model: ScriptedModel) -> None:
    messages = [{"role": "user", "content": [IMAGE]}]
    async with models_of(model, model="openai:gpt-3.5-turbo") as models:
        with pytest.raises(InvalidRequest) as caught:
            await collect(models, [], Ask(messages, 20))
    assert caught.value.errors[0].field == "messages"
    assert not model.asked


async def test_an_unknown_price_is_unknown_and_an_own_one_counts(model: ScriptedModel) -> None:
    own = {"openai:mine": ModelPrice.model_validate({"input": "2", "output": "4", "currency": "EUR"})}
    calls: list[Call] = []
    async with models_of(model, model_chat="openai:nobodys", model_route="openai:mine", model_prices=own) as models:
        await collect(models, calls)
        await models.answer("route", HELLO, calls.append)
    assert calls[0].cost is None
    assert (str(calls[1].cost), calls[1].currency) == ("0.000058", "EUR")


async def test_the_embedded_model_costs_nothing(model: ScriptedModel) -> None:
    calls: list[Call] = []
    async with models_of(model, model="embedded", embedded_model_url=model.base_url) as models:
        await collect(models, calls)
    assert (calls[0].provider, calls[0].cost) == ("embedded", Decimal(0))


async def test_a_name_without_a_provider_stops_the_start(model: ScriptedModel) -> None:
    with pytest.raises(ValueError, match="REDRAFT_MODEL"):
        async with models_of(model, model="gpt-4o"):
            pass
