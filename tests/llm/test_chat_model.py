"""Providers by way of LangChain: a real package of one of them against a server that speaks its protocol."""

import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from langchain.chat_models.base import _get_chat_model_creator
from pydantic import SecretStr

from redraft.config import ModelServer
from redraft.errors import ModelFailed
from redraft.llm import Ask, Call, Message
from tests.llm.conftest import HELLO, collect, models_of
from tests.scripted_model import ScriptedModel

# LangChain's models never close their HTTP clients: one lives as long as the process, which is right for a server.
pytestmark = [
    pytest.mark.usefixtures("forgotten_here"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


@contextlib.asynccontextmanager
async def ollama(lines: list[dict[str, Any]], status: int = 200) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A server that answers `/api/chat` as Ollama does, and what it was asked."""
    asked: list[dict[str, Any]] = []

    async def chat(request: web.Request) -> web.Response:
        asked.append(await request.json())
        body = "".join(
            json.dumps({"model": "m", "created_at": "2026-01-01T00:00:00Z", **line}) + "\n" for line in lines
        )
        return web.Response(text=body, status=status, content_type="application/x-ndjson")

    async with _serving("/api/chat", chat) as url:
        yield url, asked


@contextlib.asynccontextmanager
async def _serving(path: str, answer: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post(path, answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def says(text: str) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": text}, "done": False}


DONE = {
    "message": {"role": "assistant", "content": ""},
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 12,
    "eval_count": 2,
}


async def test_an_answer_streams_and_goes_on_record(model: ScriptedModel) -> None:
    calls: list[Call] = []
    async with ollama([says("Good "), says("day"), DONE]) as (url, asked):
        own = {"ollama": ModelServer(base_url=url)}
        prices = {"ollama:m": {"input": Decimal(1), "output": Decimal(2)}}
        async with models_of(
            model, model="ollama:m", model_base_url=None, model_servers=own, model_prices=prices
        ) as models:
            assert await collect(models, calls) == ["Good ", "day"]
    assert asked[0]["options"]["num_predict"] == 50
    assert asked[0]["options"]["num_ctx"] == models.context_tokens("chat"), "or it would cut the prompt in silence"
    (call,) = calls
    assert (call.provider, call.input_tokens, call.output_tokens, call.outcome) == ("ollama", 12, 2, "ok")
    assert call.cost == Decimal("0.000016")


async def test_a_schema_is_held_by_the_server(model: ScriptedModel) -> None:
    schema = {"type": "object", "properties": {"wants": {"enum": ["chat"]}}}
    async with ollama([says('{"wants": "chat"}'), DONE]) as (url, asked):
        own = {"ollama": ModelServer(base_url=url)}
        async with models_of(model, model="ollama:m", model_base_url=None, model_servers=own) as models:
            answer = await models.answer("route", Ask(HELLO.messages, 20, schema=schema), lambda call: None)
    assert json.loads(answer) == {"wants": "chat"}
    assert asked[0]["format"] == schema


async def test_a_failure_is_one_of_ours(model: ScriptedModel) -> None:
    calls: list[Call] = []
    async with ollama([{"error": "secret path"}], status=500) as (url, asked):
        own = {"ollama": ModelServer(base_url=url)}
        changed = {"model": "ollama:m", "model_base_url": None, "model_servers": own, "model_retries": 1}
        async with models_of(model, **changed) as models:
            with pytest.raises(ModelFailed) as caught:
                await collect(models, calls)
    assert "secret" not in str(caught.value)
    assert [call.failure for call in calls] == ["server_error", "server_error"]
    assert len(asked) == 2


@contextlib.asynccontextmanager
async def anthropic() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A server that answers `/v1/messages` as Anthropic does, and what it was asked."""
    asked: list[dict[str, Any]] = []
    tokens = {"input_tokens": 7, "cache_read_input_tokens": 2_000, "cache_creation_input_tokens": 100}
    said: list[dict[str, Any]] = [
        {"type": "message_start", "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
            "stop_reason": None, "stop_sequence": None, "usage": tokens | {"output_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Good day"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
         "usage": tokens | {"output_tokens": 2}},
        {"type": "message_stop"},
    ]  # fmt: skip

    async def messages(request: web.Request) -> web.Response:
        asked.append(await request.json())
        body = "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in said)
        return web.Response(text=body, content_type="text/event-stream")

    async with _serving("/v1/messages", messages) as url:
        yield url, asked


async def test_anthropic_is_told_where_the_part_ends_that_comes_again(model: ScriptedModel) -> None:
    calls: list[Call] = []
    chat: list[Message] = [
        {"role": "system", "content": "Rules."},
        {"role": "user", "content": "First."},
        {"role": "assistant", "content": "Second."},
        {"role": "user", "content": "Third."},
    ]
    async with anthropic() as (url, asked):
        own = {"anthropic": ModelServer(base_url=url, api_key=SecretStr("scripted"))}
        claude = "anthropic:claude-haiku-4-5"
        async with models_of(model, model=claude, model_base_url=None, model_servers=own) as models:
            assert await collect(models, calls, Ask(chat, 50)) == ["Good day"]
            await collect(models, calls, HELLO)
    mark = {"cache_control": {"type": "ephemeral"}}
    second: dict[str, Any] = {"type": "text", "text": "Second.", **mark}
    assert asked[0]["system"] == [{"type": "text", "text": "Rules.", **mark}]
    assert [each["content"] for each in asked[0]["messages"]] == ["First.", [second], "Third."]
    assert "cache_control" not in json.dumps(asked[1]), "nothing comes before a first message"
    assert (calls[0].input_tokens, calls[0].cached_tokens, calls[0].output_tokens) == (2_107, 2_000, 2)
    assert calls[0].cost is not None
    assert calls[0].cost < Decimal("0.001"), "2,000 of its tokens for a tenth"


async def test_a_missing_package_says_what_to_install(model: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_google_genai", None)  # as where it is not installed
    _get_chat_model_creator.cache_clear()  # another test of this process may have used it
    with pytest.raises(ValueError, match=r"redraft\[google\]"):
        async with models_of(model, model="google_genai:gemini-3-flash", model_base_url=None):
            pass
