"""What is over is over, also before the database deletes it: it looks once a minute, and may be late."""

from datetime import UTC, datetime
from typing import Any

import httpx
from pymongo import AsyncMongoClient

from redraft.config import Settings
from redraft.ids import new_id
from tests.edits.test_router import proposed
from tests.people import Person, somebody
from tests.scripted_model import ScriptedModel


async def let_it_be_over(settings: Settings, collection: str, ada: Person) -> None:
    assert settings.mongodb_url is not None
    over = {"$set": {"expires_at": datetime.now(UTC)}}
    async with AsyncMongoClient[dict[str, Any]](settings.mongodb_url.get_secret_value()) as mongo:
        changed = await mongo[settings.mongodb_database][collection].update_many({"owner_id": ada.id}, over)
        assert changed.modified_count == 1


async def test_a_proposal_whose_time_is_over_is_not_there(
    client: httpx.AsyncClient, model: ScriptedModel, settings: Settings
) -> None:
    ada = await somebody(client)
    path = f"/v1/edits/{(await proposed(client, ada, model))['id']}"
    assert (await client.get(path, headers=ada.headers)).status_code == 200
    await let_it_be_over(settings, "proposals", ada)
    assert (await client.get(path, headers=ada.headers)).status_code == 404
    applied = await client.post(f"{path}/apply", json={"accept": "all", "editing": ""}, headers=ada.headers)
    assert applied.status_code == 404
    assert (await client.get("/v1/me/export", headers=ada.headers)).json()["edits"] == []


async def test_a_key_whose_time_is_over_is_free(client: httpx.AsyncClient, settings: Settings) -> None:
    ada = await somebody(client)
    headers = {**ada.headers, "Idempotency-Key": new_id("key")}
    first = await client.post("/v1/conversations", json={"title": "One"}, headers=headers)
    await let_it_be_over(settings, "answers", ada)
    assert (await client.get("/v1/me/export", headers=ada.headers)).json()["answers"] == []
    second = await client.post("/v1/conversations", json={"title": "Two"}, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json()["id"] != first.json()["id"]
    again = await client.post("/v1/conversations", json={"title": "Two"}, headers=headers)
    assert again.json()["id"] == second.json()["id"]
