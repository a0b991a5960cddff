"""`POST /v1/chat`, and what it leaves behind."""

import httpx

from tests.events import are_dense, events_of, names_of
from tests.people import somebody
from tests.scripted_model import ScriptedModel


async def test_a_turn_streams_its_tokens_and_ends_with_the_whole_message(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    model.says("Short words help.")
    ask = {"messages": [{"role": "user", "content": "What makes prose good?"}]}
    response = await client.post("/v1/chat", json=ask, headers=ada.headers)
    assert response.headers["content-type"].startswith("text/event-stream")
    events = events_of(response.text)
    assert names_of(events) == ["run", "token", "usage", "done"]
    assert "".join(event.data["text"] for event in events if event.name == "token") == "Short words help."
    assert are_dense(events)
    assert events[-1].data["message"]["content"] == "Short words help."


async def test_a_conversation_is_kept_and_asked_again_with_its_history(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    made = await client.post("/v1/conversations", json={"title": "Prose"}, headers=ada.headers)
    conversation = made.json()["id"]
    for question, answer in [("One?", "First."), ("Two?", "Second.")]:
        model.says(answer)
        ask = {"conversation_id": conversation, "messages": [{"role": "user", "content": question}], "stream": False}
        response = await client.post("/v1/chat", json=ask, headers=ada.headers)
        assert response.status_code == 200, response.text
        assert response.json()["message"]["content"] == answer
        assert response.json()["conversation_id"] == conversation
    kept = await client.get(f"/v1/conversations/{conversation}/messages", headers=ada.headers)
    said = [(message["seq"], message["role"], message["content"]) for message in kept.json()["items"]]
    assert said == [(1, "user", "One?"), (2, "assistant", "First."), (3, "user", "Two?"), (4, "assistant", "Second.")]
    asked = [message["content"] for message in model.asked[-1]["messages"] if message["role"] != "system"]
    assert asked == ["One?", "First.", "Two?"]


async def test_anothers_conversation_is_not_there(client: httpx.AsyncClient) -> None:
    ada, eve = await somebody(client), await somebody(client, "Eve")
    made = await client.post("/v1/conversations", json={}, headers=ada.headers)
    ask = {"conversation_id": made.json()["id"], "messages": [{"role": "user", "content": "Hello"}]}
    assert (await client.post("/v1/chat", json=ask, headers=eve.headers)).status_code == 404
