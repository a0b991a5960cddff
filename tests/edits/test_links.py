"""Every text that a person is shown names the addresses it brings: proposals, hunks, notes, reasons and answers."""

from typing import Any

import httpx
import pytest

from tests.edits.test_router import DRAFT, answers, asking, phrase
from tests.events import events_of, seen_until
from tests.people import Person, somebody
from tests.scripted_model import Reply, ScriptedModel

EVIL = "https://evil.example/p.png"


async def proposal_of(client: httpx.AsyncClient, ada: Person, draft: str) -> dict[str, Any]:
    response = await client.post("/v1/edits", json=asking("Improve it.", draft), headers=ada.headers)
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.mark.parametrize(
    ("draft", "find", "text"),
    [
        ("# A\n\nBring a hat.\n", "a hat", f"![]({EVIL})"),
        (f"# A\n\nSee {EVIL} there.\n", f"See {EVIL}", f"See ![]({EVIL})"),
        (f"# A\n\nSee [it]({EVIL}) there.\n", "See [it]", "See ![it]"),
        (f"# A\n\n{'> ' * 21}Bring a hat.\n", "a hat", f"![]({EVIL})"),
        ("# A\n\n请看 a hat\n", "a hat", f"请看{EVIL}"),
        ("# A\n\nBring a hat.\n", "a hat", f"<b style='background:url({EVIL})'>"),
    ],
)
async def test_a_proposal_and_its_hunk_name_what_they_bring(
    client: httpx.AsyncClient, model: ScriptedModel, draft: str, find: str, text: str
) -> None:
    ada = await somebody(client)
    answers(model, phrase(find, text))
    response = await client.post("/v1/edits", json=asking("Improve it.", draft, stream=True), headers=ada.headers)
    events = {event.name: event.data for event in events_of(response.text)}
    proposal = events["proposal"]
    assert text in proposal["document"]
    assert EVIL in proposal["links_added"]
    assert EVIL in events["hunk"]["links_added"]
    assert [EVIL in each["links_added"] for each in proposal["hunks"]] == [True]


async def test_two_hunks_that_make_one_address_are_named_by_the_proposal(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    answers(model, phrase("Start", "![a]"), phrase("date: 3 June", f"({EVIL})"))
    made = await proposal_of(client, ada, "# A\n\nStartdate: 3 June.\n")
    assert f"![a]({EVIL})" in made["document"]
    assert EVIL in made["links_added"]


async def test_a_note_and_a_reason_are_looked_at_too(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    answers(model, phrase("a hat", "a cap") | {"reason": "See https://reason.example"}, note=f"Done. ![]({EVIL})")
    made = await proposal_of(client, ada, DRAFT)
    assert made["links_added"] == [EVIL, *(each for hunk in made["hunks"] for each in hunk["links_added"])]
    run = (await client.get(f"/v1/runs/{made['run_id']}", headers=ada.headers)).json()
    assert (run["message"], run["links_added"]) == (f"Done. ![]({EVIL})", [EVIL])


async def test_an_edit_of_words_beside_addresses_names_none(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    draft = f"# A\n\nSee [it]({EVIL}), write to a@b.org, and bring a hat.\n\n```\ncurl {EVIL}\n```\n"
    answers(model, phrase("bring a hat", "take a cap"), phrase("curl ", "curl -v "))
    made = await proposal_of(client, ada, draft)
    assert made["links_added"] == []
    assert [hunk["links_added"] for hunk in made["hunks"]] == [[], []]


async def test_an_answer_names_what_nothing_before_it_had(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    made = await client.post("/v1/conversations", json={}, headers=ada.headers)
    conversation = made.json()["id"]
    said = f"![it]({EVIL}), https://mine.example and https://doc.example"
    model.says('{"wants": "question"}', said, said, "No address.")
    document = {"original": "", "editing": "See https://doc.example."}
    ask = {"messages": [{"role": "user", "content": "What of https://mine.example?"}], "conversation_id": conversation}
    first = await client.post("/v1/chat", json=ask | {"document": document}, headers=ada.headers)
    assert events_of(first.text)[-1].data["message"]["links_added"] == [EVIL]
    more = {"messages": [{"role": "user", "content": "Again."}], "conversation_id": conversation, "stream": False}
    again = (await client.post("/v1/chat", json=more, headers=ada.headers)).json()
    assert again["message"]["links_added"] == []
    assert (await client.post("/v1/chat", json=more, headers=ada.headers)).json()["message"]["links_added"] == []
    kept = await client.get(f"/v1/conversations/{conversation}/messages", headers=ada.headers)
    assert [each["links_added"] for each in kept.json()["items"]] == [[], [EVIL], [], [], [], []]


async def test_an_answer_that_was_stopped_names_them_too(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    model.says(Reply(["Look: ", f"![]({EVIL})", " and"], stall_after=2))
    ask = {"messages": [{"role": "user", "content": "Hello"}]}
    async with client.stream("POST", "/v1/chat", json=ask, headers=ada.headers) as response:
        events = await seen_until("evil", response)
    stopped = (await client.delete(f"/v1/runs/{events[0].data['run_id']}", headers=ada.headers)).json()
    assert (stopped["status"], stopped["links_added"]) == ("stopped", [EVIL])
