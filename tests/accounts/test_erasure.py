"""What is kept of a user: noise to whoever has the database, all of it in his export, and none of it after he left."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient

from redraft.config import Settings
from tests.conftest import make_settings, serving
from tests.edits.test_router import answers, asking, phrase
from tests.people import somebody
from tests.scripted_model import Reply, ScriptedModel, words

MARK = "zebrafinch"
LEFT = {"erasures", "owner_keys"}
"""Collections that hold the id of an erased user and nothing else of him: they say that he is gone, and stays gone."""


@pytest.fixture
async def alone(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> Settings:
    return make_settings(mongodb_url, model, tmp_path)


@pytest.fixture
async def app(alone: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(alone) as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
        yield http


async def kept(mongodb_url: str, name: str) -> dict[str, bytes]:
    """Every byte of the deployment's database, by collection."""
    found = {}
    async with AsyncMongoClient[Any](mongodb_url, document_class=RawBSONDocument) as mongo:
        for collection in await mongo[name].list_collection_names():
            found[collection] = b"".join([each.raw async for each in mongo[name][collection].find({})])
    return found


async def test_a_marker_in_every_field_is_sealed_exported_and_erased(
    app: httpx.AsyncClient, alone: Settings, mongodb_url: str, model: ScriptedModel
) -> None:
    ada = await somebody(app, name="Ada")
    bob = await somebody(app, name="Bob")
    model.says(f"answer {MARK}")
    conversation = await app.post("/v1/conversations", json={"title": f"title {MARK}"}, headers=ada.headers)
    turn = {
        "messages": [{"role": "user", "content": f"question {MARK}"}],
        "conversation_id": conversation.json()["id"],
        "stream": False,
    }
    chat = await app.post("/v1/chat", json=turn, headers=ada.headers)
    assert chat.status_code == 200, chat.text
    document = {"name": f"name {MARK}", "text": f"# First {MARK}\n"}
    made = await app.post("/v1/documents", json=document, headers=ada.headers)
    change = {"text": f"# Second {MARK}\n", "base_version": 1}
    path = f"/v1/documents/{made.json()['id']}"
    assert (await app.put(path, json=change, headers=ada.headers)).status_code == 200
    rating = {"run_id": chat.json()["run_id"], "rating": 1, "comment": f"comment {MARK}"}
    feedback = await app.post("/v1/feedback", json=rating, headers=ada.headers)
    assert feedback.status_code in {200, 201, 204}, feedback.text

    answers(model, phrase("old word", f"new word {MARK}"), note=f"note {MARK}")
    edit = await app.post("/v1/edits", json=asking(f"instruction {MARK}", f"old word {MARK}\n"), headers=ada.headers)
    assert edit.status_code == 200, edit.text
    assert edit.json()["hunks"], edit.text

    for collection, raw in (await kept(mongodb_url, alone.mongodb_database)).items():
        assert MARK.encode() not in raw, f"{collection} holds text in the clear"

    archive = (await app.get("/v1/me/export", headers=ada.headers)).text
    for written in ("answer", "title", "question", "name", "# First", "# Second", "comment", "instruction", "new word"):
        assert f"{written} {MARK}" in archive
    assert bob.id not in archive

    assert (await app.delete("/v1/me", headers=ada.headers)).status_code == 204
    left = {
        collection
        for collection, raw in (await kept(mongodb_url, alone.mongodb_database)).items()
        if ada.id.encode() in raw or ada.phone.encode() in raw
    }
    assert left <= LEFT
    assert (await app.get("/v1/me", headers=bob.headers)).status_code == 200


async def test_a_turn_that_runs_while_its_user_leaves_writes_nothing_more(
    app: httpx.AsyncClient, alone: Settings, mongodb_url: str, model: ScriptedModel
) -> None:
    ada = await somebody(app)
    conversation = await app.post("/v1/conversations", json={}, headers=ada.headers)
    model.says(Reply(words("one two three four five six seven eight"), token_seconds=0.1))
    turn = {
        "messages": [{"role": "user", "content": "Count."}],
        "conversation_id": conversation.json()["id"],
        "stream": False,
    }
    talk = asyncio.create_task(app.post("/v1/chat", json=turn, headers=ada.headers))
    await asyncio.sleep(0.3)
    assert (await app.delete("/v1/me", headers=ada.headers)).status_code == 204
    assert (await talk).status_code >= 400
    left = {
        collection
        for collection, raw in (await kept(mongodb_url, alone.mongodb_database)).items()
        if ada.id.encode() in raw
    }
    assert left <= LEFT
