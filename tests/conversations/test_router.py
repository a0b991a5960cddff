"""`/v1/conversations`: made, listed, renamed, deleted."""

import httpx

from redraft.config import Settings
from redraft.db import connect
from redraft.web.pages import encode_cursor
from tests.clients import until
from tests.events import events_of
from tests.people import somebody
from tests.runs.test_router import started
from tests.scripted_model import Reply, ScriptedModel


async def test_pages_go_from_the_newest_to_the_oldest_over_the_holes_that_deleting_leaves(
    client: httpx.AsyncClient,
) -> None:
    ada = await somebody(client)
    made = [
        (await client.post("/v1/conversations", json={"title": f"No {n}"}, headers=ada.headers)).json()["id"]
        for n in range(5)
    ]
    assert (await client.delete(f"/v1/conversations/{made[3]}", headers=ada.headers)).status_code == 204
    first = (await client.get("/v1/conversations?limit=2", headers=ada.headers)).json()
    assert [each["title"] for each in first["items"]] == ["No 4", "No 2"]
    rest = (await client.get(f"/v1/conversations?cursor={first['next_cursor']}", headers=ada.headers)).json()
    assert [each["title"] for each in rest["items"]] == ["No 1", "No 0"]
    assert rest["next_cursor"] is None


async def test_a_cursor_that_somebody_made_up_is_answered_at_once(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    await client.post("/v1/conversations", json={"title": "Prose"}, headers=ada.headers)
    beyond = encode_cursor(10**17)
    answer = await client.get(f"/v1/conversations?cursor={beyond}&limit=1", headers=ada.headers, timeout=20)
    assert [each["title"] for each in answer.json()["items"]] == ["Prose"]
    assert answer.json()["next_cursor"] is None


async def test_many_deleted_conversations_are_passed_over_in_few_reads(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    assert settings.mongodb_url is not None
    ada = await somebody(client)
    await client.post("/v1/conversations", json={"title": "Prose"}, headers=ada.headers)
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        await database.db["conversation_counts"].update_one({"_id": ada.id}, {"$set": {"count": 1_000_000}})
    answer = await client.get("/v1/conversations?limit=1", headers=ada.headers, timeout=20)
    assert [each["title"] for each in answer.json()["items"]] == ["Prose"]


async def test_a_new_title_is_kept(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    made = (await client.post("/v1/conversations", json={}, headers=ada.headers)).json()
    await client.patch(f"/v1/conversations/{made['id']}", json={"title": "Prose"}, headers=ada.headers)
    assert (await client.get(f"/v1/conversations/{made['id']}", headers=ada.headers)).json()["title"] == "Prose"
    same = await client.patch(f"/v1/conversations/{made['id']}", json={}, headers=ada.headers)
    assert same.json()["title"] == "Prose"
    none = await client.patch(f"/v1/conversations/{made['id']}", json={"title": None}, headers=ada.headers)
    assert none.json()["title"] is None


async def test_a_deleted_conversation_takes_its_messages_and_its_active_turn_along(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    made = (await client.post("/v1/conversations", json={}, headers=ada.headers)).json()["id"]
    model.says(Reply(["One", " two"], stall_after=1))
    run_id, _ = await started(client, ada, conversation_id=made)
    assert (await client.delete(f"/v1/conversations/{made}", headers=ada.headers)).status_code == 204
    await until(lambda: model.hung_up == 1)
    for path in (f"/v1/conversations/{made}", f"/v1/conversations/{made}/messages", f"/v1/runs/{run_id}"):
        assert (await client.get(path, headers=ada.headers)).status_code == 404


async def test_a_turn_that_interrupts_stops_the_other_and_keeps_its_part(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    made = (await client.post("/v1/conversations", json={}, headers=ada.headers)).json()["id"]
    model.says(Reply(["Half", " said"], stall_after=1), "Go on.")
    await started(client, ada, conversation_id=made)
    ask = {
        "conversation_id": made,
        "messages": [{"role": "user", "content": "No, this."}],
        "if_active": "interrupt",
    }
    events = events_of((await client.post("/v1/chat", json=ask, headers=ada.headers)).text)
    assert events[-1].data["message"]["content"] == "Go on."
    kept = (await client.get(f"/v1/conversations/{made}/messages", headers=ada.headers)).json()["items"]
    assert [(each["content"], each["status"]) for each in kept] == [
        ("Count.", "complete"),
        ("Half", "stopped"),
        ("No, this.", "complete"),
        ("Go on.", "complete"),
    ]


async def test_a_conversation_needs_no_body(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    made = await client.post("/v1/conversations", headers=ada.headers)
    assert made.status_code == 201
    assert made.json()["title"] is None
