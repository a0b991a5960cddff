"""Turns that come to more than one document of MongoDB holds, which is 16 MB."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import AsyncMongoClient

from redraft.config import Settings
from redraft.embedded.database import embedded_database
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.events import events_of
from tests.people import somebody
from tests.runs.test_takeover import conversation_of, kept
from tests.scripted_model import Reply, ScriptedModel, words

MEGABYTE = 1_000_000
FULL = 16 * 2**20


@pytest.fixture(scope="module")
async def mongodb_url(mongodb_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A database of its own: among the many connections of a whole run, the embedded one hung on such documents."""
    if os.environ.get("REDRAFT_TEST_MONGODB_URL"):
        yield mongodb_url
        return
    async with embedded_database(tmp_path_factory.mktemp("large") / "mongodb") as url:
        yield url


@pytest.fixture(params=[0.05, 600], ids=["while it is written", "when it ends"])
async def roomy(
    request: pytest.FixtureRequest, mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> AsyncIterator[tuple[Settings, httpx.AsyncClient]]:
    """An app that takes large bodies, and stores events at once, or only when the run ends."""
    settings = make_settings(
        mongodb_url, model, tmp_path, run_flush_seconds=request.param, max_body_bytes=40 * MEGABYTE
    )
    async with serving(settings) as url, client_of(url) as client:
        yield settings, client


async def fill(settings: Settings, run_id: str, left: int) -> None:
    """Leave so many bytes of room in a run's document, as if it had been given that much to do."""
    assert settings.mongodb_url is not None
    async with AsyncMongoClient[dict[str, Any]](settings.mongodb_url.get_secret_value()) as mongo:
        runs = mongo[settings.mongodb_database]["runs"]
        size = await (
            await runs.aggregate([{"$match": {"_id": run_id}}, {"$project": {"size": {"$bsonSize": "$$ROOT"}}}])
        ).next()
        await runs.update_one({"_id": run_id}, {"$set": {"input": bytes(FULL - size["size"] - left)}})


async def test_what_does_not_fit_ends_in_a_recorded_error_at_once_and_is_paid_once(
    roomy: tuple[Settings, httpx.AsyncClient], model: ScriptedModel
) -> None:
    settings, client = roomy
    ada = await somebody(client)
    conversation = await conversation_of(client, ada)
    chance = random.Random(1)  # what repeats itself is packed so small that it fits after all, without its steps
    said_at_length = " ".join(f"{chance.getrandbits(64):x}" for _ in range(200))
    reply = Reply(words(f"What is said is {said_at_length}"), go_on=asyncio.Event())
    model.says(reply)
    ask = {"messages": [{"role": "user", "content": "Hello"}], "conversation_id": conversation}
    async with client.stream("POST", "/v1/chat", json=ask, headers=ada.headers) as response:
        lines = response.aiter_lines()
        text = ""
        async for line in lines:
            text += line + "\n"
            if "What" in line:
                break
        run_id = events_of(text)[0].data["run_id"]
        await fill(settings, run_id, 600)
        assert reply.go_on is not None
        reply.go_on.set()
        async for line in lines:
            text += line + "\n"
    seen = events_of(text)
    assert (seen[-1].name, seen[-1].data["code"]) == ("error", "too_large")
    run = (await client.get(f"/v1/runs/{run_id}", headers=ada.headers)).json()
    assert (run["status"], run["error"]["code"], run["attempt"]) == ("failed", "too_large", 1)
    replayed = events_of((await client.get(f"/v1/runs/{run_id}/events", headers=ada.headers)).text)
    assert replayed[-1] == seen[-1]
    assert len(model.asked) == 1
    assert (await client.get("/v1/me/usage", headers=ada.headers)).json()["month"]["calls"] == 1
    again = await client.post("/v1/chat", json={**ask, "stream": False}, headers=ada.headers)
    assert again.json()["message"]["content"] == "Yes."
    said = [content for _, content in await kept(client, ada, conversation)]
    assert said == ["Hello", "Hello", "Yes."]


async def test_a_turn_that_leaves_no_room_for_its_answer_is_refused_before_it_costs(
    roomy: tuple[Settings, httpx.AsyncClient], model: ScriptedModel
) -> None:
    _, client = roomy
    ada = await somebody(client)
    ask = {"messages": [{"role": "user", "content": "a" * 390_000} for _ in range(27)]}
    refused = await client.post("/v1/chat", json=ask, headers=ada.headers)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert "10,000,000" in refused.json()["detail"]
    assert not model.asked
