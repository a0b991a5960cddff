"""A chat turn with a document: talk about it, or a proposal beside the reply."""

import json
from pathlib import Path

import httpx

from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.events import events_of, names_of
from tests.images import PNG
from tests.people import somebody
from tests.scripted_model import ScriptedModel

DOCUMENT = {"original": "# Bees\n\nBees live in hives.\n", "editing": "# Bees\n\nBees live in hives.\n"}


async def test_a_question_is_answered_from_the_document(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    model.says('{"wants": "question"}', "In hives.")
    ask = {"messages": [{"role": "user", "content": "Where do they live?"}], "document": DOCUMENT}
    events = events_of((await client.post("/v1/chat", json=ask, headers=ada.headers)).text)
    assert names_of(events) == ["run", "token", "usage", "done"]
    assert "Bees live in hives." in model.asked[-1]["messages"][0]["content"]


async def test_thanks_are_answered_in_words(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    model.says('{"wants": "chat"}', "You are welcome.")
    ask = {"messages": [{"role": "user", "content": "Thank you!"}], "document": DOCUMENT, "stream": False}
    answer = (await client.post("/v1/chat", json=ask, headers=ada.headers)).json()
    assert (answer["message"]["content"], answer["proposal"]) == ("You are welcome.", None)


async def test_a_request_ends_in_a_proposal_that_can_be_applied(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    change = {"op": "replace_phrase", "find": "hives", "text": "nests", "everywhere": False, "reason": "as asked"}
    model.says('{"wants": "change"}', json.dumps({"operations": [change], "note": "They live in nests now."}))
    ask = {"messages": [{"role": "user", "content": "Say nests, not hives."}], "document": DOCUMENT}
    events = events_of((await client.post("/v1/chat", json=ask, headers=ada.headers)).text)
    assert [event.name for event in events] == ["run", "hunk", "token", "proposal", "usage", "done"]
    proposal = events[3].data
    assert events[1].data == proposal["hunks"][0]
    assert proposal["usage"]["output_tokens"] == events[4].data["output_tokens"] > 0
    assert proposal["document"] == DOCUMENT["editing"].replace("hives", "nests")
    assert events[-1].data["message"]["content"] == "They live in nests now."
    typed = DOCUMENT["editing"] + "\nThey dance.\n"
    body = {"accept": "all", "editing": typed}
    applied = await client.post(f"/v1/edits/{proposal['id']}/apply", json=body, headers=ada.headers)
    assert applied.json() == {"document": typed.replace("hives", "nests"), "conflicts": []}


async def test_an_image_is_passed_on_to_a_model_that_sees(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    image = {"type": "image_url", "image_url": {"url": PNG}}
    ask = {"messages": [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}], "stream": False}
    response = await client.post("/v1/chat", json=ask, headers=ada.headers)
    assert response.status_code == 200, "gpt-4o-mini sees"
    assert model.asked[-1]["messages"][-1]["content"][1] == image


async def test_an_image_is_refused_for_a_model_that_sees_none(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    settings = make_settings(mongodb_url, model, tmp_path, model_sees_images={"openai:gpt-4o-mini": False})
    async with serving(settings) as url, client_of(url) as client:
        ada = await somebody(client)
        image = {"type": "image_url", "image_url": {"url": PNG}}
        ask = {"messages": [{"role": "user", "content": [image]}]}
        response = await client.post("/v1/chat", json=ask, headers=ada.headers)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "messages")
    assert not model.asked
