"""`POST /v1/edits`, applying what came of it, and `POST /v1/merges`."""

import json
from typing import Any

import httpx

from tests.clients import until
from tests.events import events_of
from tests.people import Person, somebody
from tests.scripted_model import Reply, ScriptedModel

DRAFT = "# Trip 🏮\n\nStart date: 3 June. Bring a hat.\n\n## Costs\n\n- train: 40\n- hotel: 90\n"


def asking(instruction: str, draft: str = DRAFT, **more: Any) -> dict[str, Any]:
    """A request body."""
    document = {"original": draft, "editing": draft, "name": "trip.md"}
    return {"messages": [{"role": "user", "content": instruction}], "document": document, **more}


def answers(model: ScriptedModel, *operations: dict[str, Any], note: str = "") -> None:
    """Line up what the model answers."""
    model.says(json.dumps({"operations": operations, "note": note}))


def phrase(find: str, text: str) -> dict[str, Any]:
    """Other words for some that occur once."""
    return {"op": "replace_phrase", "find": find, "text": text, "everywhere": False, "reason": "as asked"}


async def proposed(client: httpx.AsyncClient, ada: Person, model: ScriptedModel) -> dict[str, Any]:
    """A proposal that moves the date and changes a price."""
    answers(model, phrase("3 June", "10 June"), phrase("90", "95"), note="Moved to 10 June.")
    response = await client.post("/v1/edits", json=asking("From 10 June, hotel is 95."), headers=ada.headers)
    assert response.status_code == 200, response.text
    return dict(response.json())


