"""What is kept of a user: noise to whoever has the database, all of it in his export, and none of it after he left."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient

from redraft import main
from redraft.config import Settings
from tests.accounts.conftest import Phones, verify
from tests.accounts.factors import add_factor
from tests.clients import client_of, until
from tests.conftest import make_settings, serving
from tests.edits.test_router import asking, phrase
from tests.people import Person, new_phone, somebody
from tests.scripted_model import Ask, Reply, ScriptedModel, words

LEFT = {"erasures", "owner_keys", "revocations"}
"""Collections that hold the id of an erased user and nothing else: they say that the account is gone for good."""
NOBODYS = {
    "master_keys": "of the deployment",
    "migrations": "of the deployment",
    "migration_leases": "of the deployment",
    "signing_keys": "of the deployment",
    "replicas": "heartbeats",
    "usage_days": "sums over everybody",
    "throttles": "about keyed hashes of numbers and addresses, for a day",
    "invites": "about a keyed hash of a number, until they end",
    "codes": "about a keyed hash of a number, for ten minutes",
    "revocations": "ids of sessions that ended, for two hours",
    "erasures": "of users who have left",
}
"""Collections that say nothing of a user who is there, and why."""
CHAT_MODEL = "openai:gpt-4o"


def mark(field: str) -> str:
    """A text for `field` that stands nowhere else. No word of it is in another's."""
    return f"zebrafinch-{field}-zebrafinch"


def marked(text: str) -> set[str]:
    """Which fields' marks stand in `text`."""
    return set(re.findall(r"zebrafinch-([a-z_]+)-zebrafinch", text))


@pytest.fixture
async def alone(mongodb_url: str, model: ScriptedModel, tmp_path: Path, phones: Phones) -> Settings:
    """A deployment in which everything is kept that can be: budgets, codes, summaries of chats that grew too long."""
    return make_settings(
        mongodb_url,
        model,
        tmp_path,
        monthly_tokens=10_000_000,
        model_chat=CHAT_MODEL,
        model_summarize=CHAT_MODEL,
        model_context_tokens={CHAT_MODEL: 4_000},
        **phones.settings,
    )


