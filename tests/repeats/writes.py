"""Every write that takes an `Idempotency-Key` and is no run: a request for it, and how often it happened."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.edits.test_router import proposed
from tests.people import Person
from tests.scripted_model import ScriptedModel

DRAFT = "# Title\n\nA line.\n"
Count = Callable[[httpx.AsyncClient], Awaitable[int]]


@dataclass(frozen=True)
class Write:
    """A request, one like it with another body, and how many times its effect is there (None: nothing counts it)."""

    method: str
    path: str
    body: Any
    other: Any
    count: Count | None = None


def items(path: str, ada: Person) -> Count:
    """How many items a list has."""

    async def count(client: httpx.AsyncClient) -> int:
        answer = await client.get(path, headers=ada.headers)
        return len(answer.json()["items"])

    return count


async def a_document(client: httpx.AsyncClient, ada: Person, *texts: str) -> str:
    """The path of a new document with these versions."""
    made = await client.post("/v1/documents", json={"name": "a.md", "text": texts[0]}, headers=ada.headers)
    path = f"/v1/documents/{made.json()['id']}"
    for number, text in enumerate(texts[1:], start=1):
        saved = await client.put(path, json={"text": text, "base_version": number}, headers=ada.headers)
        assert saved.status_code == 200, saved.text
    return path


async def write(call: str, client: httpx.AsyncClient, ada: Person, model: ScriptedModel) -> Write:
    """A request for the described `call` (as in "post /v1/documents") that can be sent now."""
    method, _, template = call.partition(" ")
    body: dict[str, Any]
    match template:
        case "/v1/conversations":
            return Write(method, template, {"title": "One"}, {"title": "Two"}, items(template, ada))
        case "/v1/conversations/{conversation_id}":
            made = await client.post("/v1/conversations", json={}, headers=ada.headers)
            return Write(method, f"/v1/conversations/{made.json()['id']}", {"title": "One"}, {"title": "Two"})
        case "/v1/conversations/{conversation_id}/summary":
            made = await client.post("/v1/conversations", json={}, headers=ada.headers)
            turn = {"messages": [{"role": "user", "content": "Hello"}], "stream": False}
            talked = {**turn, "conversation_id": made.json()["id"]}
            await client.post("/v1/chat", json=talked, headers=ada.headers)
            path = f"/v1/conversations/{made.json()['id']}/summary"
            return Write(method, path, {"summary": "They greeted."}, {"summary": "Nothing."})
        case "/v1/documents":
            body = {"name": "a.md", "text": DRAFT}
            return Write(method, template, body, {**body, "text": ""}, items(template, ada))
        case "/v1/documents/{document_id}":
            path = await a_document(client, ada, DRAFT)
            body = {"text": DRAFT + "More.\n", "base_version": 1}
            return Write(method, path, body, {**body, "text": "Other.\n"}, items(f"{path}/versions", ada))
        case "/v1/documents/{document_id}/versions/{version}/restore":
            path = await a_document(client, ada, DRAFT, "Second.\n")
            return Write(method, f"{path}/versions/1/restore", None, {}, items(f"{path}/versions", ada))
        case "/v1/edits/{edit_id}/apply":
            edit = await proposed(client, ada, model)
            body = {"accept": "all", "editing": DRAFT}
            return Write(method, f"/v1/edits/{edit['id']}/apply", body, {**body, "accept": []})
        case "/v1/feedback":
            turn = {"messages": [{"role": "user", "content": "Hello"}], "stream": False}
            chat = await client.post("/v1/chat", json=turn, headers=ada.headers)
            body = {"run_id": chat.json()["run_id"], "rating": 4}
            return Write(method, template, body, {**body, "rating": 1})
        case "/v1/reflections":
            body = {"style": [{"text": "Short."}], "facts": [{"text": "Bees."}]}
            return Write(method, template, body, {"style": [], "facts": []})
        case "/v1/reflections/{reflection_id}":
            put = await client.put("/v1/reflections", json={"facts": [{"text": "Bees."}]}, headers=ada.headers)
            path = f"/v1/reflections/{put.json()['facts'][0]['id']}"
            return Write(method, path, {"text": "Keeps bees."}, {"text": "Wasps."})
        case "/v1/me/phone":
            body = {"phone": ada.phone, "current_password": ada.password}
            return Write(method, template, body, {**body, "phone": "+84912345678"})
    raise LookupError(call)


def sendable(of: Write) -> dict[str, Any]:
    """The body, as httpx takes it."""
    return {} if of.body is None else {"json": of.body}
