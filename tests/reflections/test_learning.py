"""Learning as an edit of what is known: shown, held against the chat, stored, and undone by the user."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.events import events_of
from tests.people import Person, somebody
from tests.scripted_model import Ask, Reply, ScriptedModel, words

OLD, NEW = "2026-01-01T10:00:00Z", "2026-06-01T10:00:00Z"


def claims(facts: list[dict[str, Any]] | None = None, **more: list[dict[str, Any]]) -> str:
    return json.dumps({"style": [], "facts": facts or [], **more})


def fact(text: str, quote: str, message: str = "m1", **more: str) -> dict[str, Any]:
    return {"message_ids": [message], "quote": quote, "text": text, **more}


def chat(*said: str, at: str | None = None, name: str = "a") -> dict[str, Any]:
    """Messages of the user, each with its answer."""
    messages: list[dict[str, Any]] = []
    for number, text in enumerate(said):
        messages.append({"role": "user", "content": text, "id": f"{name}{number}"})
        messages.append({"role": "assistant", "content": "Noted.", "id": f"{name}{number}+"})
        if at:
            messages[-2]["created_at"] = messages[-1]["created_at"] = at
    return {"messages": messages}


def keys_of(schema: dict[str, Any]) -> set[str]:
    """The names of all fields that an answer of this form has."""
    found = set(schema.get("properties", {}))
    for each in [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]:
        found |= keys_of(each)
    return found


async def learn(client: httpx.AsyncClient, ada: Person, body: dict[str, Any]) -> dict[str, Any]:
    response = await client.post("/v1/reflections", json=body, headers=ada.headers)
    assert response.status_code == 200, response.text
    learned: dict[str, Any] = response.json()
    return learned


async def known(client: httpx.AsyncClient, ada: Person) -> list[dict[str, Any]]:
    found = (await client.get("/v1/reflections", headers=ada.headers)).json()
    return [*found["style"], *found["facts"]]


def changing(do: str, text: str, quote: str, of: str = "k1") -> Callable[[Ask], Reply]:
    """An answer that changes the item which the model was told under this id."""

    def answer(ask: Ask) -> Reply:
        assert f"[{of}] " in ask["messages"][-1]["content"], "the model is shown what is known"
        change = {"id": of, "do": do, "message_ids": ["m1"], "quote": quote, "text": text}
        return Reply(words(claims(changes=[change])))

    return answer


async def test_an_item_comes_with_its_evidence_and_an_event_says_what_became_of_it(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    model.says(claims([fact("Keeps bees.", "i keep  BEES"), fact("Flies planes.", "I fly planes")]))
    learned = await learn(client, ada, chat("I keep bees in Kent.", at=OLD))
    [kept] = await known(client, ada)
    assert [kept] == learned["facts"] == learned["memory"]["learned"]
    assert kept["evidence"] == [{"message_id": "a0", "quote": "I keep bees", "at": OLD, "conversation_id": None}]
    assert (kept["origin"], kept["confirmed"], kept["scope"]) == ("learned", False, {"of": "user", "id": None})
    assert learned["memory"]["left_out"] == [{"text": "Flies planes.", "why": "not said"}]
    replay = await client.get(f"/v1/runs/{learned['run_id']}/events", headers=ada.headers)
    [told] = [event.data for event in events_of(replay.text) if event.name == "memory"]
    assert told == learned["memory"]


async def test_alike_is_not_the_same(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    await client.put("/v1/reflections", json={"facts": [{"text": "Is allergic to walnuts."}]}, headers=ada.headers)
    model.says(claims([fact("Is allergic to peanuts.", "allergic to peanuts")]))
    await learn(client, ada, chat("I am allergic to peanuts, too."))
    assert [each["text"] for each in await known(client, ada)] == ["Is allergic to walnuts.", "Is allergic to peanuts."]


async def test_a_message_with_many_rules_teaches_them_all(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    rules = ["No emojis.", "British spelling.", "Short sentences.", "No passive.", "Oxford comma.", "Dates as 3 May."]

    def all_of_them(ask: Ask) -> Reply:
        form = ask["response_format"]["json_schema"]["schema"]["properties"]["style"]
        assert form["maxItems"] >= len(rules)
        return Reply(words(json.dumps({"style": [fact(each, each) for each in rules], "facts": []})))

    model.says(all_of_them)
    await learn(client, ada, chat(" ".join(rules)))
    assert [each["text"] for each in await known(client, ada)] == rules


async def test_what_is_said_anew_replaces_and_what_is_taken_back_goes(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    model.says(claims([fact("Lives in Kent.", "live in Kent"), fact("Has a daughter.", "have a daughter")]))
    await learn(client, ada, chat("I live in Kent and have a daughter.", at=OLD))
    model.says(changing("replace", "Lives in Hanoi.", "moved to Hanoi"))
    changed = (await learn(client, ada, chat("I moved to Hanoi.", at=NEW, name="b")))["memory"]["changed"]
    assert [(each["before"], each["item"]["text"]) for each in changed] == [("Lives in Kent.", "Lives in Hanoi.")]
    model.says(changing("remove", "", "Forget that I have a daughter", of="k2"))
    gone = (await learn(client, ada, chat("Forget that I have a daughter.", at=NEW, name="c")))["memory"]["forgotten"]
    assert [each["text"] for each in gone] == ["Has a daughter."]
    assert [each["text"] for each in await known(client, ada)] == ["Lives in Hanoi."]


async def test_the_same_in_other_words_is_one_item_with_both_sources(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    model.says(claims([fact("Keeps bees.", "keep bees")]))
    await learn(client, ada, chat("I keep bees.", at=OLD))
    model.says(changing("same", "", "my hives"))
    await learn(client, ada, chat("As I said, my hives take time.", at=NEW, name="b"))
    [only] = await known(client, ada)
    assert only["message_ids"] == ["a0", "b0"]
    assert [each["quote"] for each in only["evidence"]] == ["keep bees", "my hives"]


async def test_the_users_own_item_is_contradicted_beside_and_they_decide(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    put = await client.put("/v1/reflections", json={"facts": [{"text": "Lives in Kent."}]}, headers=ada.headers)
    [own] = put.json()["facts"]
    assert own["origin"] == "user"
    model.says(changing("replace", "Lives in Hanoi.", "moved to Hanoi"))
    learned = await learn(client, ada, chat("I moved to Hanoi."))
    [item] = learned["memory"]["contradicted"]
    assert (item["text"], item["contradiction"]["text"]) == ("Lives in Kent.", "Lives in Hanoi.")
    assert [each["text"] for each in await known(client, ada)] == ["Lives in Kent."]
    decided = await client.patch(f"/v1/reflections/{own['id']}", json={"contradiction": "accept"}, headers=ada.headers)
    assert (decided.json()["text"], decided.json()["contradiction"]) == ("Lives in Hanoi.", None)
    assert [each["text"] for each in await known(client, ada)] == ["Lives in Hanoi."]


async def test_what_is_accepted_keeps_the_address_that_the_user_said(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    put = await client.put("/v1/reflections", json={"facts": [{"text": "Has no site."}]}, headers=ada.headers)
    model.says(changing("replace", "The site is https://ada.example.", "site is https://ada.example"))
    await learn(client, ada, chat("My site is https://ada.example now."))
    path = f"/v1/reflections/{put.json()['facts'][0]['id']}"
    await client.patch(path, json={"contradiction": "accept"}, headers=ada.headers)
    ask = {"messages": [{"role": "user", "content": "Hello"}], "stream": False}
    await client.post("/v1/chat", json=ask, headers=ada.headers)
    assert "https://ada.example" in model.asked[-1]["messages"][0]["content"]


async def test_what_is_accepted_as_forgotten_is_deleted_and_stays_so(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    put = await client.put("/v1/reflections", json={"facts": [{"text": "Has a daughter."}]}, headers=ada.headers)
    model.says(changing("remove", "", "forget my daughter"))
    await learn(client, ada, chat("Please forget my daughter."))
    path = f"/v1/reflections/{put.json()['facts'][0]['id']}"
    accepted = await client.patch(path, json={"contradiction": "accept"}, headers=ada.headers)
    assert (accepted.status_code, accepted.json()) == (200, None)
    assert await known(client, ada) == []
    model.says(claims([fact("Has a daughter.", "a daughter")]))
    old = await learn(client, ada, chat("I have a daughter.", at=OLD, name="b"))
    assert [each["why"] for each in old["memory"]["left_out"]] == ["deleted"]


async def test_what_was_deleted_does_not_return_from_an_old_chat_but_from_a_new_statement(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    model.says(claims([fact("Has a daughter, Ana.", "my daughter Ana")]))
    await learn(client, ada, chat("I do it for my daughter Ana.", at=OLD))
    [item] = await known(client, ada)
    gone = await client.delete(f"/v1/reflections/{item['id']}", headers=ada.headers)
    assert gone.status_code == 204
    assert (await client.delete(f"/v1/reflections/{item['id']}", headers=ada.headers)).status_code == 404

    def again(ask: Ask) -> Reply:
        assert "Has a daughter, Ana." in ask["messages"][-1]["content"], "the model is told what was deleted"
        return Reply(words(claims([fact("Ana is the daughter.", "my daughter Ana")])))

    model.says(again)
    old = await learn(client, ada, chat("I do it for my daughter Ana.", at=OLD) | {"again": True})
    assert old["memory"]["left_out"] == [{"text": "Ana is the daughter.", "why": "deleted"}]
    assert await known(client, ada) == []
    model.says(claims([fact("Ana is the daughter.", "my daughter Ana")]))
    await learn(client, ada, chat("Remember my daughter Ana.", name="b"))
    assert [each["text"] for each in await known(client, ada)] == ["Ana is the daughter."]


async def test_nothing_is_learned_twice_from_the_same_messages(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    model.says(claims([fact("Keeps bees.", "keep bees")]))
    await learn(client, ada, chat("I keep bees."))
    again = await learn(client, ada, chat("I keep bees."))
    assert (again["usage"]["input_tokens"], len(model.asked)) == (0, 1)
    model.says(claims([fact("Lives in Kent.", "live in Kent")]))
    await learn(client, ada, chat("I keep bees.", "I live in Kent."))
    told = model.asked[-1]["messages"][-1]["content"]
    assert "[m1] Writer: I live in Kent." in told
    assert "[m2]" not in told, "nothing rests on what was learned from before"
    assert [each["text"] for each in await known(client, ada)] == ["Keeps bees.", "Lives in Kent."]


async def test_what_belongs_to_a_document_or_a_conversation_is_told_only_there(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    one = (await client.post("/v1/conversations", json={}, headers=ada.headers)).json()["id"]
    for said in ("The title stays in capitals.", "Call me Ada here."):
        turn = {"conversation_id": one, "messages": [{"role": "user", "content": said}], "stream": False}
        await client.post("/v1/chat", json=turn, headers=ada.headers)
    thesis = {"original": "", "editing": "# Thesis\n", "name": "thesis.md"}
    model.says(claims([
        fact("The title stays in capitals.", "title stays in capitals", about="document"),
        fact("Is called Ada.", "Call me Ada", "m2", about="chat"),
    ]))  # fmt: skip
    learned = await learn(client, ada, {"conversation_id": one, "document": thesis})
    assert [each["scope"] for each in learned["facts"]] == [
        {"of": "document", "id": "thesis.md"}, {"of": "conversation", "id": one},
    ]  # fmt: skip

    async def told(**more: Any) -> str:
        ask = {"messages": [{"role": "user", "content": "What now?"}], "stream": False, **more}
        assert (await client.post("/v1/chat", json=ask, headers=ada.headers)).status_code == 200
        return str(model.asked[-1]["messages"][0]["content"])

    model.otherwise = lambda ask: Reply(['{"wants": "question"}' if "response_format" in ask else "Yes."])
    assert "capitals" not in await told()
    assert "capitals" not in await told(document={**thesis, "name": "flyer.md"})
    assert "capitals" in await told(document=thesis)
    assert "Is called Ada." in await told(conversation_id=one)
    moved = await client.patch(
        f"/v1/reflections/{learned['facts'][0]['id']}", json={"scope": {"of": "user"}}, headers=ada.headers
    )
    assert moved.json()["scope"] == {"of": "user", "id": None}
    assert "capitals" in await told()


async def test_a_conversation_can_be_kept_out_of_learning(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    made = (await client.post("/v1/conversations", json={"learn": False}, headers=ada.headers)).json()
    assert made["learn"] is False
    turn = {"conversation_id": made["id"], "messages": [{"role": "user", "content": "I keep bees."}], "stream": False}
    await client.post("/v1/chat", json=turn, headers=ada.headers)
    body = {"conversation_id": made["id"]}
    refused = await client.post("/v1/reflections", json=body, headers=ada.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "learning_off")
    path = f"/v1/conversations/{made['id']}"
    assert (await client.patch(path, json={"title": "Bees"}, headers=ada.headers)).json()["learn"] is False
    assert (await client.patch(path, json={"learn": True}, headers=ada.headers)).json()["title"] == "Bees"
    model.says(claims([fact("Keeps bees.", "keep bees")]))
    [item] = (await learn(client, ada, body))["facts"]
    assert item["evidence"][0]["conversation_id"] == made["id"]


async def test_a_deployment_can_learn_nothing_at_all(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> None:
    async with serving(make_settings(mongodb_url, model, tmp_path, learning=False)) as url, client_of(url) as client:
        ada = await somebody(client)
        refused = await client.post("/v1/reflections", json=chat("I keep bees."), headers=ada.headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "learning_off")
        assert not model.asked


async def test_one_item_is_edited_confirmed_and_moved(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada, eve = await somebody(client), await somebody(client, "Eve")
    model.says(claims([fact("Use British spelling.", "British spelling")]))
    [item] = (await learn(client, ada, chat("British spelling, please.")))["facts"]
    path = f"/v1/reflections/{item['id']}"
    assert (await client.patch(path, json={"confirmed": True}, headers=eve.headers)).status_code == 404
    confirmed = (await client.patch(path, json={"confirmed": True, "kind": "style"}, headers=ada.headers)).json()
    assert (confirmed["confirmed"], confirmed["origin"]) == (True, "learned")
    found = (await client.get("/v1/reflections", headers=ada.headers)).json()
    assert ([each["id"] for each in found["style"]], found["facts"]) == ([item["id"]], [])
    edited = (await client.patch(path, json={"text": " Use  Irish spelling. "}, headers=ada.headers)).json()
    assert (edited["text"], edited["origin"]) == ("Use Irish spelling.", "user")
    for wrong, field in (
        ({"scope": {"of": "document"}}, "scope.id"), ({"contradiction": "accept"}, "contradiction"),
        ({"text": " "}, "text"),
    ):  # fmt: skip
        refused = await client.patch(path, json=wrong, headers=ada.headers)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == field
    assert [each["text"] for each in await known(client, ada)] == ["Use Irish spelling."]


async def test_an_item_that_the_user_deletes_while_it_is_learned_from_stays_deleted(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    model.says(claims([fact("Lives in Kent.", "live in Kent")]))
    [item] = (await learn(client, ada, chat("I live in Kent.", at=OLD)))["facts"]
    change = {"id": "k1", "do": "replace", "message_ids": ["m1"], "quote": "moved to Hanoi", "text": "Lives in Hanoi."}

    def meanwhile(ask: Ask) -> Reply:
        deleting.append(asyncio.ensure_future(client.delete(f"/v1/reflections/{item['id']}", headers=ada.headers)))
        return Reply(words(claims(changes=[change])), first_token_seconds=0.5)

    deleting: list[Any] = []
    model.says(meanwhile)
    await learn(client, ada, chat("I moved to Hanoi.", at=NEW, name="b"))
    assert (await deleting[0]).status_code == 204
    assert await known(client, ada) == []


async def test_what_does_not_fit_an_agents_context_is_named(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    small = make_settings(mongodb_url, model, tmp_path, model_context_tokens={"openai:gpt-4o-mini": 6_000})
    async with serving(small) as url, client_of(url) as client:
        ada = await somebody(client)
        many = {"facts": [{"text": f"Fact {number}: {'of some weight, ' * 9}yes."} for number in range(50)]}
        assert (await client.put("/v1/reflections", json=many, headers=ada.headers)).status_code == 200
        ask = {"messages": [{"role": "user", "content": "Hello"}]}
        events = events_of((await client.post("/v1/chat", json=ask, headers=ada.headers)).text)
    told = model.asked[-1]["messages"][0]["content"]
    left_out = [each["text"] for event in events if event.name == "memory" for each in event.data["left_out"]]
    assert all((each["text"] in told) != (each["text"] in left_out) for each in many["facts"])
    assert 0 < len(left_out) < 50


async def test_only_once_a_day_it_is_noted_that_an_item_was_told(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    await client.put("/v1/reflections", json={"facts": [{"text": "Keeps bees."}]}, headers=ada.headers)
    assert [each["used_at"] for each in await known(client, ada)] == [None]
    ask = {"messages": [{"role": "user", "content": "Hello"}], "stream": False}
    await client.post("/v1/chat", json=ask, headers=ada.headers)
    [first] = await known(client, ada)
    assert first["used_at"] is not None
    await client.post("/v1/chat", json=ask, headers=ada.headers)
    assert await known(client, ada) == [first]


@pytest.mark.parametrize("context", [6_000, 128_000])
async def test_each_key_of_the_form_stands_in_the_prompt(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path, context: int
) -> None:
    """For servers that take no schemas, whatever the model's context."""
    settings = make_settings(mongodb_url, model, tmp_path, model_context_tokens={"openai:gpt-4o-mini": context})
    async with serving(settings) as url, client_of(url) as client:
        ada = await somebody(client)
        await client.put("/v1/reflections", json={"facts": [{"text": "Keeps bees."}]}, headers=ada.headers)
        document = {"editing": "# Bees", "name": "bees.md"}
        model.says(claims(), "- Keeps bees.")
        await learn(client, ada, {**chat("I keep bees."), "document": document, "summary": True})
    ask = model.asked[0]
    schema = ask["response_format"]["json_schema"]["schema"]
    system = ask["messages"][0]["content"]
    assert "JSON" in system
    missing = [key for key in keys_of(schema) if f'"{key}"' not in system]
    assert not missing


