"""`POST /v1/summaries`, and the running summaries of long chats."""

from pathlib import Path

import httpx

from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import somebody
from tests.scripted_model import Reply, ScriptedModel

LONG = [{"role": ("user", "assistant")[n % 2], "content": f"Message {n}. " + "words " * 120} for n in range(40)]


async def test_messages_are_summed_up(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    model.says("They chose the storm of 1703.")
    ask = {"messages": [{"role": "user", "content": "Open with the storm."}], "previous": "An essay is planned."}
    response = await client.post("/v1/summaries", json=ask, headers=ada.headers)
    assert response.status_code == 200, response.text
    assert response.json()["summary"] == "They chose the storm of 1703."
    assert response.json()["usage"]["output_tokens"] == 6
    assert 0 < response.json()["usage"]["time_to_first_token"] <= response.json()["usage"]["duration"]
    asked = model.asked[0]["messages"][-1]["content"]
    assert "An essay is planned." in asked
    assert "Open with the storm." in asked


async def test_a_conversation_is_summed_up_and_anothers_is_not_there(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada, eve = await somebody(client), await somebody(client, "Eve")
    made = (await client.post("/v1/conversations", json={}, headers=ada.headers)).json()["id"]
    empty = await client.post("/v1/summaries", json={"conversation_id": made}, headers=ada.headers)
    assert empty.status_code == 422
    turn = {"conversation_id": made, "messages": [{"role": "user", "content": "Marigolds?"}], "stream": False}
    await client.post("/v1/chat", json=turn, headers=ada.headers)
    summed = await client.post("/v1/summaries", json={"conversation_id": made}, headers=ada.headers)
    assert summed.status_code == 200
    assert "Marigolds?" in model.asked[-1]["messages"][-1]["content"]
    stolen = await client.post("/v1/summaries", json={"conversation_id": made}, headers=eve.headers)
    assert stolen.status_code == 404


async def test_a_long_chat_is_summed_up_once_and_answered_from_the_summary(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    settings = make_settings(mongodb_url, model, tmp_path, model_context_tokens={"openai:gpt-4o-mini": 4_096})
    model.otherwise = lambda ask: Reply(["They talked of marigolds."])
    async with serving(settings) as url, client_of(url) as client:
        ada = await somebody(client)
        chat = [*LONG, {"role": "user", "content": "So?"}]
        first = await client.post("/v1/chat", json={"messages": chat, "stream": False}, headers=ada.headers)
        assert first.status_code == 200, first.text
        paid = len(model.asked)
        assert paid > 1
        told = model.asked[-1]["messages"]
        assert "They talked of marigolds." in told[0]["content"]
        assert told[-1]["content"] == "So?"
        chat += [{"role": "assistant", "content": "Yes."}, {"role": "user", "content": "And then?"}]
        await client.post("/v1/chat", json={"messages": chat, "stream": False}, headers=ada.headers)
        assert len(model.asked) == paid + 1, "the summary was known"
        assert "They talked of marigolds." in model.asked[-1]["messages"][0]["content"]
