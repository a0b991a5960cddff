"""`/v1/runs`: watch, resume, stop."""

import asyncio

import httpx
import pytest

from tests.clients import until
from tests.events import Event, are_dense, events_of, names_of, seen_until
from tests.people import Person, somebody
from tests.scripted_model import Reply, ScriptedModel, words

ASK = {"messages": [{"role": "user", "content": "Count."}]}


async def started(client: httpx.AsyncClient, person: Person, **more: object) -> tuple[str, list[Event]]:
    """Begin a streamed turn and leave after its first token: the run's id, and what was seen."""
    async with client.stream("POST", "/v1/chat", json={**ASK, **more}, headers=person.headers) as response:
        events = await seen_until("event: token", response)
    return events[0].data["run_id"], events


async def test_a_run_outlives_its_client_and_can_be_read_from_any_event_on(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    model.says(Reply(words("one two three four five"), token_seconds=0.05))
    run_id, seen = await started(client, ada)
    headers = {**ada.headers, "Last-Event-ID": str(seen[-1].id)}
    rest = events_of((await client.get(f"/v1/runs/{run_id}/events", headers=headers)).text)
    assert are_dense([*seen, *rest])
    assert names_of([*seen, *rest]) == ["run", "token", "usage", "done"]
    again = events_of((await client.get(f"/v1/runs/{run_id}/events", headers=ada.headers)).text)
    assert again == [*seen, *rest]
    view = (await client.get(f"/v1/runs/{run_id}", headers=ada.headers)).json()
    assert (view["status"], view["message"]) == ("done", "one two three four five")
    assert view["usage"]["output_tokens"] == 5


async def test_a_stopped_run_keeps_what_it_said_and_hangs_up_on_the_model(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    made = await client.post("/v1/conversations", json={}, headers=ada.headers)
    conversation = made.json()["id"]
    model.says(Reply(["One", " two", " three"], stall_after=2))
    run_id, _ = await started(client, ada, conversation_id=conversation)
    view = (await client.delete(f"/v1/runs/{run_id}", headers=ada.headers)).json()
    assert view["status"] == "stopped"
    await until(lambda: model.hung_up == 1)
    kept = await client.get(f"/v1/conversations/{conversation}/messages", headers=ada.headers)
    answer = kept.json()["items"][-1]
    assert (answer["content"], answer["status"]) == (view["message"], "stopped")
    assert view["message"].startswith("One")


async def test_a_client_that_leaves_stops_its_run_if_it_said_so(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    model.says(Reply(["One", " two"], stall_after=1))
    run_id, _ = await started(client, ada, on_disconnect="cancel")
    await until(lambda: model.hung_up == 1)
    events = events_of((await client.get(f"/v1/runs/{run_id}/events", headers=ada.headers)).text)
    assert events[-1].data["message"]["status"] == "stopped"


DOCUMENT = {"original": "# Trip\n", "editing": "# Trip\n"}


@pytest.mark.parametrize(
    ("path", "more"),
    [("chat", {"stream": False}), ("edits", {"document": DOCUMENT}), ("summaries", {}), ("reflections", {})],
)
async def test_a_client_that_leaves_before_its_json_stops_the_run_if_it_said_so(
    client: httpx.AsyncClient, model: ScriptedModel, path: str, more: dict[str, object]
) -> None:
    ada = await somebody(client)
    model.otherwise = lambda ask: Reply(["One", " two"], stall_after=1)
    ask = {**ASK, **more, "on_disconnect": "cancel"}
    waiting = asyncio.create_task(client.post(f"/v1/{path}", json=ask, headers=ada.headers))
    await until(lambda: len(model.asked) == 1)
    waiting.cancel()
    await until(lambda: model.hung_up == 1)


async def test_a_client_that_leaves_before_its_json_finds_its_answer_later(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    model.says(Reply(["One", " two"], token_seconds=0.2))
    headers = {**ada.headers, "Idempotency-Key": "left"}
    waiting = asyncio.create_task(client.post("/v1/chat", json={**ASK, "stream": False}, headers=headers))
    await until(lambda: len(model.asked) == 1)
    waiting.cancel()
    answer = (await client.post("/v1/chat", json={**ASK, "stream": False}, headers=headers)).json()
    assert answer["message"]["content"] == "One two"
    assert (len(model.asked), model.hung_up) == (1, 0)


async def test_a_model_that_fails_in_mid_answer_is_asked_again_after_a_restart(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    model.says(Reply(["Wrong", " way", "?"], cut_after=2), "Right way.")
    events = events_of((await client.post("/v1/chat", json=ASK, headers=ada.headers)).text)
    assert names_of(events) == ["run", "token", "restart", "token", "usage", "done"]
    assert are_dense(events)
    assert next(event.name for event in events if event.id > 1_000_000) == "restart"
    assert events[-1].data["message"]["content"] == "Right way."


async def test_a_model_that_cannot_answer_ends_in_a_recorded_error(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    model.otherwise = lambda ask: Reply([], status=400)
    response = await client.post("/v1/chat", json={**ASK, "stream": False}, headers=ada.headers)
    assert response.status_code == 502
    streamed = events_of((await client.post("/v1/chat", json=ASK, headers=ada.headers)).text)
    assert streamed[-1].name == "error"
    assert streamed[-1].data["code"] == response.json()["code"]
    run_id = streamed[0].data["run_id"]
    assert (await client.get(f"/v1/runs/{run_id}", headers=ada.headers)).json()["status"] == "failed"


async def test_a_request_sent_twice_with_one_key_is_one_run(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    model.says(Reply(["One", " answer"], token_seconds=0.2))
    headers = {**ada.headers, "Idempotency-Key": "first-try"}
    first, second = await asyncio.gather(
        client.post("/v1/chat", json=ASK, headers=headers), client.post("/v1/chat", json=ASK, headers=headers)
    )
    assert first.text == second.text
    assert len(model.asked) == 1
    other = {"messages": [{"role": "user", "content": "Another question"}]}
    refused = await client.post("/v1/chat", json=other, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_second_turn_in_a_busy_conversation_is_refused(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    made = await client.post("/v1/conversations", json={}, headers=ada.headers)
    model.says(Reply(["One", " two"], stall_after=1))
    run_id, _ = await started(client, ada, conversation_id=made.json()["id"])
    busy = await client.post("/v1/chat", json={**ASK, "conversation_id": made.json()["id"]}, headers=ada.headers)
    assert (busy.status_code, busy.json()["code"], busy.json()["run_id"]) == (409, "run_active", run_id)
    spec = (await client.get("/openapi.json")).json()
    either = spec["paths"]["/v1/chat"]["post"]["responses"]["409"]["content"]["application/problem+json"]["schema"]
    assert "run_id" in either["anyOf"][0]["required"]
    await client.delete(f"/v1/runs/{run_id}", headers=ada.headers)


async def test_anothers_run_is_not_there(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada, eve = await somebody(client), await somebody(client, "Eve")
    run_id, _ = await started(client, ada)
    for method, path in [("GET", ""), ("GET", "/events"), ("DELETE", "")]:
        response = await client.request(method, f"/v1/runs/{run_id}{path}", headers=eve.headers)
        assert response.status_code == 404


DRAFT = {"original": "One two.\n", "editing": "One two.\n"}
CALLS = {
    "/v1/chat": ({**ASK, "stream": False}, "Said.", "ChatAnswer"),
    "/v1/edits": ({**ASK, "document": DRAFT}, '{"operations": [], "note": "Nothing to do."}', "ProposalView"),
    "/v1/summaries": (ASK, "They counted.", "SummaryAnswer"),
    "/v1/reflections": (ASK, '{"style": [], "facts": []}', "Learned"),
}


@pytest.mark.parametrize("path", CALLS)
async def test_the_result_of_a_run_is_what_the_call_that_started_it_answered(
    client: httpx.AsyncClient, model: ScriptedModel, path: str
) -> None:
    ada = await somebody(client)
    body, said, shape = CALLS[path]
    model.says(said)
    answered = await client.post(path, json=body, headers=ada.headers)
    assert answered.status_code == 200, answered.text
    view = (await client.get(f"/v1/runs/{answered.json()['run_id']}", headers=ada.headers)).json()
    assert view["result"] == answered.json()
    spec = (await client.get("/openapi.json")).json()["components"]["schemas"]
    typed = spec["RunView"]["properties"]["result"]["anyOf"]
    assert {"$ref": f"#/components/schemas/{shape}"} in typed
    assert shape in spec


async def test_a_run_that_failed_has_no_result_and_one_that_is_at_work_has_none_yet(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    model.says(Reply(["One", " two"], stall_after=1))
    run_id, _ = await started(client, ada)
    assert (await client.get(f"/v1/runs/{run_id}", headers=ada.headers)).json()["result"] is None
    stopped = (await client.delete(f"/v1/runs/{run_id}", headers=ada.headers)).json()
    assert stopped["result"]["message"]["status"] == "stopped"
    model.otherwise = lambda ask: Reply([], status=400)
    failed = events_of((await client.post("/v1/chat", json=ASK, headers=ada.headers)).text)[0].data["run_id"]
    view = (await client.get(f"/v1/runs/{failed}", headers=ada.headers)).json()
    assert (view["result"], view["error"]["code"]) == (None, "model_failed")


async def test_an_empty_last_event_id_is_none(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    whole = events_of((await client.post("/v1/chat", json=ASK, headers=ada.headers)).text)
    path = f"/v1/runs/{whole[0].data['run_id']}/events"
    for last, status in (("", 200), ("x", 422), ("1.5", 422)):
        answer = await client.get(path, headers={**ada.headers, "Last-Event-ID": last})
        assert answer.status_code == status, last
        assert status == 422 or events_of(answer.text) == whole


@pytest.mark.parametrize("if_active", ["queue", "interrupt"])
async def test_turns_of_no_conversation_can_neither_wait_nor_interrupt(
    client: httpx.AsyncClient, model: ScriptedModel, if_active: str
) -> None:
    ada = await somebody(client)
    refused = await client.post("/v1/chat", json={**ASK, "if_active": if_active}, headers=ada.headers)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "if_active")
    assert model.asked == []
