"""A chat turn with a document: talk about it, or a proposal beside the reply."""

import httpx

from tests.events import events_of
from tests.people import somebody
from tests.scripted_model import ScriptedModel

DOCUMENT = {"original": "# Bees\n\nBees live in hives.\n", "editing": "# Bees\n\nBees live in hives.\n"}


async def test_a_question_is_answered_from_the_document(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    model.says('{"wants": "question"}', "In hives.")
    ask = {"messages": [{"role": "user", "content": "Where do they live?"}], "document": DOCUMENT}
    events = events_of((await client.post("/v1/chat", json=ask, headers=ada.headers)).text)
    assert [event.name for event in events] == ["run", "token", "token", "usage", "done"]
    assert "Bees live in hives." in model.asked[-1]["messages"][0]["content"]


async def test_an_image_is_passed_on_to_a_model_that_sees(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    ask = {"messages": [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}], "stream": False}
    response = await client.post("/v1/chat", json=ask, headers=ada.headers)
    assert response.status_code == 200, "gpt-4o-mini sees"
    assert model.asked[-1]["messages"][-1]["content"][1] == image
