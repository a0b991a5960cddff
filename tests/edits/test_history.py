"""What a model is sent of a long chat: by an edit, by an edit of a chat turn, and by a talk; at several contexts."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from redraft.agents import prompts
from redraft.agents.editing.small.asked import parse
from redraft.agents.route import RULES
from redraft.llm import estimate_ask
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.long_chats import PLANTED, Said, assistant, user
from tests.people import Person, somebody
from tests.scripted_model import Ask, Reply, ScriptedModel

MODEL = "openai:gpt-4o-mini"
DRAFT = "# Notes\n\nThe shop is open.\n\n## More\n\nCome by.\n"
SUMMARY = "- Writer: walks along the harbour."


@dataclass
class Place:
    """An app whose model takes `context` tokens, and a user of it."""

    app: httpx.AsyncClient
    ada: Person
    context: int
    model: ScriptedModel

    async def edit(self, chat: list[Said], draft: str = DRAFT, **document: Any) -> list[Ask]:
        """What the model is asked for an edit."""
        return await self._asked("/v1/edits", {"messages": chat, "document": {**both(draft), **document}}, "change")

    async def edit_in_chat(self, chat: list[Said], draft: str = DRAFT) -> list[Ask]:
        """The same by a chat turn."""
        ask = {"messages": chat, "document": both(draft), "stream": False}
        return await self._asked("/v1/chat", ask, "change")

    async def talk(self, chat: list[Said], draft: str | None = None) -> list[Ask]:
        """The same for a talk."""
        ask = {"messages": chat, "stream": False, "document": None if draft is None else both(draft)}
        return await self._asked("/v1/chat", ask, "question")

    async def _asked(self, path: str, ask: dict[str, Any], wants: str) -> list[Ask]:
        self.model.reset()
        self.model.otherwise = lambda asked: Reply([said(asked, wants)])
        response = await self.app.post(path, json=ask, headers=self.ada.headers)
        assert response.status_code == 200, response.text
        for each in self.model.asked:
            schema = each.get("response_format", {}).get("json_schema", {}).get("schema")
            most: int = each.get("max_tokens") or each["max_completion_tokens"]
            assert estimate_ask(each["messages"], schema) + most <= self.context
        return list(self.model.asked)


def both(draft: str) -> dict[str, str]:
    return {"original": draft, "editing": draft}


def said(asked: Ask, wants: str) -> str:
    """What the model answers."""
    system = asked["messages"][0]["content"]
    if system == RULES:
        return json.dumps({"wants": wants})
    if is_summary(asked):
        return SUMMARY
    if system == parse.PROMPT.rules:
        return json.dumps({"ask": "add section", "title": "Aside", "place": "last", "of": ""})
    insert = {"op": "insert", "block": "b2", "place": "after", "text": "More.", "reason": "as asked"}
    return json.dumps({"operations": [insert], "note": "Done."})


def is_summary(asked: Ask) -> bool:
    return bool(asked["messages"][0]["content"].startswith(prompts.SUMMARIZE[:40]))


def shown(asked: list[Ask]) -> str:
    """All that the calls which answer, or write, were sent."""
    kept = [each for each in asked if not is_summary(each) and each["messages"][0]["content"] != RULES]
    return "\n".join(message["content"] for each in kept for message in each["messages"])


@pytest.fixture(scope="module", params=[6_000, 17_000, 128_000])
async def place(
    request: pytest.FixtureRequest, mongodb_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Place]:
    context = {MODEL: request.param}
    data = tmp_path_factory.mktemp("history")
    settings = make_settings(mongodb_url, model, data, model_context_tokens=context)
    async with serving(settings) as url, client_of(url) as app:
        yield Place(app, await somebody(app), request.param, model)


@pytest.fixture(scope="module")
async def middling(
    mongodb_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Place]:
    """An app that tells a model the chat, of which not much fits."""
    data = tmp_path_factory.mktemp("middling")
    settings = make_settings(mongodb_url, model, data, model_context_tokens={MODEL: 17_000})
    async with serving(settings) as url, client_of(url) as app:
        yield Place(app, await somebody(app), 17_000, model)


@pytest.mark.parametrize("language", PLANTED)
async def test_what_a_request_speaks_of_is_shown_to_an_edit_and_to_a_talk(place: Place, language: str) -> None:
    planted = PLANTED[language]
    for request, facts in planted.asks:
        chat = [*planted.chat(), user(request)]
        for asked in (await place.edit(chat), await place.talk(chat), await place.talk(chat, DRAFT)):
            sent = shown(asked)
            if asked[-1]["messages"][0]["content"].startswith(prompts.TALK):
                assert (SUMMARY in sent) == (place.context == 6_000)
            places = [sent.rfind(fact) for fact in facts]
            assert -1 not in places, (request, facts)
            assert places == sorted(places), "what was said last stands last"


@pytest.mark.parametrize("place", [6_000], indirect=True)
@pytest.mark.parametrize(
    ("request_", "kind", "written"),
    [
        ("Add a section with the price of item 2.", {"ask": "add section", "title": "Prices"}, "It costs 16.20 EUR."),
        ("Add the price of item 5 to the list.", {"ask": "add", "text": "the price of item 5"}, "- soap: 5.10 EUR"),
    ],
)
async def test_a_small_model_may_write_what_was_looked_up(
    place: Place, request_: str, kind: dict[str, str], written: str
) -> None:
    place.model.says(json.dumps({**kind, "place": "last", "of": ""}), written)
    chat = [*PLANTED["en"].chat(), user(request_)]
    ask = {"messages": chat, "document": both("# Shop\n\nOpen daily.\n\n- honey\n- cider\n")}
    proposal = (await place.app.post("/v1/edits", json=ask, headers=place.ada.headers)).json()
    assert written in proposal["document"], proposal["note"]


@pytest.mark.parametrize("place", [6_000], indirect=True)
async def test_a_small_model_is_told_the_rules_of_the_app(place: Place) -> None:
    app = {"role": "system", "content": "Always write harbor, never harbour. " + "And much more. " * 200}
    asked = await place.edit([app, user("Add a section about the boats at night.")])
    assert "Always write harbor, never harbour." in shown(asked)


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_an_edit_by_a_chat_turn_sees_what_an_edit_sees(place: Place, language: str) -> None:
    planted = PLANTED[language]
    chat = [*planted.chat(), user(planted.asks[0][0])]
    by_itself, in_chat = await place.edit(chat), await place.edit_in_chat(chat)
    assert shown(by_itself) == shown(in_chat)


async def test_an_edit_pays_for_a_summary_once(middling: Place) -> None:
    chat = [*PLANTED["en"].chat(turns=90), user("Write the price of item 2 into the draft.")]
    first = await middling.edit(chat)
    assert any(map(is_summary, first))
    assert SUMMARY in shown(first)
    longer = [*chat, assistant("Done."), user("Now the price of item 5.")]
    for again in (await middling.edit(longer), await middling.edit_in_chat(longer)):
        assert not any(map(is_summary, again))
        assert SUMMARY in shown(again)
        assert "5.10" in shown(again)


async def test_a_summary_made_by_an_edit_of_a_chat_turn_is_kept(middling: Place) -> None:
    chat = [*PLANTED["de"].chat(turns=90), user("Schreib den Preis von Position 2 in den Entwurf.")]
    assert any(map(is_summary, await middling.edit_in_chat(chat)))
    assert not any(map(is_summary, await middling.edit(chat)))


async def test_a_summary_is_known_again_behind_the_instructions_of_the_app(middling: Place) -> None:
    chat = [*PLANTED["en"].chat(turns=200), user("Write the price of item 2 into the draft.")]
    app = {"role": "system", "content": "Always write harbor, never harbour."}
    for ask in (middling.edit, middling.talk):
        told = await ask([app, *chat])
        assert app["content"] in shown(told)
        assert not any(map(is_summary, await ask([app, *chat])))


async def test_what_a_small_model_is_told_where_nothing_is_looked_up_stays_as_it_was(place: Place) -> None:
    chat = [user("Hello"), assistant("Hello. What shall we write?"), user("A section about the ferry.")]
    assert "From the chat:" not in shown(await place.edit(chat))


async def test_a_long_chat_leaves_room_for_all_else(place: Place) -> None:
    """Each call is counted in `Place`."""
    chat = [*PLANTED["zh"].chat(turns=200), user("Write the price of item 2 into the draft. " + "Be careful. " * 80)]
    long = "# Long\n\n" + "".join(f"## Part {n}\n\n{'Some words about gulls. ' * 20}\n\n" for n in range(60))
    known = {"style": [{"text": f"Rule {n}: never use the word number {n} at all, please."} for n in range(20)]}
    assert (await place.app.put("/v1/reflections", json=known, headers=place.ada.headers)).status_code == 200
    try:
        await place.edit(chat, long, original=long.replace("gulls", "boats"), selection={"start": 10, "end": 1_500})
        await place.edit(chat, long)
        await place.talk(chat, long)
    finally:
        await place.app.put("/v1/reflections", json={"style": []}, headers=place.ada.headers)
