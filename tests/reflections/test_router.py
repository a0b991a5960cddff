"""`/v1/reflections`: learned, kept, told to the agents, rewritten, forgotten."""

import json
from typing import Any

import httpx

from tests.people import somebody
from tests.scripted_model import ScriptedModel

CHAT = {"messages": [{"role": "user", "content": "Always British spelling. I keep bees.", "id": "m7"}]}


def says(style: list[str], facts: list[str], evidence: str = "m7") -> str:
    def items(texts: list[str]) -> list[dict[str, Any]]:
        return [{"text": text, "message_ids": [evidence]} for text in texts]

    return json.dumps({"style": items(style), "facts": items(facts)})


async def test_what_was_learned_is_answered_kept_and_told(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    model.says(says(["Use British spelling."], ["Keeps bees."]))
    response = await client.post("/v1/reflections", json=CHAT, headers=ada.headers)
    assert response.status_code == 200, response.text
    learned = response.json()
    assert [(each["text"], each["message_ids"]) for each in learned["style"]] == [("Use British spelling.", ["m7"])]
    kept = (await client.get("/v1/reflections", headers=ada.headers)).json()
    assert kept == {"style": learned["style"], "facts": learned["facts"]}
    ask = {"messages": [{"role": "user", "content": "Hello"}], "stream": False}
    await client.post("/v1/chat", json=ask, headers=ada.headers)
    told = model.asked[-1]["messages"][0]["content"]
    assert "Use British spelling." in told
    assert "Keeps bees." in told


async def test_a_message_without_an_id_is_named_by_its_place(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    model.says(says(["Be brief."], [], evidence="0"))
    chat = {"messages": [{"role": "user", "content": "Be brief."}]}
    response = await client.post("/v1/reflections", json=chat, headers=ada.headers)
    assert response.json()["style"][0]["message_ids"] == ["0"]


async def test_they_are_rewritten_and_forgotten(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada, eve = await somebody(client), await somebody(client, "Eve")
    model.says(says(["Use British spelling."], ["Keeps bees."]))
    learned = (await client.post("/v1/reflections", json=CHAT, headers=ada.headers)).json()
    fact = {**learned["facts"][0], "text": "Keeps bees in Kent."}
    wanted = {"style": [{"text": "Short sentences."}], "facts": [fact]}
    put = await client.put("/v1/reflections", json=wanted, headers=ada.headers)
    assert put.status_code == 200, put.text
    kept = (await client.get("/v1/reflections", headers=ada.headers)).json()
    assert kept == put.json()
    [changed] = kept["facts"]
    assert (changed["id"], changed["text"], changed["origin"]) == (fact["id"], "Keeps bees in Kent.", "user")
    assert [each["text"] for each in kept["style"]] == ["Short sentences."]
    stolen = await client.put("/v1/reflections", json={"facts": [fact]}, headers=eve.headers)
    assert stolen.json()["facts"][0]["id"] != fact["id"], "an id of another user is nobody's here"
    assert (await client.get("/v1/reflections", headers=ada.headers)).json() == kept
    assert (await client.delete("/v1/reflections", headers=ada.headers)).status_code == 204
    assert (await client.get("/v1/reflections", headers=ada.headers)).json() == {"style": [], "facts": []}


async def test_either_messages_or_a_conversation(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    for body in ({}, {**CHAT, "conversation_id": "conv_1"}):
        assert (await client.post("/v1/reflections", json=body, headers=ada.headers)).status_code == 422
    unknown = await client.post("/v1/reflections", json={"conversation_id": "conv_1"}, headers=ada.headers)
    assert unknown.status_code == 404


async def test_a_conversations_messages_are_named_by_their_ids(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    made = (await client.post("/v1/conversations", json={}, headers=ada.headers)).json()["id"]
    turn = {"conversation_id": made, "messages": [{"role": "user", "content": "Be brief."}], "stream": False}
    await client.post("/v1/chat", json=turn, headers=ada.headers)
    first = (await client.get(f"/v1/conversations/{made}/messages", headers=ada.headers)).json()["items"][0]
    model.says(says(["Be brief."], [], evidence=first["id"]))
    learned = await client.post("/v1/reflections", json={"conversation_id": made}, headers=ada.headers)
    assert learned.json()["style"][0]["message_ids"] == [first["id"]]
