"""Turns that wait for the ones before them: `if_active: "queue"`, and `"interrupt"` beside it."""

import asyncio

import httpx

from redraft.config import Settings
from tests.clients import PATIENCE_SECONDS, client_of, until
from tests.events import Event, are_dense, names_of, seen_until
from tests.people import Person, somebody
from tests.replicas import replica
from tests.runs.test_router import started
from tests.runs.test_takeover import LEASE, apart, conversation_of, kept, other, rest_of  # noqa: F401  fixtures
from tests.scripted_model import Reply, ScriptedModel


def first_answer() -> tuple[Reply, asyncio.Event]:
    """An answer that is under way until its event is set."""
    go_on = asyncio.Event()
    return Reply(["First", " answer"], go_on=go_on), go_on


async def placed(
    client: httpx.AsyncClient, ada: Person, conversation: str, said: str, if_active: str = "queue"
) -> tuple[str, list[Event]]:
    """Send a turn and leave at its first event: its run's id, and what was seen."""
    ask = {"messages": [{"role": "user", "content": said}], "conversation_id": conversation, "if_active": if_active}
    async with client.stream("POST", "/v1/chat", json=ask, headers=ada.headers) as response:
        events = await seen_until("\n\n", response)
    return events[0].data["run_id"], events


async def status(client: httpx.AsyncClient, ada: Person, run_id: str) -> str:
    return str((await client.get(f"/v1/runs/{run_id}", headers=ada.headers)).json()["status"])


