"""The OpenAI-compatible client: what it makes of all that real servers do."""

import asyncio
import json
from decimal import Decimal

import pytest

from redraft.errors import ModelFailed, PromptTooLong
from redraft.llm import Ask, Call
from redraft.llm.pace import STEP_SECONDS, Pace
from tests.clients import until
from tests.llm.conftest import HELLO, collect, models_of
from tests.scripted_model import Reply, ScriptedModel, words


def event(text: str, end: bytes = b"\n\n") -> bytes:
    chunk = {"choices": [{"index": 0, "delta": {"content": text}}]}
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + end


STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'


async def test_an_answer_comes_in_pieces_and_goes_on_record(model: ScriptedModel) -> None:
    model.says(Reply(["Good ", "morning"], input_tokens=1_000, cached_tokens=400))
    calls: list[Call] = []
    async with models_of(model) as models:
        assert "".join(await collect(models, calls)) == "Good morning"
    assert model.asked[0]["stream"] is True
    assert model.asked[0]["max_tokens"] == 50
    (call,) = calls
    assert (call.input_tokens, call.cached_tokens, call.output_tokens) == (1_000, 400, 2)
    assert call.outcome == "ok"
    assert call.cost == (600 * Decimal("0.15") + 400 * Decimal("0.075") + 2 * Decimal("0.6")) / 1_000_000
    assert call.time_to_first_token is not None


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n", b"\r\r"])
@pytest.mark.parametrize("size", [1, 3, 10_000])
async def test_events_are_whole_however_they_are_cut(model: ScriptedModel, end: bytes, size: int) -> None:
    sent = b": a comment" + end + event("Chào ", end) + event("buổi sáng 🌞", end) + STOP
    model.says(Reply(raw=[sent[at : at + size] for at in range(0, len(sent), size)]))
    async with models_of(model) as models:
        assert "".join(await collect(models, [])) == "Chào buổi sáng 🌞"


async def test_tokens_that_arrive_together_are_one_piece(model: ScriptedModel) -> None:
    model.says(Reply(raw=[event("Good ") + event("morning") + STOP]))
    async with models_of(model) as models:
        assert await collect(models, []) == ["Good morning"]


async def test_what_arrives_together_with_a_failure_is_given_before_it(model: ScriptedModel) -> None:
    model.says(Reply(raw=[event("Half ") + event("an ") + b'data: {"error": {"code": 500}}\n\n']))
    shown: list[str] = []
    async with models_of(model) as models:
        with pytest.raises(ModelFailed):
            await collect(models, [], shown=shown)
    assert shown == ["Half an "]
    assert len(model.asked) == 1, "what was shown is not asked for again"


def test_answers_share_the_steps_of_a_process() -> None:
    pace = Pace(steps_per_second=100)
    pace.open = 3
    assert pace.seconds == STEP_SECONDS
    pace.open = 50
    assert pace.seconds == 0.5


def test_the_steps_of_many_answers_fall_together() -> None:
    pace = Pace(steps_per_second=100)
    moments = [7.0 + part / 1000 for part in range(50)]
    steps = [moment + pace.wait(moment) for moment in moments]
    assert len({round(step, 6) for step in steps}) == 2, "whenever an answer began, its steps are those of the others"
    assert all(STEP_SECONDS * 0.49 < pace.wait(moment) < STEP_SECONDS * 1.51 for moment in moments)
    ended = steps[0] + 0.001  # a step takes a moment: the next one is not later for it
    assert abs(ended + pace.wait(ended) - steps[0] - STEP_SECONDS) < 1e-6


async def test_none_of_many_fast_tokens_is_lost_in_one_answer_nor_in_the_next(model: ScriptedModel) -> None:
    tokens = words("one two three four five six seven eight nine ten " * 5)
    model.says(Reply(tokens, token_seconds=0.004), Reply(tokens, token_seconds=0.004))
    async with models_of(model) as models:
        for _ in range(2):
            assert "".join(await collect(models, [])) == "".join(tokens)


