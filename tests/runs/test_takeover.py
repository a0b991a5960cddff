"""Replicas die, pause and leave; their runs go on elsewhere."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pymongo import AsyncMongoClient

from redraft.config import Settings
from tests.clients import PATIENCE_SECONDS, client_of, until
from tests.conftest import make_settings, serving
from tests.events import Event, events_of, seen_until
from tests.people import Person, somebody
from tests.replicas import Replica, replica
from tests.runs.test_router import ASK, started
from tests.scripted_model import Reply, ScriptedModel

LEASE = {"replica_lease_seconds": 4.0, "run_sweep_seconds": 0.2, "run_flush_seconds": 0.1, "run_drain_seconds": 0.2}


@pytest.fixture
async def apart(mongodb_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a database of its own: these tests' replicas must not take over other tests' runs."""
    return make_settings(mongodb_url, model, tmp_path_factory.mktemp("data"), **LEASE)


@pytest.fixture
async def other(apart: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The replica that stays, in this process."""
    async with serving(apart) as url, client_of(url) as client:
        yield client


@contextlib.asynccontextmanager
async def at_work(
    apart: Settings, model: ScriptedModel, ada: Person, conversation: str
) -> AsyncIterator[tuple[Replica, str, list[Event]]]:
    """A replica that dies: it has a run in hand whose model has said a part and gone silent."""
    model.says(Reply(["Half", " an", " answer"], stall_after=2), "A whole answer.")
    async with replica(apart, **LEASE) as dying, client_of(dying.url) as client:
        run_id, seen = await started(client, ada, conversation_id=conversation)
        yield dying, run_id, seen


async def conversation_of(client: httpx.AsyncClient, ada: Person) -> str:
    return str((await client.post("/v1/conversations", json={}, headers=ada.headers)).json()["id"])


async def rest_of(client: httpx.AsyncClient, ada: Person, run_id: str, after: int) -> list[Event]:
    headers = {**ada.headers, "Last-Event-ID": str(after)}
    return events_of((await client.get(f"/v1/runs/{run_id}/events", headers=headers)).text)


async def rest_until(client: httpx.AsyncClient, ada: Person, run_id: str, name: str) -> None:
    """Read a run's events until there is one of this name."""
    async with client.stream("GET", f"/v1/runs/{run_id}/events", headers=ada.headers) as response:
        async for line in response.aiter_lines():
            if line == f"event: {name}":
                return


async def kept(client: httpx.AsyncClient, ada: Person, conversation: str) -> list[tuple[str, str]]:
    messages = await client.get(f"/v1/conversations/{conversation}/messages", headers=ada.headers)
    return [(message["role"], message["content"]) for message in messages.json()["items"]]


async def test_a_killed_replicas_run_is_begun_again_and_ends(
    apart: Settings, other: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(other)
    conversation = await conversation_of(other, ada)
    async with at_work(apart, model, ada, conversation) as (dying, run_id, seen):
        dying.process.kill()
        rest = await rest_of(other, ada, run_id, seen[-1].id)
    names = [event.name for event in rest if event.name != "token"]
    assert names.count("restart") == 1
    assert names[-2:] == ["usage", "done"]
    assert all(left.id < right.id for left, right in zip([*seen, *rest], rest, strict=False))
    assert await kept(other, ada, conversation) == [("user", "Count."), ("assistant", "A whole answer.")]


async def test_a_finished_step_is_not_asked_again_and_a_lost_call_is_on_record(
    apart: Settings, other: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(other)
    model.says('{"wants": "question"}', Reply(["Half", " an", " answer"], stall_after=2), "In hives.")
    document = {"original": "Bees live in hives.", "editing": "Bees live in hives."}
    async with replica(apart, **LEASE) as dying, client_of(dying.url) as client:
        run_id, seen = await started(client, ada, document=document)
        await rest_until(other, ada, run_id, "token")  # so it is stored
        dying.process.kill()
        rest = await rest_of(other, ada, run_id, seen[-1].id)
    assert rest[-1].data["message"]["content"] == "In hives."
    roles = ["route" if "response_format" in ask else "talk" for ask in model.asked]
    assert roles == ["route", "talk", "talk"]
    month = (await other.get("/v1/me/usage", headers=ada.headers)).json()["month"]
    lost = month["input_tokens"] - 2 * 25
    assert (month["calls"], month["unpriced_calls"]) == (3, 0)
    assert lost > 25, "estimated from what was sent"
    assert rest[-2].data["input_tokens"] == month["input_tokens"]
    again = rest[-2].data["repeated"]
    assert (again["attempts"], again["calls"], again["input_tokens"]) == (2, 1, lost)


async def test_a_paused_replica_can_write_nothing_more_to_a_run_it_has_lost(
    apart: Settings, other: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(other)
    conversation = await conversation_of(other, ada)
    async with at_work(apart, model, ada, conversation) as (dying, run_id, seen):
        dying.process.send_signal(signal.SIGSTOP)
        rest = await rest_of(other, ada, run_id, seen[-1].id)
        dying.process.send_signal(signal.SIGCONT)
        await until(lambda: model.hung_up == 1)  # it has noticed, and given up
        again = await rest_of(other, ada, run_id, 0)
    assert again[-1] == rest[-1]
    assert [event.name for event in again].count("done") == 1
    assert await kept(other, ada, conversation) == [("user", "Count."), ("assistant", "A whole answer.")]


async def test_who_takes_a_run_over_counts_on_from_attempts_that_were_shown_and_not_stored(
    apart: Settings, other: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(other)
    model.says(
        Reply(["Wrong", " way", "?"], cut_after=2), Reply(["Half", " an", " answer"], stall_after=2), "Right way."
    )
    settings = {**LEASE, "run_flush_seconds": 600}
    async with replica(apart, **settings) as dying, client_of(dying.url) as client:
        async with client.stream("POST", "/v1/chat", json=ASK, headers=ada.headers) as response:
            seen = await seen_until(" an", response)
        dying.process.kill()
        assert seen[-1].id > 1_000_000
        rest = await rest_of(other, ada, seen[0].data["run_id"], seen[-1].id)
    assert (rest[0].name, rest[0].id // 1_000_000, rest[0].data) == ("restart", 2, {"attempt": 3})
    assert "".join(event.data["text"] for event in rest if event.name == "token") == "Right way."
    assert rest[-1].name == "done"


async def test_a_replica_that_is_told_to_end_hands_its_run_over_at_once(
    apart: Settings, other: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(other)
    conversation = await conversation_of(other, ada)
    async with at_work(apart, model, ada, conversation) as (dying, run_id, seen):
        dying.process.terminate()
        rest = await rest_of(other, ada, run_id, seen[-1].id)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await dying.process.wait() == 0
    assert rest[-1].data["message"]["content"] == "A whole answer."


async def test_a_run_is_stopped_from_another_replica(
    apart: Settings, other: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(other)
    conversation = await conversation_of(other, ada)
    async with at_work(apart, model, ada, conversation) as (_, run_id, _):
        view = (await other.delete(f"/v1/runs/{run_id}", headers=ada.headers)).json()
        assert view["status"] == "stopped"
        await until(lambda: model.hung_up == 1)
    assert (await kept(other, ada, conversation))[-1] == ("assistant", view["message"])


async def test_a_replica_that_takes_its_own_run_back_lets_go_of_the_earlier_attempt(
    apart: Settings, other: httpx.AsyncClient, model: ScriptedModel
) -> None:
    """It was paused, and whoever had taken the run over meanwhile died: it may look for orphans before it writes."""
    ada = await somebody(other)
    conversation = await conversation_of(other, ada)
    model.says(Reply(["Half", " an", " answer"], stall_after=2), "A whole answer.")
    run_id, seen = await started(other, ada, conversation_id=conversation)
    reading = asyncio.create_task(rest_of(other, ada, run_id, seen[-1].id))
    assert apart.mongodb_url is not None
    async with AsyncMongoClient[dict[str, object]](apart.mongodb_url.get_secret_value()) as mongo:
        runs, stored = mongo[apart.mongodb_database]["runs"], {"_id": run_id, "event_count": 3}
        laid_down = {"$set": {"lease": {"replica": "nobody", "token": "another's"}}}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (await runs.update_one(stored, laid_down)).matched_count:  # noqa: ASYNC110  it is stored soon
                await asyncio.sleep(0.02)
    async with asyncio.timeout(PATIENCE_SECONDS):
        rest = await reading
    assert [event.name for event in rest if event.name != "token"] == ["restart", "usage", "done"]
    assert model.hung_up == 1
    assert await kept(other, ada, conversation) == [("user", "Count."), ("assistant", "A whole answer.")]


async def test_a_run_that_reaches_the_database_after_its_replica_has_left_still_ends(
    apart: Settings, other: httpx.AsyncClient, model: ScriptedModel
) -> None:
    """A database that was stopped reads what lies in its sockets when it wakes, in any order."""
    ada = await somebody(other)
    conversation = await conversation_of(other, ada)
    assert apart.mongodb_url is not None
    async with AsyncMongoClient[dict[str, Any]](apart.mongodb_url.get_secret_value()) as mongo:
        runs = mongo[apart.mongodb_database]["runs"]
        async with at_work(apart, model, ada, conversation) as (dying, run_id, seen):
            late = await runs.find_one({"_id": run_id})
            dying.process.terminate()
            await rest_of(other, ada, run_id, seen[-1].id)
            await dying.process.wait()
        assert late is not None
        late["turn"]["after"] = 100  # its place in the conversation is taken by now
        await runs.delete_one({"_id": run_id})
        await runs.insert_one(late)  # with its own id: what it holds opens nowhere else
    async with asyncio.timeout(PATIENCE_SECONDS):
        rest = await rest_of(other, ada, run_id, 0)
    assert rest[-1].name == "done"
