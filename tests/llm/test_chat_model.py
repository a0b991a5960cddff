"""Providers by way of LangChain: a real package of one of them against a server that speaks its protocol."""

import contextlib
import gc
import json
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from redraft.config import ModelServer
from redraft.errors import ModelFailed
from redraft.llm import Ask, Call
from tests.llm.conftest import HELLO, collect, models_of
from tests.scripted_model import ScriptedModel

# LangChain's models never close their HTTP clients: one lives as long as the process, which is right for a server.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


@pytest.fixture(autouse=True)
def forgotten_here() -> Iterator[None]:
    """Those clients end with their own test, not in the middle of a later one."""
    yield
    gc.collect()


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

    app = web.Application()
    app.router.add_post("/api/chat", chat)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
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
    pytest.importorskip("langchain_ollama", reason="the extra `ollama` is not installed")
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
    pytest.importorskip("langchain_ollama", reason="the extra `ollama` is not installed")
    schema = {"type": "object", "properties": {"wants": {"enum": ["chat"]}}}
    async with ollama([says('{"wants": "chat"}'), DONE]) as (url, asked):
        own = {"ollama": ModelServer(base_url=url)}
        async with models_of(model, model="ollama:m", model_base_url=None, model_servers=own) as models:
            answer = await models.answer("route", Ask(HELLO.messages, 20, schema=schema), lambda call: None)
    assert json.loads(answer) == {"wants": "chat"}
    assert asked[0]["format"] == schema


async def test_a_failure_is_one_of_ours(model: ScriptedModel) -> None:
    pytest.importorskip("langchain_ollama", reason="the extra `ollama` is not installed")
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


async def test_a_missing_package_says_what_to_install(model: ScriptedModel) -> None:
    with contextlib.suppress(ImportError):
        import langchain_anthropic  # type: ignore[import-not-found, unused-ignore]  # noqa: F401, PLC0415

        pytest.skip("the extra `anthropic` is installed")
    with pytest.raises(ValueError, match=r"redraft\[anthropic\]"):
        async with models_of(model, model="anthropic:claude-haiku-4-5", model_base_url=None):
            pass
