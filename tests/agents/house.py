"""A deployment with two users who have one of everything, watched while an agent works for one of them."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient, monitoring

from redraft.config import Settings
from tests.agents.watch import ID, NEVER, OF_THE_SERVER, WATCH
from tests.clients import client_of, until
from tests.conftest import make_settings, serving
from tests.edits.test_router import phrase
from tests.events import Event, events_of
from tests.people import Person, somebody
from tests.scripted_model import Reply, ScriptedModel

DRAFT = "# Trip\n\nStart date: 3 June. Bring a hat.\n\n## Costs\n\n- train: 40\n- hotel: 90\n"


@dataclass
class House:
    """A deployment with two users. `forbidden` are the ids of everything that Ada's next turn has no business with."""

    app: httpx.AsyncClient
    settings: Settings
    ada: Person
    conversation: str
    document: str
    forbidden: set[str] = field(default_factory=set)
    at_rest: set[tuple[str, ...]] = field(default_factory=set)


@pytest.fixture(scope="package")
async def house(
    mongodb_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    monitoring.register(WATCH)  # by every client that is made from now on; nothing is recorded but here
    settings = make_settings(mongodb_url, model, tmp_path_factory.mktemp("house"))
    WATCH.begin()
    async with serving(settings) as url, client_of(url) as app:
        await until(WATCH.swept)
        WATCH.on = False
        at_rest = WATCH.unbounded() | {("find", "runs", "lease.replica")}  # the sweep, which may come later
        ada, bob = await somebody(app), await somebody(app, "Bob")
        for each in (bob, ada):
            await live(app, each, model)
        conversation, document = await belongings(app, ada)
        made = House(app, settings, ada, conversation, document, at_rest=at_rest)
        made.forbidden = await others(made)
        yield made


async def belongings(app: httpx.AsyncClient, ada: Person) -> tuple[str, str]:
    """A conversation and a document of hers: their ids."""
    conversation = await app.post("/v1/conversations", json={"title": "Secret plans"}, headers=ada.headers)
    document = await app.post("/v1/documents", json={"name": "a.md", "text": "A secret.\n"}, headers=ada.headers)
    return conversation.json()["id"], document.json()["id"]


async def live(app: httpx.AsyncClient, who: Person, model: ScriptedModel) -> None:
    """One of everything: conversation, document, proposal, reflections, feedback."""
    conversation, _ = await belongings(app, who)
    model.says("Hello.")
    said = {"messages": [{"role": "user", "content": "My secret."}], "conversation_id": conversation, "stream": False}
    run = (await app.post("/v1/chat", json=said, headers=who.headers)).json()["run_id"]
    model.says(answer(phrase("3 June", "10 June")))
    ask = {"messages": [{"role": "user", "content": "Move it."}], "document": {"original": DRAFT, "editing": DRAFT}}
    assert (await app.post("/v1/edits", json=ask, headers=who.headers)).json()["hunks"]
    known = {"style": [{"text": "Short sentences."}], "facts": [{"text": "Keeps bees."}]}
    assert (await app.put("/v1/reflections", json=known, headers=who.headers)).status_code == 200
    rating = {"run_id": run, "rating": 1}
    assert (await app.post("/v1/feedback", json=rating, headers=who.headers)).is_success


async def rows(house: House) -> dict[tuple[str, str], bytes]:
    """Every stored document, by collection and id."""
    assert house.settings.mongodb_url is not None
    url, found = house.settings.mongodb_url.get_secret_value(), {}
    async with AsyncMongoClient[Any](url, document_class=RawBSONDocument) as mongo:
        database = mongo[house.settings.mongodb_database]
        for collection in set(await database.list_collection_names()) - OF_THE_SERVER:
            async for each in database[collection].find({}):
                found[collection, str(each["_id"])] = each.raw
    return found


async def others(house: House) -> set[str]:
    """Every id in the database but those of Ada, her session, her reflections, and this conversation with all in it."""
    mine = {house.ada.id, house.conversation}
    ids: set[str] = set()
    for (collection, _), raw in (await rows(house)).items():
        held = set(ID.findall(raw.decode("latin-1")))
        if house.ada.id in held and (house.conversation in held or collection == "reflections"):
            mine |= held
        ids |= held
    session = await house.app.get("/v1/me/sessions", headers=house.ada.headers)
    mine |= {each["id"] for each in session.json()["items"]}
    assert house.document in ids - mine
    return ids - mine


async def turn(house: House, text: str, draft: str | None) -> httpx.Response:
    ask: dict[str, Any] = {
        "messages": [{"role": "user", "content": text}],
        "conversation_id": house.conversation,
        "stream": True,
    }
    if draft is not None:
        ask["document"] = {"original": draft, "editing": draft}
    return await house.app.post("/v1/chat", json=ask, headers=house.ada.headers)


async def chat(
    house: House, model: ScriptedModel, *says: str | Reply, text: str = "When do we start?", draft: str = DRAFT
) -> list[Event]:
    """The events of a turn in which the model says this."""
    model.says(*says)
    return events_of((await turn(house, text, draft)).text)


async def edit(
    house: House, model: ScriptedModel, *says: str | Reply, text: str = "Improve it.", draft: str = DRAFT
) -> httpx.Response:
    model.says(*says)
    document = {"original": draft, "editing": draft}
    ask = {"messages": [{"role": "user", "content": text}], "document": document}
    return await house.app.post("/v1/edits", json=ask, headers=house.ada.headers)


async def reflect(house: House, model: ScriptedModel, says: str) -> httpx.Response:
    model.says(says)
    ask = {"messages": [{"role": "user", "content": "Be brief.", "id": "m1"}]}
    return await house.app.post("/v1/reflections", json=ask, headers=house.ada.headers)


def answer(*operations: Any, note: str = "Done.") -> str:
    return json.dumps({"operations": operations, "note": note})


@pytest.fixture
async def nothing_else(house: House) -> AsyncIterator[None]:
    """Fails the test if what happened in it reached anything but the run's own."""
    before = await rows(house)
    WATCH.begin()
    yield
    WATCH.on = False
    assert house.ada.id in WATCH.ids()
    assert WATCH.ids() & house.forbidden == set()
    unexpected = WATCH.unbounded() - house.at_rest
    assert not unexpected, unexpected
    assert WATCH.collections() & NEVER == set()
    after = await rows(house)
    changed = {place for place, raw in before.items() if after.get(place) != raw}
    assert not [place for place in changed if place[0] in NEVER or house.forbidden & set(ID.findall(place[1]))]
