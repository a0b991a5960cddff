"""`/v1/conversations/{id}/summary`: the one summary that a conversation has."""

import asyncio
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import Person, somebody
from tests.scripted_model import Ask, Reply, ScriptedModel


async def talked(client: httpx.AsyncClient, ada: Person, *said: str, into: str | None = None) -> str:
    """The id of a conversation in which this was said, each time answered."""
    made = into or (await client.post("/v1/conversations", json={}, headers=ada.headers)).json()["id"]
    for text in said:
        turn = {"conversation_id": made, "messages": [{"role": "user", "content": text}], "stream": False}
        answer = await client.post("/v1/chat", json=turn, headers=ada.headers)
        assert answer.status_code == 200, answer.text
    return str(made)


def slowly(begun: asyncio.Event, go_on: asyncio.Event) -> Callable[[Ask], Reply]:
    """A summary that says when it is asked for, and waits in the middle."""

    def reply(ask: Ask) -> Reply:
        begun.set()
        return Reply(["- Mari", "golds."], go_on=go_on)

    return reply


async def messages_of(client: httpx.AsyncClient, ada: Person, made: str) -> list[dict[str, Any]]:
    found = await client.get(f"/v1/conversations/{made}/messages", headers=ada.headers)
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def test_it_says_what_it_covers_and_what_it_cost(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada, eve = await somebody(client), await somebody(client, "Eve")
    made = await talked(client, ada, "Marigolds?")
    path = f"/v1/conversations/{made}/summary"
    none_yet = await client.get(path, headers=ada.headers)
    assert (none_yet.status_code, none_yet.json()["code"]) == (404, "not_found")
    model.says("## Open\n- Marigolds or not.")
    summed = await client.post(path, headers=ada.headers)
    assert summed.status_code == 200, summed.text
    assert summed.json()["summary"] == "## Open\n- Marigolds or not."
    kept = (await client.get(path, headers=ada.headers)).json()
    last = (await messages_of(client, ada, made))[-1]["id"]
    assert kept["summary"] == "## Open\n- Marigolds or not."
    assert (kept["messages"], kept["last_message_id"], kept["edited"]) == (2, last, False)
    assert (kept["model"], kept["input_tokens"], kept["currency"]) == ("openai:gpt-4o-mini", 25, "USD")
    assert kept["output_tokens"] == summed.json()["usage"]["output_tokens"]
    assert kept["cost"] > 0
    assert kept["created_at"] == kept["updated_at"]
    for method in ("GET", "POST", "DELETE"):
        assert (await client.request(method, path, headers=eve.headers)).status_code == 404
    assert (await client.put(path, json={"summary": "Mine."}, headers=eve.headers)).status_code == 404


@pytest.mark.parametrize("call", ["summaries", "resource"])
async def test_only_what_is_new_is_read_and_nothing_is_paid_twice(
    client: httpx.AsyncClient, model: ScriptedModel, call: str
) -> None:
    ada = await somebody(client)
    made = await talked(client, ada, "Marigolds, thirty of them?")

    async def sum_up(**body: object) -> dict[str, Any]:
        if call == "summaries":
            sent = await client.post("/v1/summaries", json={"conversation_id": made}, headers=ada.headers)
        else:
            sent = await client.post(f"/v1/conversations/{made}/summary", json=body, headers=ada.headers)
        assert sent.status_code == 200, sent.text
        answer: dict[str, Any] = sent.json()
        return answer

    model.says("- Thirty marigolds.")
    await sum_up()
    paid = len(model.asked)
    again = await sum_up()
    assert (again["summary"], again["usage"]["input_tokens"], len(model.asked)) == ("- Thirty marigolds.", 0, paid)
    await talked(client, ada, "And dahlias?", into=made)
    model.says("- Thirty marigolds, and dahlias.")
    await sum_up()
    read = model.asked[-1]["messages"][-1]["content"]
    assert "- Thirty marigolds." in read
    assert "And dahlias?" in read
    assert "Marigolds, thirty of them?" not in read
    kept = (await client.get(f"/v1/conversations/{made}/summary", headers=ada.headers)).json()
    assert (kept["summary"], kept["messages"]) == ("- Thirty marigolds, and dahlias.", 4)


async def test_from_scratch_all_is_read_again(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    made = await talked(client, ada, "Marigolds?")
    path = f"/v1/conversations/{made}/summary"
    model.says("- Something wrong.", "- Marigolds.")
    await client.post(path, headers=ada.headers)
    redone = await client.post(path, json={"from_scratch": True}, headers=ada.headers)
    assert redone.json()["summary"] == "- Marigolds."
    read = model.asked[-1]["messages"][-1]["content"]
    assert "Marigolds?" in read
    assert "Something wrong" not in read
    assert (await client.get(path, headers=ada.headers)).json()["summary"] == "- Marigolds."


async def test_a_repeat_under_a_key_is_the_same_run(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    made = await talked(client, ada, "Marigolds?")
    headers = {**ada.headers, "Idempotency-Key": str(uuid.uuid4())}
    model.says("- Marigolds.")
    first = await client.post(f"/v1/conversations/{made}/summary", headers=headers)
    paid = len(model.asked)
    await talked(client, ada, "Dahlias?", into=made)
    again = await client.post(f"/v1/conversations/{made}/summary", headers=headers)
    assert again.json()["run_id"] == first.json()["run_id"]
    assert len(model.asked) == paid + 1, "the turn's"


async def test_a_user_corrects_it_and_the_next_one_must_not_lose_it(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    made = await talked(client, ada, "Marigolds?")
    path = f"/v1/conversations/{made}/summary"
    mine = {"summary": "The tone is dry.\nThe garden belongs to Zuzana."}
    corrected = await client.put(path, json=mine, headers=ada.headers)
    assert corrected.status_code == 200, corrected.text
    assert (corrected.json()["edited"], corrected.json()["model"]) == (True, None)
    kept = (await client.get(path, headers=ada.headers)).json()
    assert (kept["summary"], kept["messages"], kept["edited"]) == (mine["summary"], 2, True)
    await talked(client, ada, "Dahlias?", into=made)
    model.says("- Dahlias for Zuzana's garden.", "- Dahlias for Zuzana's garden.")
    summed = (await client.post("/v1/summaries", json={"conversation_id": made}, headers=ada.headers)).json()
    assert "The tone is dry." in model.asked[-1]["messages"][-1]["content"].split("missing-")[1], "it was asked for"
    assert "The tone is dry." in summed["summary"]
    assert "Dahlias for Zuzana's garden" in summed["summary"]
    assert (await client.get(path, headers=ada.headers)).json()["edited"] is False


@pytest.mark.parametrize("text", ["", "   ", "## Decided\n-  ", "x" * 10_001])
async def test_a_correction_says_something_of_some_length(client: httpx.AsyncClient, text: str) -> None:
    ada = await somebody(client)
    made = await talked(client, ada, "Marigolds?")
    refused = await client.put(f"/v1/conversations/{made}/summary", json={"summary": text}, headers=ada.headers)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "summary"


async def test_a_conversation_without_messages_has_none(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    made = await talked(client, ada)
    path = f"/v1/conversations/{made}/summary"
    assert (await client.get(path, headers=ada.headers)).status_code == 404
    assert (await client.post(path, headers=ada.headers)).status_code == 422
    assert (await client.put(path, json={"summary": "Mine."}, headers=ada.headers)).status_code == 422


async def test_it_is_deleted_alone_or_with_its_conversation(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    made, other = await talked(client, ada, "Marigolds?"), await talked(client, ada, "Marigolds?")
    path = f"/v1/conversations/{made}/summary"
    await client.put(path, json={"summary": "Mine."}, headers=ada.headers)
    assert (await client.get(f"/v1/conversations/{other}/summary", headers=ada.headers)).status_code == 404
    assert (await client.delete(path, headers=ada.headers)).status_code == 204
    assert (await client.delete(path, headers=ada.headers)).status_code == 404
    assert (await client.get(path, headers=ada.headers)).status_code == 404
    await client.put(path, json={"summary": "Mine."}, headers=ada.headers)
    export = (await client.get("/v1/me/export", headers=ada.headers)).json()
    (told,) = export["running_summaries"]
    assert (told["summary"], told["conversation_id"], told["edited"]) == ("Mine.", made, True)
    await client.delete(f"/v1/conversations/{made}", headers=ada.headers)
    assert (await client.get("/v1/me/export", headers=ada.headers)).json()["running_summaries"] == []


async def test_what_a_user_writes_meanwhile_stays(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    made = await talked(client, ada, "Marigolds?")
    path = f"/v1/conversations/{made}/summary"
    begun, go_on = asyncio.Event(), asyncio.Event()
    model.says(slowly(begun, go_on))
    redoing = asyncio.create_task(client.post(path, headers=ada.headers))
    await begun.wait()
    await client.put(path, json={"summary": "Mine."}, headers=ada.headers)
    await client.put(path, json={"summary": "Mine, again."}, headers=ada.headers)
    go_on.set()
    assert (await redoing).json()["summary"] == "- Marigolds."
    assert (await client.get(path, headers=ada.headers)).json()["summary"] == "Mine, again."


async def test_a_conversation_deleted_meanwhile_leaves_no_summary(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    made = await talked(client, ada, "Marigolds?")
    begun, go_on = asyncio.Event(), asyncio.Event()
    model.says(slowly(begun, go_on))
    redoing = asyncio.create_task(client.post(f"/v1/conversations/{made}/summary", headers=ada.headers))
    await begun.wait()
    await client.delete(f"/v1/conversations/{made}", headers=ada.headers)
    go_on.set()
    assert (await redoing).json()["summary"] == "- Marigolds."
    assert (await client.get("/v1/me/export", headers=ada.headers)).json()["running_summaries"] == []


async def test_a_long_chat_goes_on_with_it_and_makes_it(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> None:
    settings = make_settings(mongodb_url, model, tmp_path, model_context_tokens={"openai:gpt-4o-mini": 4_096})
    model.otherwise = lambda ask: Reply(["Well."])
    async with serving(settings) as url, client_of(url) as client:
        ada = await somebody(client)
        app = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Never use semicolons. " * 2}]
        made = (await client.post("/v1/conversations", json={}, headers=ada.headers)).json()["id"]
        turn = {"conversation_id": made, "messages": app, "stream": False}
        await client.post("/v1/chat", json=turn, headers=ada.headers)
        path = f"/v1/conversations/{made}/summary"
        mine = {"summary": "## Instructions\n- Never use semicolons.\n\n## Decided\n- The garden is Zuzana's."}
        await client.put(path, json=mine, headers=ada.headers)
        assert (await client.get(path, headers=ada.headers)).json()["messages"] == 3
        await talked(client, ada, *("words " * 400 for _ in range(3)), into=made)
        summing = [ask for ask in model.asked if "keep the record" in ask["messages"][0]["content"]]
        assert not summing, "the rest fits beside the summary, or all of it"
        await talked(client, ada, *("words " * 400 for _ in range(3)), into=made)
        summing = [ask for ask in model.asked if "keep the record" in ask["messages"][0]["content"]]
        assert "The garden is Zuzana's." in summing[0]["messages"][-1]["content"]
        told = model.asked[-1]["messages"][0]["content"]
        assert "The garden is Zuzana's." in told
        asked_for, material = told.split("What the writer asked for earlier")[1], told.split("summary-")[1]
        assert "- Never use semicolons." in asked_for
        assert "semicolons" not in material
        kept = (await client.get(path, headers=ada.headers)).json()
        assert "The garden is Zuzana's." in kept["summary"]
        assert kept["messages"] > 3
        paid = len(model.asked)
        await talked(client, ada, "So?", into=made)
        assert len(model.asked) == paid + 1, "the summary was known"