async def test_a_last_event_without_its_blank_line_counts(model: ScriptedModel) -> None:
    model.says(Reply(raw=[event("Yes"), STOP.rstrip(b"\n")]))
    async with models_of(model) as models:
        assert await collect(models, []) == ["Yes"]


async def test_an_answer_that_ends_without_a_reason_has_failed(model: ScriptedModel) -> None:
    model.says(Reply(raw=[event("Half an ")]))
    calls: list[Call] = []
    async with models_of(model) as models:
        with pytest.raises(ModelFailed, match="broke off"):
            await collect(models, calls)
    assert [(call.outcome, call.failure, call.estimated) for call in calls] == [("failed", "broken", True)]
    assert len(model.asked) == 1, "what was shown is not asked for again"


async def test_a_connection_lost_in_mid_answer_is_a_failure(model: ScriptedModel) -> None:
    model.says(Reply(["One ", "two ", "three"], cut_after=2))
    async with models_of(model) as models:
        with pytest.raises(ModelFailed, match="broke off"):
            await collect(models, [])


async def test_an_error_in_mid_stream_is_a_failure(model: ScriptedModel) -> None:
    model.says(Reply(raw=[event("Half "), b'data: {"error": {"code": 500, "message": "internal path /srv"}}\n\n']))
    async with models_of(model) as models:
        with pytest.raises(ModelFailed) as caught:
            await collect(models, [])
    assert "/srv" not in str(caught.value)


@pytest.mark.parametrize("failure", [Reply(status=429), Reply(status=503), Reply(raw=[b"data: {"])])
async def test_what_fails_before_the_first_token_is_asked_again(model: ScriptedModel, failure: Reply) -> None:
    model.says(failure, "Now it works")
    calls: list[Call] = []
    async with models_of(model) as models:
        assert "".join(await collect(models, calls)) == "Now it works"
    assert [call.outcome for call in calls] == ["failed", "ok"]


async def test_a_refused_call_costs_nothing(model: ScriptedModel) -> None:
    model.says(Reply(status=500), "Yes")
    calls: list[Call] = []
    async with models_of(model) as models:
        await collect(models, calls)
    assert (calls[0].input_tokens, calls[0].output_tokens, calls[0].cost) == (0, 0, Decimal(0))


async def test_retry_after_is_honoured(model: ScriptedModel) -> None:
    model.says(Reply(status=429, headers={"Retry-After": "0.05"}), "Yes")
    async with models_of(model) as models:
        assert await collect(models, []) == ["Yes"]


async def test_a_wish_to_wait_for_long_goes_to_the_client(model: ScriptedModel) -> None:
    model.says(Reply(status=429, headers={"Retry-After": "3600"}))
    async with models_of(model) as models:
        with pytest.raises(ModelFailed) as caught:
            await collect(models, [])
    assert caught.value.retry_after == 3600
    assert len(model.asked) == 1


async def test_a_bad_key_is_not_tried_again(model: ScriptedModel) -> None:
    model.says(Reply(status=401))
    async with models_of(model) as models:
        with pytest.raises(ModelFailed, match="key"):
            await collect(models, [])
    assert len(model.asked) == 1


async def test_nobody_at_the_address_is_a_failure(model: ScriptedModel) -> None:
    calls: list[Call] = []
    async with models_of(model, model_base_url="http://127.0.0.1:9/v1", model_retries=0) as models:
        with pytest.raises(ModelFailed, match="cannot be reached"):
            await collect(models, calls)
    assert calls[0].failure == "unreachable"


async def test_a_silent_server_is_given_up(model: ScriptedModel) -> None:
    model.says(Reply(["late"], first_token_seconds=30))
    async with models_of(model, model_first_token_seconds=0.1, model_retries=0) as models:
        with pytest.raises(ModelFailed, match="in time"):
            await collect(models, [])