@pytest.fixture
async def app(alone: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(alone) as url, client_of(url) as http:
        yield http


async def kept(mongodb_url: str, name: str) -> dict[str, bytes]:
    """Every byte of the deployment's database, by collection."""
    found = {}
    async with AsyncMongoClient[Any](mongodb_url, document_class=RawBSONDocument) as mongo:
        for collection in await mongo[name].list_collection_names():
            found[collection] = b"".join([each.raw async for each in mongo[name][collection].find({})])
    return found


async def operations(mongodb_url: str, name: str) -> bytes:
    """Every byte of the database's operation log that is about this deployment."""
    about = {"ns": {"$regex": f"^{name}[.]"}}
    async with AsyncMongoClient[Any](mongodb_url, document_class=RawBSONDocument) as mongo:
        return b"".join([each.raw async for each in mongo["local"]["oplog.rs"].find(about)])


async def test_a_marker_in_every_field_is_sealed_exported_and_erased(
    app: httpx.AsyncClient, alone: Settings, mongodb_url: str, model: ScriptedModel, phones: Phones
) -> None:
    ada = await somebody(app, name=mark("name"))
    bob = await somebody(app, name="Bob")
    written = await write_everywhere(app, ada, model, phones)
    numbers = [ada.phone, bob.phone, *await ask_about_numbers(app, ada)]

    before = await kept(mongodb_url, alone.mongodb_database)
    log = await operations(mongodb_url, alone.mongodb_database)
    for raw in (*before.values(), log):
        assert marked(raw.decode("latin-1")) == set()
        assert not [number for number in numbers if number[1:].encode() in raw]
    assert ada.id.encode() in log
    hers = {collection for collection, raw in before.items() if ada.id.encode() in raw}
    declared = {each.collection for each in main.INDEXES}
    missing = (declared | set(before)) - hers - set(NOBODYS)
    assert not missing, f"write_everywhere() must write something into {missing}, which it does not reach"

    archive = (await app.get("/v1/me/export", headers=ada.headers)).text
    assert marked(archive) == written - {"idempotency"}, "an idempotency key names a request and is no text of the user"
    assert bob.id not in archive
    assert "argon2" not in archive

    assert (await app.delete("/v1/me", headers=ada.headers)).status_code == 204
    after = await kept(mongodb_url, alone.mongodb_database)
    assert {field for raw in after.values() for field in marked(raw.decode("latin-1"))} == set()
    assert {collection for collection, raw in after.items() if ada.id.encode() in raw} <= LEFT
    assert {collection for collection, raw in after.items() if ada.phone.encode() in raw} == set()
    assert (await app.get("/v1/me", headers=bob.headers)).status_code == 200


async def write_everywhere(app: httpx.AsyncClient, ada: Person, model: ScriptedModel, sms: Phones) -> set[str]:
    """Use everything there is, with a mark in every text. Answers the fields that were marked."""
    chat_run = await talk(app, ada, model)
    await post(app, ada, "/v1/feedback", {"run_id": chat_run, "rating": 1, "comment": mark("comment")})
    await keep_a_document(app, ada)
    await edit(app, ada, model)
    await reflect(app, ada, model)
    await sum_up(app, ada, model)
    await fail(app, ada, model)
    await prove(app, ada, sms)
    return {
        "name", "device", "title", "question", "answer", "summary", "comment", "document_name", "first_version",
        "second_version", "instruction", "draft", "replacement", "note", "reason", "file_name", "fact", "style",
        "message_id", "summed", "digest", "refused", "idempotency",
    }  # fmt: skip


async def post(app: httpx.AsyncClient, ada: Person, path: str, body: dict[str, Any], *, key: str | None = None) -> Any:
    headers = ada.headers | ({"Idempotency-Key": key} if key else {})
    response = await app.post(path, json=body, headers=headers)
    assert response.is_success, response.text
    return response.json() if response.content else None


async def talk(app: httpx.AsyncClient, ada: Person, model: ScriptedModel) -> str:
    """A conversation that outgrows its model, so that the server keeps a running summary of it."""
    conversation = await post(app, ada, "/v1/conversations", {"title": mark("title")})

    def answer(ask: Ask) -> Reply:
        summing_up = "keep the record of a chat" in ask["messages"][0]["content"]
        return Reply(words(mark("summary") if summing_up else mark("answer")))

    model.otherwise = answer
    run_id = ""
    for count in range(4):
        message = {"role": "user", "content": f"{mark('question')} {count} " + "and some more words " * 200}
        turn = {"messages": [message], "conversation_id": conversation["id"], "stream": False}
        key = mark("idempotency") if not count else None
        run_id = (await post(app, ada, "/v1/chat", turn, key=key))["run_id"]
    assert any("keep the record of a chat" in ask["messages"][0]["content"] for ask in model.asked)
    return run_id


async def keep_a_document(app: httpx.AsyncClient, ada: Person) -> None:
    made = await post(
        app, ada, "/v1/documents", {"name": mark("document_name"), "text": f"# {mark('first_version')}\n"}, key="sealed"
    )
    change = {"text": f"# {mark('second_version')}\n", "base_version": 1}
    saved = await app.put(f"/v1/documents/{made['id']}", json=change, headers=ada.headers)
    assert saved.status_code == 200, saved.text


async def edit(app: httpx.AsyncClient, ada: Person, model: ScriptedModel) -> None:
    change = phrase("old word", f"new {mark('replacement')}") | {"reason": mark("reason")}
    model.says(json.dumps({"operations": [change], "note": mark("note")}))
    ask = asking(mark("instruction"), f"An old word. {mark('draft')}\n")
    ask["document"]["name"] = mark("file_name")
    assert (await post(app, ada, "/v1/edits", ask))["hunks"]


async def reflect(app: httpx.AsyncClient, ada: Person, model: ScriptedModel) -> None:
    evidence = [mark("message_id")]
    style, fact, gone = ({"text": mark(each), "message_ids": evidence} for each in ("style", "fact", "deleted fact"))
    model.says(json.dumps({"style": [style], "facts": [fact, gone]}))
    message = {"role": "user", "content": "I keep bees.", "id": mark("message_id")}
    learned = await post(app, ada, "/v1/reflections", {"messages": [message]})
    assert learned["style"]
    deleted = await app.delete(f"/v1/reflections/{learned['facts'][1]['id']}", headers=ada.headers)
    assert deleted.status_code == 204
    assert learned["facts"]


async def sum_up(app: httpx.AsyncClient, ada: Person, model: ScriptedModel) -> None:
    model.says(mark("digest"))
    await post(app, ada, "/v1/summaries", {"messages": [{"role": "user", "content": mark("summed")}]})


async def fail(app: httpx.AsyncClient, ada: Person, model: ScriptedModel) -> None:
    """A turn that ends in an error, with the user's words in what the model's server says of it."""
    model.says(*[Reply(status=400, error={"message": f"bad: {mark('refused')}"})] * 3)
    ask = {"messages": [{"role": "user", "content": mark("refused")}], "stream": False}
    assert (await app.post("/v1/chat", json=ask, headers=ada.headers)).status_code == 502


async def prove(app: httpx.AsyncClient, ada: Person, sms: Phones) -> None:
    """Another login, a code by text message, and a second factor."""
    wish = {"phone": ada.phone, "password": ada.password, "device": mark("device")}
    assert (await app.post("/v1/auth/login", json=wish)).status_code == 200
    await verify(app, sms, ada)
    await add_factor(app, ada)


async def ask_about_numbers(app: httpx.AsyncClient, ada: Person) -> list[str]:
    """Name numbers that nobody has wherever one can be named. Answers them."""
    strange, wished = new_phone(), new_phone()
    assert (await app.post("/v1/auth/login", json={"phone": strange, "password": "a wrong guess"})).status_code == 401
    assert (await app.post("/v1/auth/password-reset", json={"phone": strange})).status_code == 202
    reset = {"phone": strange, "code": "123456", "new_password": "an even better passphrase"}
    assert (await app.post("/v1/auth/password-reset/confirm", json=reset)).status_code == 422
    await post(app, ada, "/v1/me/phone", {"phone": wished, "current_password": ada.password})
    eve = await somebody(app)
    assert (await app.delete("/v1/me", headers=eve.headers)).status_code == 204
    return [strange, wished, eve.phone]


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_turn_that_runs_while_its_user_leaves_asks_and_writes_nothing_more(
    app: httpx.AsyncClient, alone: Settings, mongodb_url: str, model: ScriptedModel, elsewhere: bool
) -> None:
    ada = await somebody(app)
    conversation = await app.post("/v1/conversations", json={}, headers=ada.headers)
    model.says(Reply(["One", " two"], stall_after=1))
    turn = {
        "messages": [{"role": "user", "content": "Count."}],
        "conversation_id": conversation.json()["id"],
        "stream": False,
    }
    talk = asyncio.create_task(app.post("/v1/chat", json=turn, headers=ada.headers))
    await until(lambda: len(model.asked) == 1)
    async with serving(alone) as url, client_of(url) as other:
        leaves_by = other if elsewhere else app
        assert (await leaves_by.delete("/v1/me", headers=ada.headers)).status_code == 204
    assert (await talk).status_code in {401, 404}  # whichever is noticed first: no session, or no such turn
    await until(lambda: model.hung_up == 1)
    left = {
        collection
        for collection, raw in (await kept(mongodb_url, alone.mongodb_database)).items()
        if ada.id.encode() in raw
    }
    assert left <= LEFT
