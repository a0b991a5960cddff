"""What stands in the database: noise to whoever reads it, and to whoever moves it about."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from redraft.config import Settings
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import Person, somebody
from tests.scripted_model import ScriptedModel

Raw = AsyncDatabase[dict[str, Any]]


@pytest.fixture(scope="module")
def alone(mongodb_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    directory: Path = tmp_path_factory.mktemp("at-rest")
    return make_settings(mongodb_url, model, directory)


@pytest.fixture(scope="module")
async def app(alone: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(alone) as url, client_of(url) as http:
        yield http


@pytest.fixture
async def raw(mongodb_url: str, alone: Settings) -> AsyncIterator[Raw]:
    async with AsyncMongoClient[dict[str, Any]](mongodb_url) as mongo:
        yield mongo[alone.mongodb_database]


async def two_of(app: httpx.AsyncClient, path: str, who: Person, *bodies: dict[str, Any]) -> list[str]:
    made = [await app.post(path, json=body, headers=who.headers) for body in bodies]
    return [each.json()["id"] for each in made]


@pytest.mark.parametrize(
    ("path", "collection", "field", "bodies"),
    [
        ("/v1/conversations", "conversations", "title", ({"title": "mine"}, {"title": "yours"})),
        ("/v1/documents", "documents", "name", ({"name": "mine", "text": "a"}, {"name": "yours", "text": "b"})),
        ("/v1/documents", "documents", "newest.text", ({"name": "n", "text": "mine"}, {"name": "n", "text": "yours"})),
    ],
)
async def test_a_text_that_is_moved_to_another_record_is_not_shown(
    app: httpx.AsyncClient, raw: Raw, path: str, collection: str, field: str, bodies: tuple[dict[str, Any], ...]
) -> None:
    ada = await somebody(app)
    here, there = await two_of(app, path, ada, *bodies)
    kept = await raw[collection].find_one({"_id": there})
    assert kept is not None
    for name in field.split("."):
        kept = kept[name]
    await raw[collection].update_one({"_id": here}, {"$set": {field: kept}})
    shown = await app.get(f"{path}/{here}", headers=ada.headers)
    assert shown.status_code == 500
    assert "yours" not in shown.text
    assert (await app.get(f"{path}/{there}", headers=ada.headers)).status_code == 200


async def test_an_older_text_cannot_be_put_back_as_the_newest(app: httpx.AsyncClient, raw: Raw) -> None:
    ada = await somebody(app)
    [document] = await two_of(app, "/v1/documents", ada, {"name": "n", "text": "before"})
    earlier = await raw["documents"].find_one({"_id": document})
    change = {"text": "after", "base_version": 1}
    assert (await app.put(f"/v1/documents/{document}", json=change, headers=ada.headers)).status_code == 200
    assert earlier is not None
    await raw["documents"].update_one({"_id": document}, {"$set": {"newest.text": earlier["newest"]["text"]}})
    assert (await app.get(f"/v1/documents/{document}", headers=ada.headers)).status_code == 500


async def test_the_key_of_a_turn_is_kept_as_a_keyed_hash_and_an_old_one_still_counts(
    app: httpx.AsyncClient, raw: Raw, model: ScriptedModel
) -> None:
    ada = await somebody(app)
    model.says("Hello.")
    ask = {"messages": [{"role": "user", "content": "Hi."}], "stream": False}
    headers = ada.headers | {"Idempotency-Key": "my-own-name-for-it"}
    first = (await app.post("/v1/chat", json=ask, headers=headers)).json()["run_id"]
    run = await raw["runs"].find_one({"_id": first})
    assert run is not None
    assert run["idempotency"]["key"] != "my-own-name-for-it"

    # As a replica of an earlier version has kept it: both as they came.
    body = app.build_request("POST", "/v1/chat", json=ask).content
    plain = hashlib.sha256(b"POST /v1/chat\n" + body).hexdigest()
    assert run["idempotency"]["fingerprint"] != plain
    as_before = {"key": "my-own-name-for-it", "fingerprint": plain}
    for kept in (run["idempotency"], as_before):
        await raw["runs"].update_one({"_id": first}, {"$set": {"idempotency": kept}})
        assert (await app.post("/v1/chat", json=ask, headers=headers)).json()["run_id"] == first
        other = {"messages": [{"role": "user", "content": "Ho."}], "stream": False}
        assert (await app.post("/v1/chat", json=other, headers=headers)).json()["code"] == "idempotency_key_reused"
    assert len(model.asked) == 1
