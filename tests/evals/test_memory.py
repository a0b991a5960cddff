"""The evaluation of memory is worth having: its chats hold what they plant, and each of its measures can fail."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals.memory.cases import Chat, Fact, chat_of, chats
from evals.memory.judging import has, judged, seen
from evals.memory.measuring import Answers, Bench
from evals.memory.model import ModelServer, Prompt, Recorded, Spool, until
from evals.memory.report import Measured, shown, table
from redraft.config import Settings
from tests.conftest import make_settings, serving
from tests.scripted_model import ScriptedModel

SAID = [
    ("user", "The ferry costs 40 pounds. Never use semicolons. I keep bees."),
    ("assistant", "Noted."),
    ("user", "No, the ferry costs 45 pounds. I live in Hayle now."),
    ("assistant", "45 pounds."),
]
BEES, RULE = "Keeps bees.", "Never use semicolons."


def a_chat() -> Chat:
    """A chat of four messages, with what it plants."""
    messages = [{"role": role, "content": content, "created_at": "2026-02-01T09:00:00Z"} for role, content in SAID]
    return chat_of({
        "id": "small",
        "language": "en",
        "document": {"name": "trip.md", "text": "# Trip\n"},
        "own": [{"kind": "facts", "text": "Lives in Penzance."}],
        "sessions": [{"id": "main", "messages": messages}],
        "deleted_after": {"session": "none", "words": [["heart"]]},
        "facts": [{"id": "small-01", "about": "price of the ferry", "must": [["45"]], "old": "40"}],
        "items": [{"words": [["bees"]]}, {"words": [["semicolon"]], "old": [["use semicolons often"]]}],
        "own_after": [{"text": "Lives in Penzance.", "said": "Hayle"}],
        "never": [{"words": [["heart"]], "why": "deleted"}, {"words": [["Truro"]], "why": "older"}],
    })  # fmt: skip


def item(text: str, contradiction: str | None = None, origin: str = "learned") -> dict[str, Any]:
    return {"text": text, "origin": origin, "contradiction": {"text": contradiction} if contradiction else None}


OWN = item("Lives in Penzance.", "Lives in Hayle.", "user")
RIGHT = [OWN, item(BEES), item(RULE)]


def wrong(reflections: list[dict[str, Any]]) -> list[str]:
    """What is shown as wrong of what is known."""
    found = Measured(a_chat(), known=judged(a_chat(), reflections))
    return shown([found]).split("\n") if shown([found]) else []


@pytest.mark.parametrize(
    ("reflections", "named"),
    [
        (RIGHT, []),
        (RIGHT[:2], ["small: lost: semicolon"]),
        ([item("Lives in Hayle.", origin="user"), *RIGHT[1:]], ["small: own item changed: Lives in Penzance."]),
        ([item("Lives in Penzance.", origin="user"), *RIGHT[1:]],
         ["small: not noted beside: Lives in Penzance. (Hayle)"]),
        ([*RIGHT, item("Has hives with bees.")], ["small: doubled: Has hives with bees."]),
        ([*RIGHT, item("Has a weak heart.")], ["small: deleted: Has a weak heart."]),
        ([*RIGHT, item("The ferry is 40 pounds.")], ["small: older statement kept: The ferry is 40 pounds."]),
        ([*RIGHT, item("Lives in Truro.")],
         ["small: older statement kept: Lives in Truro.", "small: older: Lives in Truro."]),
    ],
)  # fmt: skip
def test_each_measure_of_what_is_known_can_fail(reflections: list[dict[str, Any]], named: list[str]) -> None:
    assert wrong(reflections) == named


def test_a_value_is_seen_where_it_stands_and_not_in_a_longer_number() -> None:
    fact = a_chat().facts[0]
    assert seen("It is 45 pounds, no more 40.", fact) == "newest"
    assert seen("It is 40.", fact) == "older"
    assert seen("In 1945, for 45.30 or 145 pounds.", fact) == "missing"
    assert has("价钱是，45元", [["45"]])
    assert has("„Zum  ANKER“", [['"zum anker"']])


async def test_a_chat_is_measured_over_http(mongodb_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.memory.measuring.RECORDED", tmp_path)
    evidence = {"message_ids": ["m1"], "about": "writer"}
    learned = {"style": [evidence | {"quote": "Never use semicolons", "text": RULE}],
               "facts": [evidence | {"quote": "I keep bees", "text": BEES}]}  # fmt: skip
    told = {"learn main": [{"until": 3, "answer": json.dumps(learned)}],
            "summary": [{"until": 2, "answer": "- The ferry costs 40 pounds."}]}  # fmt: skip
    (tmp_path / "small.json").write_text(json.dumps(told))
    async with ModelServer.running() as server:
        settings = settings_of(mongodb_url, server, tmp_path)
        async with serving(settings) as url:
            bench = Bench(url, url, server, Answers())
            found = await bench.measured(a_chat(), ("seen", "summaries", "learning"))
    assert found.failed == []
    assert found.moved == ["small, summary, part 1"], "of another part than was recorded"
    assert found.large is not None
    assert found.large.visible["talk"] == {"small-01": "newest"}
    assert set(found.large.visible) == {"talk", "edit", "edit in a turn"}
    assert found.summary == {"small-01": "older"}
    assert (found.learning.calls, found.summing.calls) == (1, 1)
    assert sorted(found.items) == sorted([BEES, RULE, "Lives in Penzance."])
    lines = table([found]).split("\n")
    assert "| facts in a summary | 0 of 1 | 0 of 1 (0.0%) | ≥ 97 % |" in lines
    assert "| true items lost | 0 of 2 | 0 of 2 | 0 |" in lines
    assert "| contradictions noted beside | 0 of 1 | 0 of 1 (0.0%) | 100 % |" in lines


def settings_of(mongodb_url: str, server: ModelServer, data_dir: Path) -> Settings:
    roles = {f"model_{role}": f"openai:{role}" for role in ("chat", "route", "edit", "summarize", "reflect")}
    contexts = dict.fromkeys(roles.values(), 128_000)
    there = ScriptedModel(base_url=server.base_url)
    return make_settings(mongodb_url, there, data_dir, model_context_tokens=contexts, **roles)


def test_the_chats_say_what_they_plant_and_no_probe_gives_it_away() -> None:
    every = chats()
    assert sum(len(chat.facts) for chat in every) >= 120
    assert {chat.language for chat in every} >= {"en", "de", "vi", "zh"}
    for chat in every:
        for fact in chat.facts:
            said = [each["content"] for each in chat.main]
            assert all(any(has(text, [group]) for text in said) for group in fact.must), fact
            assert seen(f"{chat.talk(fact)}\n{chat.document['text']}", fact) == "missing", fact
            assert newest_comes_last(chat, fact), fact


def newest_comes_last(chat: Chat, fact: Fact) -> bool:
    """Whether no message says the older value after the last one that says the newest."""
    if fact.old is None:
        return True
    said = [each["content"] for each in chat.main]
    newest = max(place for place, text in enumerate(said) if any(has(text, [group]) for group in fact.must))
    return any(has(text, [[fact.old]]) for text in said[: newest + 1])


async def test_answers_that_somebody_writes_are_kept_by_job_and_part(tmp_path: Path) -> None:
    chat = a_chat().main
    spool, path = tmp_path / "spool", tmp_path / "small.json"
    spool.mkdir()
    (spool / "001.answer.txt").write_text("first\n")
    (spool / "002.answer.txt").write_text("second\n")
    parts: list[Prompt] = [[{"role": "user", "content": text}] for text in (SAID[0][1], SAID[2][1])]
    writing = Spool(spool, path, chat, "running")
    assert [await writing.answer("summarize", part) for part in parts] == ["first", "second"]
    assert [until(chat, part) for part in parts] == [1, 3]
    assert (spool / "001.prompt.md").read_text().startswith("===== user =====\nThe ferry costs 40")
    moved: list[str] = []
    recorded = Recorded(path, chat, "running", moved)
    assert [await recorded.answer("summarize", part) for part in parts] == ["first", "second"]
    assert moved == []
    with pytest.raises(RuntimeError, match="record it"):
        await Recorded(path, chat, "summary", moved).answer("summarize", parts[0])
