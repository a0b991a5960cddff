"""Answers that are not all, not there, or in no shape that is in the book: over HTTP, as a client sees them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.events import events_of
from tests.llm.conformance.dialects import Chunk, delta, end, odd
from tests.people import somebody
from tests.scripted_model import Reply, ScriptedModel

ASK: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello."}], "stream": False}
EDIT = {**ASK, "document": {"original": "A red house.\n", "editing": "A red house.\n"}}
HALF = "Half an ans"
PRICE = '{"op": "replace_phrase", "find": "red", "text": "blue", "everywhere": false, "reason": ""}'


def sent(*chunks: Chunk | str) -> Reply:
    told = [chunk if isinstance(chunk, str) else f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return Reply(raw=["".join(told).encode()])


@pytest.fixture(scope="module")
async def app(mongodb_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    data = tmp_path_factory.mktemp("endings")
    known = {"model_context_tokens": {"openai:gpt-4o-mini": 64_000}}
    async with serving(make_settings(mongodb_url, model, Path(data), model_retries=0, run_attempts=1, **known)) as url:
        yield url


@pytest.fixture
async def http(app: str) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        client.headers.update((await somebody(client)).headers)
        yield client


async def test_an_answer_is_complete_only_where_its_server_says_so(
    http: httpx.AsyncClient, model: ScriptedModel
) -> None:
    for reason in ("stop", "STOP", "eos", "end_turn", "stop_sequence", "tool_calls"):
        model.says(sent(delta(HALF), end(reason)))
        assert (await http.post("/v1/chat", json=ASK)).json()["message"]["status"] == "complete", reason
    for reason, told in (("length", "length"), ("MAX_TOKENS", "length"), ("content_filter", "content_filter")):
        model.says(sent(delta(HALF), end(reason)))
        message = (await http.post("/v1/chat", json=ASK)).json()["message"]
        assert (message["content"], message["status"], message["reason"]) == (HALF, "cut", told)
    for other in ("abort", "error", "network_error", "insufficient_system_resource", "never heard of", "", 7, None):
        model.says(
            sent(delta(HALF), odd({}) | {"choices": [{"delta": {}, "finish_reason": other}]}, "data: [DONE]\n\n")
        )
        response = await http.post("/v1/chat", json=ASK)
        assert (response.status_code, response.json()["code"]) == (502, "model_failed"), other


async def test_a_cut_answer_is_marked_in_the_stream_and_where_it_is_kept(
    http: httpx.AsyncClient, model: ScriptedModel
) -> None:
    chat = (await http.post("/v1/conversations", json={})).json()["id"]
    model.says(sent(delta(HALF), end("length")))
    answer = await http.post("/v1/chat", json={**ASK, "conversation_id": chat, "stream": True})
    done = events_of(answer.text)[-1]
    assert (done.name, done.data["message"]["status"], done.data["message"]["reason"]) == ("done", "cut", "length")
    kept = (await http.get(f"/v1/conversations/{chat}/messages")).json()["items"]
    assert {each["content"]: each["status"] for each in kept} == {"Hello.": "complete", HALF: "cut"}


@pytest.mark.parametrize(
    "chunks",
    [
        (end(),),
        (delta("  \n"), end()),
        (odd({"reasoning_content": "hm"}), end()),
        (delta("<think>hm"), end()),
        (end("length"),),
        (end("content_filter"),),
        ({"error": {"message": "no", "code": "oops"}},),
        ({"object": "error", "message": "no"},),
        ({"error": "no"},),
        ('event: error\ndata: {"message": "no"}\n\n',),
        ("event: error\ndata: no\n\n",),
        ('{"error": {"message": "no"}}',),
        ('{"detail": "no"}',),
        ("<html>no</html>",),
        ("data: [1, 2]\n\n",),
        ("data: " + "[" * 5_000 + "\n\n",),
        ({"choices": None}, {"choices": [None, 7, {"delta": None}, {"delta": 7}]}, {"choices": {"a": 1}}),
    ],
)
async def test_no_answer_is_an_error_and_never_an_empty_answer(
    chunks: tuple[Any, ...], http: httpx.AsyncClient, model: ScriptedModel
) -> None:
    model.says(sent(*chunks), sent(*chunks))
    chat = await http.post("/v1/chat", json=ASK)
    assert (chat.status_code, chat.json()["code"]) == (502, "model_failed")
    summary = await http.post("/v1/summaries", json={"messages": ASK["messages"], "previous": "They met on 1 May."})
    assert (summary.status_code, summary.json()["code"]) == (502, "model_failed")


async def test_a_refusal_is_told_to_who_chats_and_never_kept_as_a_summary(
    http: httpx.AsyncClient, model: ScriptedModel
) -> None:
    refused = sent(odd({"refusal": "I cannot "}), odd({"refusal": "help."}), end())
    model.says(refused, refused)
    assert (await http.post("/v1/chat", json=ASK)).json()["message"]["content"] == "I cannot help."
    assert (await http.post("/v1/summaries", json={"messages": ASK["messages"]})).status_code == 502


@pytest.mark.parametrize(
    "chunks",
    [
        (
            odd({"content": [{"type": "thinking", "thinking": []}]}),
            odd({"content": [{"type": "text", "text": "Hello"}]}),
        ),
        (odd({"content": {"type": "output_text", "text": {"value": "Hello"}}}),),
        (odd({"content": ["Hel", {"text": "lo"}, 7, None]}),),
        ({"choices": [{"delta": "Hello"}]},),
        ({"choices": [{"text": "Hello"}]},),
        ({"choices": [{"message": {"content": "Hello"}}]},),
        (delta("Hello"), {"choices": [{"index": 0, "message": {"content": "Hello"}}]}),
        (delta("Hel"), {"choices": [{"index": 1, "delta": {"content": "no"}}]}, delta("lo")),
        (delta("Hello"), {"choices": [], "usage": {"prompt_tokens": -5, "completion_tokens": [1]}}),
        (delta("Hello"), {"choices": [], "usage": "none"}),
        (odd({"content": "Hello", "annotations": [], "audio": None, "tool_calls": []}),),
        (": comment\nid: 1\nretry: 5\n\n", delta("Hello")),
    ],
)
async def test_hello_is_hello_in_every_shape(
    chunks: tuple[Any, ...], http: httpx.AsyncClient, model: ScriptedModel
) -> None:
    model.says(sent(*chunks, end()))
    answer = await http.post("/v1/chat", json=ASK)
    assert answer.status_code == 200, answer.text
    assert answer.json()["message"]["content"] == "Hello"


async def test_halves_of_a_character_become_one(http: httpx.AsyncClient, model: ScriptedModel) -> None:
    halves = ["data: " + json.dumps(delta(half)) + "\n\n" for half in ("\ud83d", "\ude00")]
    assert "\\ud83d" in halves[0]
    model.says(Reply(raw=[halves[0].encode(), halves[1].encode(), f"data: {json.dumps(end())}\n\n".encode()]))
    assert (await http.post("/v1/chat", json=ASK)).json()["message"]["content"] == "\U0001f600"


async def test_impossible_counts_are_made_possible(http: httpx.AsyncClient, model: ScriptedModel) -> None:
    counts = {"prompt_tokens": 10, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 100_000}}
    model.says(sent(delta("Yes"), end(), {"choices": [], "usage": counts}))
    usage = (await http.post("/v1/chat", json=ASK)).json()["usage"]
    assert (usage["input_tokens"], usage["cached_tokens"], usage["output_tokens"]) == (10, 10, 10)


async def test_an_answer_that_is_no_use_is_told_as_such(http: httpx.AsyncClient, model: ScriptedModel) -> None:
    model.otherwise = lambda ask: sent(delta("I would rather not say."), end())
    edit = (await http.post("/v1/edits", json=EDIT)).json()
    assert edit["hunks"] == []
    assert edit["note"].startswith("The model's answer could not be used")
    run = (await http.get(f"/v1/runs/{edit['run_id']}")).json()
    assert run["status"] == "done"


async def test_operations_that_were_only_thought_of_are_not_taken(
    http: httpx.AsyncClient, model: ScriptedModel
) -> None:
    decoy = '{"operations": [' + PRICE.replace("blue", "green") + '], "note": ""}'
    real = '{"operations": [' + PRICE + '], "note": null}'
    model.says(sent(delta(f"<think>{decoy}</think>{real}"), end()))
    edit = (await http.post("/v1/edits", json=EDIT)).json()
    assert edit["document"] == "A blue house.\n"
    assert edit["note"] == "Done: see the changes."


async def test_a_smaller_context_is_used_for_the_same_request(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    def small(ask: dict[str, Any]) -> Reply:
        size = sum(len(each["content"]) for each in ask["messages"]) // 3
        message = f"maximum context length is 8192 tokens. However, your messages resulted in {size} tokens."
        too_long = Reply(status=400, error={"message": message, "code": "context_length_exceeded"})
        return too_long if size + ask["max_tokens"] > 8_192 else sent(delta("Yes."), end())

    model.otherwise = small
    long = [{"role": role, "content": "word " * 4_000} for role in ("user", "assistant")]
    known = {"model_context_tokens": {"openai:gpt-4o-mini": 64_000}}
    async with (
        serving(make_settings(mongodb_url, model, tmp_path, model_retries=0, **known)) as url,
        client_of(url) as http,
    ):
        http.headers.update((await somebody(http)).headers)
        answer = await http.post("/v1/chat", json={**ASK, "messages": [*long, {"role": "user", "content": "Hello."}]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["message"]["content"] == "Yes."