async def test_a_queued_turn_waits_and_then_sees_the_answer_before_it(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    conversation = await conversation_of(client, ada)
    first, go_on = first_answer()
    model.says(first, "Second answer")
    await started(client, ada, conversation_id=conversation)
    run_id, seen = await placed(client, ada, conversation, "And then?")
    assert [event.name for event in seen] == ["queued"]
    assert await status(client, ada, run_id) == "queued"
    assert len(await kept(client, ada, conversation)) == 1, "it is not in the conversation yet"
    go_on.set()
    events = await rest_of(client, ada, run_id, 0)
    assert names_of(events) == ["queued", "run", "token", "usage", "done"]
    assert are_dense(events)
    said = [message["content"] for message in model.asked[-1]["messages"] if message["role"] != "system"]
    assert said == ["Count.", "First answer", "And then?"]
    assert await kept(client, ada, conversation) == [
        ("user", "Count."),
        ("assistant", "First answer"),
        ("user", "And then?"),
        ("assistant", "Second answer"),
    ]


async def test_a_page_that_is_loaded_anew_finds_the_turns_that_have_not_ended(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada, eve = await somebody(client), await somebody(client)
    conversation = await conversation_of(client, ada)
    first, go_on = first_answer()
    model.says(first)
    running, _ = await started(client, ada, conversation_id=conversation)
    waiting, _ = await placed(client, ada, conversation, "And then?")
    there = f"/v1/runs?conversation_id={conversation}"
    live = (await client.get(there, headers=ada.headers)).json()["items"]
    assert [(run["id"], run["status"], run["asked"][0]["content"]) for run in live] == [
        (running, "running", "Count."),
        (waiting, "queued", "And then?"),
    ]
    assert (await client.get(there, headers=eve.headers)).json() == {"items": [], "next_cursor": None}
    go_on.set()
    await rest_of(client, ada, waiting, 0)
    assert (await client.get(there, headers=ada.headers)).json()["items"] == []
    unnamed = await client.get("/v1/runs", headers=ada.headers)
    assert (unnamed.status_code, unnamed.json()["errors"][0]["field"]) == (422, "query.conversation_id")


async def test_tabs_that_queue_at_once_lose_nothing_and_keep_one_order(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    conversation = await conversation_of(client, ada)
    first, go_on = first_answer()
    model.says(first)
    await started(client, ada, conversation_id=conversation)
    model.otherwise = lambda ask: Reply([f"To {ask['messages'][-1]['content']}"])
    tabs = [f"tab {number}" for number in range(5)]
    runs = dict(zip(tabs, await asyncio.gather(*(placed(client, ada, conversation, tab) for tab in tabs)), strict=True))
    go_on.set()
    for run_id, _ in runs.values():
        assert (await rest_of(client, ada, run_id, 0))[-1].name == "done"
    said = await kept(client, ada, conversation)
    order = [content for role, content in said if role == "user"][1:]
    assert sorted(order) == tabs
    assert [content for role, content in said if role == "assistant"][1:] == [f"To {tab}" for tab in order]
    begun = [ask["messages"][-1]["content"] for ask in model.asked][1:]
    assert begun == order


async def test_a_turn_queued_after_another_comes_after_it(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    conversation = await conversation_of(client, ada)
    first, go_on = first_answer()
    model.says(first)
    await started(client, ada, conversation_id=conversation)
    for said in ("second", "third", "fourth"):
        last, _ = await placed(client, ada, conversation, said)
    go_on.set()
    await rest_of(client, ada, last, 0)
    assert [content for role, content in await kept(client, ada, conversation) if role == "user"] == [
        "Count.",
        "second",
        "third",
        "fourth",
    ]


async def test_a_turn_stopped_while_it_waits_was_never_said(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    conversation = await conversation_of(client, ada)
    first, go_on = first_answer()
    model.says(first, "Third answer")
    await started(client, ada, conversation_id=conversation)
    second, _ = await placed(client, ada, conversation, "second")
    third, _ = await placed(client, ada, conversation, "third")
    view = (await client.delete(f"/v1/runs/{second}", headers=ada.headers)).json()
    assert (view["status"], view["message"], view["usage"]["cost"]) == ("stopped", None, 0)
    go_on.set()
    assert (await rest_of(client, ada, third, 0))[-1].data["message"]["content"] == "Third answer"
    assert [content for _, content in await kept(client, ada, conversation)] == [
        "Count.",
        "First answer",
        "third",
        "Third answer",
    ]
    assert [event.name for event in await rest_of(client, ada, second, 0)] == ["queued", "usage", "done"]


async def test_a_queued_turn_goes_on_when_the_one_before_it_fails(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    conversation = await conversation_of(client, ada)
    broken = Reply(["Half"], first_token_seconds=0.2, cut_after=0)
    model.otherwise = lambda ask: broken if ask["messages"][-1]["content"] == "first" else Reply(["Second"])
    ask = {"messages": [{"role": "user", "content": "first"}], "conversation_id": conversation, "stream": False}
    first = asyncio.create_task(client.post("/v1/chat", json=ask, headers=ada.headers))
    await until(lambda: len(model.asked) == 1)
    second, _ = await placed(client, ada, conversation, "second")
    assert (await first).status_code == 502
    assert (await rest_of(client, ada, second, 0))[-1].data["message"]["content"] == "Second"
    said = [("user", "first"), ("user", "second"), ("assistant", "Second")]
    assert await kept(client, ada, conversation) == said


async def test_no_more_turns_wait_in_a_conversation_than_may(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    conversation = await conversation_of(client, ada)
    model.says(Reply(["One", " two"], stall_after=1))
    first, _ = await started(client, ada, conversation_id=conversation)
    waiting = await asyncio.gather(*(placed(client, ada, conversation, str(number)) for number in range(10)))
    for if_active in ("queue", "interrupt"):
        ask = {"messages": [{"role": "user", "content": "x"}], "conversation_id": conversation, "if_active": if_active}
        refused = await client.post("/v1/chat", json=ask, headers=ada.headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "queue_full")
    for run_id in [*(run_id for run_id, _ in waiting), first]:
        await client.delete(f"/v1/runs/{run_id}", headers=ada.headers)


async def test_a_turn_that_interrupts_goes_before_those_that_wait(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    conversation = await conversation_of(client, ada)
    model.says(Reply(["One", " two"], stall_after=1), "To urgent", "To patient")
    await started(client, ada, conversation_id=conversation)
    patient, _ = await placed(client, ada, conversation, "patient")
    await placed(client, ada, conversation, "urgent", "interrupt")
    await rest_of(client, ada, patient, 0)
    assert [content for _, content in await kept(client, ada, conversation)] == [
        "Count.",
        "One",
        "urgent",
        "To urgent",
        "patient",
        "To patient",
    ]


async def test_deleting_a_conversation_ends_what_waits_there_and_keeps_what_it_cost(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    conversation = await conversation_of(client, ada)
    model.says(Reply(["One", " two"], stall_after=1))
    await started(client, ada, conversation_id=conversation)
    waiting, _ = await placed(client, ada, conversation, "second")
    assert (await client.delete(f"/v1/conversations/{conversation}", headers=ada.headers)).status_code == 204
    assert (await client.get(f"/v1/runs/{waiting}", headers=ada.headers)).status_code == 404
    usage = (await client.get("/v1/me/usage", headers=ada.headers)).json()
    assert usage["today"]["calls"] == 1, "the one that was stopped"
    assert len(model.asked) == 1


async def test_a_queued_turn_survives_the_death_of_its_replica_in_its_place(
    apart: Settings,  # noqa: F811
    other: httpx.AsyncClient,  # noqa: F811
    model: ScriptedModel,
) -> None:
    ada = await somebody(other)
    conversation = await conversation_of(other, ada)
    model.says(Reply(["Half", " an"], stall_after=1))
    model.otherwise = lambda ask: Reply([f"To {ask['messages'][-1]['content']}"])
    async with replica(apart, **LEASE) as dying, client_of(dying.url) as client:
        await started(client, ada, conversation_id=conversation)
        await placed(client, ada, conversation, "second")
        third, _ = await placed(other, ada, conversation, "third")
        fourth, seen = await placed(client, ada, conversation, "fourth")
        dying.process.kill()
        rest = await rest_of(other, ada, fourth, seen[-1].id)
    assert [event.name for event in rest] == ["run", "token", "usage", "done"]
    assert [content for _, content in await kept(other, ada, conversation)] == [
        *("Count.", "To Count."),
        *("second", "To second"),
        *("third", "To third"),
        *("fourth", "To fourth"),
    ]
    view = (await other.get(f"/v1/runs/{fourth}", headers=ada.headers)).json()
    assert view["attempt"] == 1, "it had not begun when its replica died"
    assert await status(other, ada, third) == "done"


async def test_a_replica_that_is_told_to_end_hands_queued_turns_over(
    apart: Settings,  # noqa: F811
    other: httpx.AsyncClient,  # noqa: F811
    model: ScriptedModel,
) -> None:
    ada = await somebody(other)
    conversation = await conversation_of(other, ada)
    model.says(Reply(["Half", " an"], stall_after=1), "A whole answer", "Second answer")
    async with replica(apart, **LEASE) as leaving, client_of(leaving.url) as client:
        await started(client, ada, conversation_id=conversation)
        second, seen = await placed(client, ada, conversation, "second")
        leaving.process.terminate()
        rest = await rest_of(other, ada, second, seen[-1].id)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await leaving.process.wait() == 0
    assert rest[-1].data["message"]["content"] == "Second answer"
