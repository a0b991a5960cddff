"""Messages as chat SDKs keep them can be sent as they are; what is around them is still read strictly."""

from typing import Any

import httpx
import pytest

from tests.images import PNG
from tests.people import somebody
from tests.scripted_model import ScriptedModel


def sdk_message(**more: Any) -> dict[str, Any]:
    parts = [
        {"type": "text", "text": "What is this?", "annotations": []},
        {"type": "image_url", "image_url": {"url": PNG, "detail": "low", "width": 1}, "cache_control": None},
    ]
    return {"role": "user", "content": parts, "id": "m1", "name": "ada", "createdAt": "2026-11-24T10:00:00Z", **more}


async def test_detail_reaches_the_model_and_what_nobody_knows_does_not(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    made = await client.post("/v1/conversations", json={}, headers=ada.headers)
    turn = {"messages": [sdk_message()], "conversation_id": made.json()["id"], "stream": False}
    answer = await client.post("/v1/chat", json=turn, headers=ada.headers)
    assert answer.status_code == 200, answer.text
    said = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
    ]
    assert model.asked[-1]["messages"][-1] == {"role": "user", "content": said}
    kept = await client.get(f"/v1/conversations/{made.json()['id']}/messages", headers=ada.headers)
    assert kept.json()["items"][0]["content"] == said


@pytest.mark.parametrize(
    ("turn", "field"),
    [
        ({"messages": [sdk_message()], "temperature": 1}, "temperature"),
        ({"messages": [{"role": "user", "content": 1}]}, "messages.0.content"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": [{"type": "audio"}]}]}, "messages.0.content"),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "", "detail": "x"}}]}
                ]
            },
            "messages.0.content",
        ),
    ],
)
async def test_what_would_be_lost_or_misread_is_refused_by_name(
    client: httpx.AsyncClient, turn: dict[str, Any], field: str
) -> None:
    ada = await somebody(client)
    answer = await client.post("/v1/chat", json=turn, headers=ada.headers)
    assert answer.status_code == 422
    assert any(each["field"].startswith(field) for each in answer.json()["errors"])


@pytest.mark.parametrize("content", ["", " \n", [], [{"type": "text", "text": ""}]])
async def test_a_turn_that_asks_for_nothing_is_refused_before_the_model_is_asked(
    client: httpx.AsyncClient, model: ScriptedModel, content: Any
) -> None:
    ada = await somebody(client)
    messages = [{"role": "assistant", "content": ""}, {"role": "user", "content": content}]
    document = {"original": "One.\n", "editing": "One.\n"}
    for address, body in (
        ("/v1/chat", {"messages": messages}),
        ("/v1/edits", {"messages": messages, "document": document}),
    ):
        answer = await client.post(address, json=body, headers=ada.headers)
        assert answer.status_code == 422
        assert answer.json()["errors"] == [{"field": "messages.1.content", "message": "is empty: say what is wanted"}]
    assert model.asked == []


async def test_what_is_too_large_is_named(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    said, long = [{"role": "user", "content": "Hi"}], "é" * 500_001
    for address, body, field in (
        ("/v1/chat", {"messages": said * 2_001}, "messages"),
        ("/v1/chat", {"messages": said, "document": {"original": long, "editing": ""}}, "document.original"),
        ("/v1/edits", {"messages": said, "document": {"original": "", "editing": long}}, "document.editing"),
        ("/v1/reflections", {"messages": said, "document": {"editing": long}}, "document.editing"),
        ("/v1/merges", {"base": "", "mine": "", "theirs": long}, "theirs"),
        ("/v1/edits/edit_1/apply", {"accept": "all", "editing": "", "amend": {"h1": long}}, "amend.h1"),
        ("/v1/documents", {"name": "a.md", "text": long}, "text"),
    ):
        answer = await client.post(address, json=body, headers=ada.headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert model.asked == []
