"""What is told of a body that does not fit: the field as it was sent, and what it has to be."""

from typing import Any

import httpx
import pytest

from tests.people import Person, somebody


@pytest.fixture
async def ada(client: httpx.AsyncClient) -> Person:
    return await somebody(client)


def said(content: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content}]}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, {"messages": "is missing"}),
        ([], {"body": "must be an object"}),
        ({"messages": "hi"}, {"messages": "must be a list"}),
        ({"messages": []}, {"messages": "has too few items: at least 1"}),
        ({"messages": ["hi"]}, {"messages.0": "must be an object"}),
        (said("x") | {"if_active": "no"}, {"if_active": "must be 'reject', 'queue' or 'interrupt'"}),
        (said(5), {"messages.0.content": "must be a text, or must be a list"}),
        (said([5]), {"messages.0.content.0": "must be an object"}),
        (said([{"type": "video"}]), {"messages.0.content.0.type": "must be one of 'text', 'image_url'"}),
        (said([{"text": "x"}]), {"messages.0.content.0.type": "is missing"}),
        (said([{"type": "text", "text": 5}]), {"messages.0.content.0.text": "must be a text"}),
        (said([{"type": "text"}]), {"messages.0.content.0.text": "is missing"}),
        (said([{"type": "image_url", "image_url": "x"}]), {"messages.0.content.0.image_url": "must be an object"}),
        (said("x") | {"stream": "no"}, {"stream": "must be true or false"}),
        (said("x") | {"": 1}, {'""': "is no name that this call knows; leave it out"}),
        (said("x") | {"k" * 9_000: 1}, {"k" * 200: "is no name that this call knows; leave it out"}),
    ],
)  # fmt: skip
async def test_each_field_that_is_wrong_is_told_once_and_where_it_is(
    client: httpx.AsyncClient, ada: Person, body: Any, told: dict[str, str]
) -> None:
    answer = await client.post("/v1/chat", json=body, headers=ada.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert {each["field"]: each["message"] for each in answer.json()["errors"]} == told
    assert answer.json()["detail"].startswith("; ".join(f"{field}: {message}" for field, message in told.items()))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"accept": "none"}, {"accept": "must be 'all', or must be a list"}),
        ({"accept": [5]}, {"accept.0": "must be a text"}),
        ({"accept": "all", "amend": {"h1": 5}}, {"amend.h1": "must be a text"}),
    ],
)
async def test_of_several_shapes_the_one_that_was_meant_is_told_of(
    client: httpx.AsyncClient, ada: Person, more: dict[str, Any], told: dict[str, str]
) -> None:
    answer = await client.post("/v1/edits/edit_1/apply", json={"editing": "", **more}, headers=ada.headers)
    assert {each["field"]: each["message"] for each in answer.json()["errors"]} == told


async def test_a_call_without_its_body_is_told_to_send_one(client: httpx.AsyncClient, ada: Person) -> None:
    answer = await client.post("/v1/chat", headers=ada.headers)
    assert answer.json()["detail"] == "body: is missing: send JSON"
    told = await client.post("/v1/chat", headers=ada.headers, data={"messages": "hi"})
    assert (told.status_code, "Content-Type: application/json" in told.json()["detail"]) == (415, True)