async def test_an_answer_that_stalls_is_given_up(model: ScriptedModel) -> None:
    model.says(Reply(["One ", "two ", "three"], stall_after=2))
    pieces: list[str] = []
    async with models_of(model, model_between_tokens_seconds=0.3) as models:
        with pytest.raises(ModelFailed, match="in time"):
            await collect(models, [], shown=pieces)
    assert pieces in (["One ", "two "], ["One "])  # on a slow machine the second comes too late as well


async def test_a_slow_reader_is_no_stall(model: ScriptedModel) -> None:
    go_on = asyncio.Event()
    model.says(Reply(["One ", "two"], go_on=go_on))
    pieces: list[str] = []
    async with models_of(model, model_between_tokens_seconds=1) as models:
        async for piece in models.stream("chat", HELLO, lambda call: None):
            pieces.append(piece)
            go_on.set()
            await asyncio.sleep(1.2)
    assert pieces == ["One ", "two"]


async def test_a_call_may_not_last_for_ever(model: ScriptedModel) -> None:
    model.says(Reply(["again "] * 1_000, token_seconds=0.01))
    async with models_of(model, model_call_seconds=0.2) as models:
        with pytest.raises(ModelFailed, match="in time"):
            await collect(models, [])


async def test_a_cancelled_call_ends_at_the_server_and_is_on_record(model: ScriptedModel) -> None:
    model.says(Reply(["word "] * 1_000, token_seconds=0.02))
    calls: list[Call] = []
    shown: list[str] = []
    async with models_of(model) as models:
        task = asyncio.create_task(collect(models, calls, shown=shown))
        await until(lambda: bool(shown))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: model.hung_up == 1)
    (call,) = calls
    assert (call.outcome, call.estimated) == ("cancelled", True)
    assert call.output_tokens
    assert call.cost


async def test_a_prompt_that_is_too_long_is_told_apart(model: ScriptedModel) -> None:
    error = {"code": 400, "type": "exceed_context_size_error", "message": "too big", "n_ctx": 4096}
    model.says(Reply(status=400, error=error))
    async with models_of(model) as models:
        with pytest.raises(PromptTooLong):
            await collect(models, [])
        assert models.context_tokens("chat") == 4096, "what the server told is known from now on"
    assert len(model.asked) == 1


async def test_a_parameter_that_a_model_refuses_is_said_otherwise(model: ScriptedModel) -> None:
    def unsupported(name: str) -> Reply:
        return Reply(status=400, error={"message": f"Unsupported parameter: '{name}'", "param": name})

    model.says(unsupported("max_tokens"), unsupported("temperature"), "Yes", "And again")
    async with models_of(model) as models:
        assert await collect(models, []) == ["Yes"]
        await collect(models, [])
    assert model.asked[-1]["max_completion_tokens"] == 50
    assert "temperature" not in model.asked[-1]
    assert len(model.asked) == 4, "what was learned is kept"


async def test_a_server_without_schemas_is_asked_for_plain_json(model: ScriptedModel) -> None:
    refused = Reply(status=400, error={"message": "json_schema is not supported by this model"})
    model.says(refused, '{"agent": "talk"}')
    schema = {"type": "object", "properties": {"agent": {"type": "string"}}, "required": ["agent"]}
    async with models_of(model) as models:
        answer = await models.answer("route", Ask(HELLO.messages, 20, schema=schema), lambda call: None)
    assert answer == '{"agent": "talk"}'
    assert model.asked[0]["response_format"]["json_schema"]["strict"] is False
    assert model.asked[1]["response_format"] == {"type": "json_object"}


async def test_a_burst_of_tokens_is_passed_on_in_few_pieces(model: ScriptedModel) -> None:
    model.says(Reply(raw=[b"".join(event("x") for _ in range(400)) + STOP]))
    async with models_of(model) as models:
        pieces = await collect(models, [])
    assert "".join(pieces) == "x" * 400
    assert len(pieces) < 40