async def test_a_proposal_names_each_change_in_utf_16_offsets(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    proposal = await proposed(client, ada, model)
    assert proposal["document"] == DRAFT.replace("3 June", "10 June").replace("90", "95")
    units = DRAFT.encode("utf-16-le")
    for hunk in proposal["hunks"]:
        assert units[2 * hunk["start"] : 2 * hunk["end"]].decode("utf-16-le") == hunk["before"]
    assert len(proposal["hunks"]) == 2
    assert "-- hotel: 90" in proposal["diff"]
    assert proposal["links_added"] == []
    assert proposal["usage"]["output_tokens"] > 0
    assert proposal["usage"]["time_to_first_token"] > 0
    again = await client.get(f"/v1/edits/{proposal['id']}", headers=ada.headers)
    assert again.json()["hunks"] == proposal["hunks"]


async def test_accepted_hunks_are_merged_into_what_was_typed_meanwhile(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    proposal = await proposed(client, ada, model)
    typed = DRAFT.replace("a hat", "a hat and tea")
    first = proposal["hunks"][0]["id"]
    for draft in (typed, typed.replace("3 June", "10 June")):  # the second time it is there already
        body = {"accept": [first], "editing": draft}
        applied = await client.post(f"/v1/edits/{proposal['id']}/apply", json=body, headers=ada.headers)
        assert applied.json() == {"document": typed.replace("3 June", "10 June"), "conflicts": []}


async def test_a_hunk_can_be_amended_and_a_conflict_keeps_what_the_user_has(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    proposal = await proposed(client, ada, model)
    first = proposal["hunks"][0]
    amended = first["after"].replace("10", "12")
    body = {"accept": "all", "editing": DRAFT, "amend": {first["id"]: amended}}
    applied = await client.post(f"/v1/edits/{proposal['id']}/apply", json=body, headers=ada.headers)
    assert "12 June" in applied.json()["document"]
    theirs = {"accept": "all", "editing": DRAFT.replace("3 June", "5 July")}
    clash = (await client.post(f"/v1/edits/{proposal['id']}/apply", json=theirs, headers=ada.headers)).json()
    assert "5 July" in clash["document"]
    assert len(clash["conflicts"]) == 1


async def test_new_text_for_a_hunk_that_is_not_taken_is_refused_with_the_fix(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    proposal = await proposed(client, ada, model)
    first, second = (hunk["id"] for hunk in proposal["hunks"])
    for accept in ([], [second]):
        body = {"accept": accept, "editing": DRAFT, "amend": {first: "12 June"}}
        refused = await client.post(f"/v1/edits/{proposal['id']}/apply", json=body, headers=ada.headers)
        assert refused.status_code == 422, refused.text
        [error] = refused.json()["errors"]
        assert error["field"] == f"amend.{first}"
        assert "`accept`" in error["message"]


async def test_a_hunk_that_is_taken_with_its_group_can_be_amended(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    draft = "# A\n\nOne.\n\n# B\n\nTwo.\n"
    answers(model, {"op": "swap_sections", "first": "b1", "second": "b3", "reason": ""})
    proposal = (await client.post("/v1/edits", json=asking("Swap A and B.", draft), headers=ada.headers)).json()
    hunks = {hunk["id"]: hunk for hunk in proposal["hunks"]}
    assert len(hunks) == 2
    assert len({hunk["group"] for hunk in hunks.values()} - {""}) == 1
    taken, other = hunks
    amend = {other: hunks[other]["after"].replace("One.", "1.").replace("Two.", "2.")}
    body = {"accept": [taken], "editing": draft, "amend": amend}
    applied = await client.post(f"/v1/edits/{proposal['id']}/apply", json=body, headers=ada.headers)
    assert applied.status_code == 200, applied.text
    assert applied.json()["document"] != proposal["document"]


async def test_unknown_hunks_and_the_proposals_of_others_are_refused(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada, eve = await somebody(client), await somebody(client, "Eve")
    proposal = await proposed(client, ada, model)
    body = {"accept": ["h_none"], "editing": DRAFT}
    refused = await client.post(f"/v1/edits/{proposal['id']}/apply", json=body, headers=ada.headers)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "accept")
    for response in (
        await client.get(f"/v1/edits/{proposal['id']}", headers=eve.headers),
        await client.post(f"/v1/edits/{proposal['id']}/apply", json={**body, "accept": "all"}, headers=eve.headers),
    ):
        assert response.status_code == 404


async def test_an_edit_streams_each_change_and_then_its_proposal(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    rename = {"op": "rename", "heading": "b3", "title": "Budget", "reason": ""}
    answers(model, rename, phrase("a hat", "a cap"))
    response = await client.post(
        "/v1/edits", json=asking('Rename Costs to "Budget".', stream=True), headers=ada.headers
    )
    events = events_of(response.text)
    assert [event.name for event in events] == ["run", "hunk", "hunk", "proposal", "usage", "done"]
    assert events[3].data["usage"]["output_tokens"] == events[4].data["output_tokens"] > 0
    assert events[3].data["document"] == DRAFT.replace("## Costs", "## Budget").replace("a hat", "a cap")
    assert sorted(event.data["id"] for event in events[1:3]) == sorted(each["id"] for each in events[3].data["hunks"])


async def test_the_first_change_is_shown_while_the_model_still_writes(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    text = json.dumps({"operations": [phrase("3 June", "10 June"), phrase("90", "95")], "note": "Done."})
    half = text.index("}") + 2
    model.says(Reply([text[:half], text[half:]], stall_after=1))
    body = asking("From 10 June, hotel is 95.", stream=True, on_disconnect="cancel")
    async with client.stream("POST", "/v1/edits", json=body, headers=ada.headers) as response:
        async for line in response.aiter_lines():
            if line.startswith("data:") and "before" in line:
                assert json.loads(line.removeprefix("data:"))["reason"] == "as asked"
                break
    await until(lambda: model.hung_up == 1)


async def test_a_question_is_a_proposal_without_hunks(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    answers(model)
    response = await client.post("/v1/edits", json=asking("What does the hotel cost?"), headers=ada.headers)
    assert (response.json()["hunks"], response.json()["document"]) == ([], DRAFT)
    assert response.json()["note"]


async def test_what_does_not_apply_goes_back_to_the_model_in_words(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    answers(model, phrase("4 June", "10 June"))
    answers(model, phrase("3 June", "10 June"))
    response = await client.post("/v1/edits", json=asking("Make it 10 June."), headers=ada.headers)
    assert response.json()["document"] == DRAFT.replace("3 June", "10 June")
    assert "4 June" in model.asked[-1]["messages"][-1]["content"]


async def test_nothing_changes_when_the_model_cannot_be_brought_to_answer(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    answers(model, phrase("4 June", "10 June"))
    answers(model, phrase("5 June", "10 June"))
    response = await client.post("/v1/edits", json=asking("Make it 10 June."), headers=ada.headers)
    assert (response.json()["document"], response.json()["hunks"]) == (DRAFT, [])
    assert "5 June" in response.json()["problems"][0]


async def test_a_selection_outside_the_draft_or_inside_a_character_is_refused(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    for start, end in ((0, 10_000), (8, 9), (5, 4)):
        body = asking("Make this bold.")
        body["document"]["selection"] = {"start": start, "end": end}
        response = await client.post("/v1/edits", json=body, headers=ada.headers)
        assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "document.selection")


async def test_merges_join_both_sides(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    texts = {"base": "A 🏮 red house.\n", "mine": "A 🏮 big red house.\n", "theirs": "A 🏮 red barn.\n"}
    merged = await client.post("/v1/merges", json=texts, headers=ada.headers)
    assert merged.json() == {"document": "A 🏮 big red barn.\n", "conflicts": []}
    clash = (await client.post("/v1/merges", json={**texts, "mine": "A 🏮 red tent.\n"}, headers=ada.headers)).json()
    [conflict] = clash["conflicts"]
    units = clash["document"].encode("utf-16-le")
    assert units[2 * conflict["start"] : 2 * conflict["end"]].decode("utf-16-le") == conflict["mine"]


async def test_a_caret_selects_nothing(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    answers(model, phrase("90", "95"))
    body = asking("The hotel is 95.")
    body["document"]["selection"] = {"start": 2, "end": 2}
    response = await client.post("/v1/edits", json=body, headers=ada.headers)
    assert response.json()["document"] == DRAFT.replace("90", "95")


async def test_a_message_over_its_limit_is_refused_before_the_model_is_asked(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    response = await client.post("/v1/edits", json=asking("x" * 400_001), headers=ada.headers)
    assert response.status_code == 413
    assert response.json()["errors"][0]["field"] == "messages.0.content"
    assert model.asked == []