@pytest.mark.parametrize("name", ["a0", "m1"])
async def test_a_server_without_schemas_is_told_the_form_and_read_leniently(
    client: httpx.AsyncClient, model: ScriptedModel, name: str
) -> None:
    ada = await somebody(client)
    answer = claims([{"message_ids": [name, "m7", 3], "text": "Keeps bees.", "mood": "glad"}], changes=[{"do": "burn"}])
    model.says(answer)
    await learn(client, ada, chat("I keep bees."))
    assert [each["text"] for each in await known(client, ada)] == ["Keeps bees."]
    system = model.asked[-1]["messages"][0]["content"]
    for key in ("JSON", '"style"', '"facts"', '"changes"', '"message_ids"', '"quote"', '"text"', '"about"', '"do"'):
        assert key in system


async def test_an_answer_that_was_cut_off_counts_as_far_as_it_is_whole_and_is_asked_for_the_rest(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    whole = claims([fact("Keeps bees.", "keep bees"), fact("Lives in Kent.", "live in Kent")])

    def rest(ask: Ask) -> Reply:
        assert "Keeps bees." in ask["messages"][-1]["content"], "what it taught so far is known"
        return Reply(words(claims([fact("Lives in Kent.", "live in Kent")])))

    model.says(Reply(words(whole[: whole.index("Lives in")]), finish_reason="length"), rest)
    await learn(client, ada, chat("I keep bees and live in Kent."))
    assert [each["text"] for each in await known(client, ada)] == ["Keeps bees.", "Lives in Kent."]
    model.says(Reply(words(whole[: whole.index("Keeps")]), finish_reason="length"))
    nothing = await learn(client, ada, chat("I keep bees, and all else.", name="b"))
    assert (nothing["facts"], len(model.asked)) == ([], 3), "an answer that teaches nothing is not asked for more"
