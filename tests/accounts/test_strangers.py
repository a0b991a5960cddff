"""Another user's id is an id of nothing: for every call that takes one, found in the description itself."""

import itertools
from typing import Any

import httpx
import pytest

from tests.edits.test_router import proposed
from tests.people import Person, somebody
from tests.scripted_model import ScriptedModel

DRAFT = "# Title\n\nA line.\n"

# A body that is right for the call, so that nothing but the owner can be wrong.
BODIES: dict[tuple[str, str], Any] = {
    ("patch", "/v1/conversations/{conversation_id}"): {"title": "Eve's"},
    ("patch", "/v1/reflections/{reflection_id}"): {"text": "Eve's"},
    ("put", "/v1/conversations/{conversation_id}/summary"): {"summary": "Eve's"},
    ("put", "/v1/documents/{document_id}"): {"text": "Eve's", "base_version": 1},
    ("patch", "/v1/documents/{document_id}"): {"name": "eve.md"},
    ("post", "/v1/edits/{edit_id}/apply"): {"accept": "all", "editing": DRAFT},
}


async def belongings(client: httpx.AsyncClient, ada: Person, model: ScriptedModel) -> dict[str, str]:
    """One of everything with an id, Ada's."""
    conversation = await client.post("/v1/conversations", json={}, headers=ada.headers)
    document = await client.post("/v1/documents", json={"name": "a.md", "text": DRAFT}, headers=ada.headers)
    assert document.status_code == 201, document.text
    turn = {"messages": [{"role": "user", "content": "Hello"}], "stream": False}
    chat = await client.post("/v1/chat", json=turn, headers=ada.headers)
    assert chat.status_code == 200, chat.text
    kept = {**turn, "conversation_id": conversation.json()["id"]}
    assert (await client.post("/v1/chat", json=kept, headers=ada.headers)).status_code == 200
    sessions = await client.get("/v1/me/sessions", headers=ada.headers)
    return {
        "reflection_id": await a_reflection(client, ada),
        "session_id": sessions.json()["items"][0]["id"],
        "conversation_id": conversation.json()["id"],
        "document_id": document.json()["id"],
        "version": "1",
        "edit_id": (await proposed(client, ada, model))["id"],
        "run_id": chat.json()["run_id"],
    }


async def a_reflection(client: httpx.AsyncClient, ada: Person) -> str:
    """The id of an item that Ada wrote, the only one they have."""
    put = await client.put("/v1/reflections", json={"facts": [{"text": "Keeps bees."}]}, headers=ada.headers)
    reflection_id: str = put.json()["facts"][0]["id"]
    return reflection_id


async def test_no_call_tells_another_users_id_from_one_that_is_not_there(
    client: httpx.AsyncClient, second: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada, eve = await somebody(client, "Ada"), await somebody(client, "Eve")
    replicas = itertools.cycle([client, second])
    ids = await belongings(client, ada, model)
    described = (await client.get("/openapi.json")).json()["paths"]
    calls = [(method, path) for path, methods in described.items() if "{" in path for method in methods]
    assert len(calls) >= 15
    for method, path in calls:
        if unknown := {part[1:-1] for part in path.split("/") if part.startswith("{")} - set(ids):
            pytest.fail(f"{path}: belongings() must make something with {unknown}")
        query = {"from_version": 1, "to_version": 1} if path.endswith("/diff") else None
        answers = []
        for values in (ids, {**ids, **{name: f"{value}0" for name, value in ids.items() if name != "version"}}):
            address = path.format(**values)
            answers.append(
                await next(replicas).request(
                    method, address, json=BODIES.get((method, path)), params=query, headers=eve.headers
                )
            )
        for answer in answers:
            assert answer.status_code == 404, f"{method} {path}: {answer.status_code} {answer.text}"
        theirs, nobodys = ({**each.json(), "request_id": ""} for each in answers)
        assert theirs == nobodys, path
    for path in ("/v1/me", f"/v1/conversations/{ids['conversation_id']}", f"/v1/documents/{ids['document_id']}"):
        assert (await client.get(path, headers=ada.headers)).status_code == 200


async def test_every_call_but_the_open_ones_wants_a_token(client: httpx.AsyncClient) -> None:
    open_to_all = {
        "/v1/auth/register", "/v1/auth/login", "/v1/auth/refresh", "/healthz", "/readyz", "/metrics",
        "/.well-known/jwks.json", "/v1/auth/password-reset", "/v1/auth/password-reset/confirm",
    }  # fmt: skip
    described = (await client.get("/openapi.json")).json()["paths"]
    for path, methods in described.items():
        for method, call in methods.items():
            if path not in open_to_all:
                assert call.get("security"), f"{method} {path} is open to all"
