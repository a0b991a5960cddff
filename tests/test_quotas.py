"""How much one user may keep and have open, and that deleting makes room."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import httpx
import pytest

from redraft.config import Settings
from redraft.db import Database
from redraft.documents.store import IN_FLIGHT, PLACES
from redraft.main import create_app
from tests.clients import client_of
from tests.conftest import listening
from tests.people import Person, somebody
from tests.scripted_model import Reply, ScriptedModel

FEW = {
    "documents_per_user": 3,
    "document_bytes_per_user": 1_000,
    "conversations_per_user": 2,
    "streams_per_user": 2,
    "document_versions": 2,
}


@pytest.fixture(scope="module")
async def url(settings: Settings) -> AsyncIterator[str]:
    async with listening(create_app(settings.model_copy(update=FEW))) as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(url) as http:
        yield http


def _refused(response: httpx.Response) -> bool:
    if response.status_code == 409:
        assert response.json()["code"] == "quota_reached"
        assert "room" in response.json()["detail"]
    return response.status_code == 409


async def _create(client: httpx.AsyncClient, ada: Person, text: str, **headers: str) -> httpx.Response:
    body = {"name": "a.md", "text": text}
    return await client.post("/v1/documents", json=body, headers={**ada.headers, **headers})


async def test_documents_are_kept_up_to_their_number_and_deleting_one_makes_room(client: httpx.AsyncClient) -> None:
    ada, bob = await somebody(client), await somebody(client, "Bob")
    kept = [(await _create(client, ada, "text")).json()["id"] for _ in range(3)]
    assert _refused(await _create(client, ada, "text"))
    assert (await _create(client, bob, "text")).status_code == 201
    assert (await client.delete(f"/v1/documents/{kept[0]}", headers=ada.headers)).status_code == 204
    assert (await _create(client, ada, "text")).status_code == 201


async def test_many_at_once_do_not_pass_the_number_together(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    await client.get("/v1/documents", headers=ada.headers)
    answers = await asyncio.gather(*(_create(client, ada, "text") for _ in range(8)))
    assert all(_refused(each) or each.status_code == 201 for each in answers)
    listed = (await client.get("/v1/documents", headers=ada.headers)).json()["items"]
    assert len(listed) == sum(each.status_code == 201 for each in answers) == 3


async def test_a_repeat_of_the_last_one_that_fitted_is_no_further_one(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    answers = [await _create(client, ada, "text", **{"Idempotency-Key": f"k{n}"}) for n in (1, 2, 3, 3)]
    assert [each.status_code for each in answers] == [201] * 4
    assert answers[2].json()["id"] == answers[3].json()["id"]


async def test_bytes_of_all_versions_count_and_a_refused_save_changes_nothing(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    made = (await _create(client, ada, "a" * 400)).json()
    path = f"/v1/documents/{made['id']}"

    async def save(text: str, version: int) -> httpx.Response:
        return await client.put(path, json={"text": text, "base_version": version}, headers=ada.headers)

    assert (await save("b" * 500, 1)).status_code == 200
    assert _refused(await save("c" * 101, 2))
    assert (await client.get(path, headers=ada.headers)).json()["text"] == "b" * 500
    assert (await save("c" * 100, 2)).status_code == 200  # of two versions kept, the first goes: 600 bytes are left
    assert _refused(await _create(client, ada, "d" * 401))
    assert (await save("c" * 100, 3)).status_code == 200  # the same text is no new version
    assert (await _create(client, ada, "d" * 400)).status_code == 201
    assert _refused(await _create(client, ada, "e"))
    assert (await client.delete(path, headers=ada.headers)).status_code == 204
    assert (await _create(client, ada, "é" * 300)).status_code == 201


async def test_saves_at_once_do_not_pass_the_bytes_together(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    answers = await asyncio.gather(*(_create(client, ada, "a" * 501) for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409]


async def test_a_count_that_says_too_much_or_is_missing_is_taken_anew(settings: Settings) -> None:
    app = create_app(settings.model_copy(update=FEW))
    async with listening(app) as here, client_of(here) as client:
        ada = await somebody(client)
        places = app.state.services[Database].db[PLACES]
        assert (await _create(client, ada, "a" * 400)).status_code == 201
        for wrong in (
            {"$set": {"bytes": 1_000, "counted_at": datetime.now(UTC) - 2 * IN_FLIGHT}},
            {"$unset": {"bytes": True, "counted_at": True}},
        ):
            await places.update_one({"_id": ada.id}, wrong)
            assert _refused(await _create(client, ada, "b" * 601))
            counter = await places.find_one({"_id": ada.id})
            assert counter is not None
            assert counter["bytes"] == 400
        assert (await _create(client, ada, "b" * 600)).status_code == 201


async def test_conversations_are_kept_up_to_their_number_and_turns_go_on_in_them(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)

    async def create() -> httpx.Response:
        return await client.post("/v1/conversations", json={}, headers=ada.headers)

    answers = await asyncio.gather(*(create() for _ in range(5)))
    made = [each.json()["id"] for each in answers if each.status_code == 201]
    assert len(made) == 2
    assert all(_refused(each) for each in answers if each.status_code != 201)
    model.says("Hello.")
    ask = {"conversation_id": made[0], "messages": [{"role": "user", "content": "Hi"}], "stream": False}
    assert (await client.post("/v1/chat", json=ask, headers=ada.headers)).status_code == 200
    kept = await client.get(f"/v1/conversations/{made[0]}/messages", headers=ada.headers)
    assert [each["role"] for each in kept.json()["items"]] == ["user", "assistant"]
    await client.delete(f"/v1/conversations/{made[1]}", headers=ada.headers)
    assert (await create()).status_code == 201
    assert _refused(await create())


async def test_streams_are_open_up_to_their_number_and_that_of_a_new_turn_always(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada, go_on = await somebody(client), asyncio.Event()
    model.says(Reply(["Yes", "."], go_on=go_on), Reply(["No", "."], go_on=go_on))
    ask = {"messages": [{"role": "user", "content": "Hi"}]}
    key = {**ada.headers, "Idempotency-Key": "once"}
    async with AsyncExitStack() as opened:

        async def chat(headers: dict[str, str]) -> httpx.Response:
            return await opened.enter_async_context(client.stream("POST", "/v1/chat", json=ask, headers=headers))

        first = await chat(key)
        events = first.aiter_lines()
        run = next(
            json.loads(line[6:]) for line in [await anext(events) for _ in range(3)] if line.startswith("data: ")
        )
        path = f"/v1/runs/{run['run_id']}/events"
        second = await opened.enter_async_context(client.stream("GET", path, headers=ada.headers))
        assert second.status_code == 200
        for refused in (await client.get(path, headers=ada.headers), await chat(key)):
            await refused.aread()
            assert refused.status_code == 409, refused.text
            assert refused.json()["code"] == "quota_reached"
        new = await chat(ada.headers)
        assert new.status_code == 200
        go_on.set()
        for each in (second, new):
            assert "event: done" in "".join([text async for text in each.aiter_text()])
    again = await client.get(path, headers=ada.headers)
    assert "event: done" in again.text
