"""A large model's operations, applied and shown while they are written."""

import json
from typing import Any

import pytest

from redraft.agents.editing.large.partial import Operations
from redraft.llm import estimate
from redraft.markdown import Hunk
from tests.agents.editing.conftest import Agent

NOTES = "# Notes\n\nFirst point.\n\nSecond point.\n\n## End\n\nBye.\n"


def answer(*operations: dict[str, Any], note: str = "Done.") -> dict[str, Any]:
    """What a model answers."""
    return {"operations": [{**each, "reason": "as asked"} for each in operations], "note": note}


async def test_several_operations_of_one_answer_are_shown_one_by_one(large: Agent) -> None:
    seen: list[list[Hunk]] = []
    first = {"op": "replace", "block": "b2", "text": "The first point."}
    second = {"op": "insert", "block": "b4", "place": "before", "text": "Third point."}
    proposal = await large.edits(NOTES, "Extend it.", answer(first, second), shown=seen.append)
    assert proposal.document == NOTES.replace("First point.", "The first point.").replace(
        "Second point.\n", "Second point.\n\nThird point.\n"
    )
    assert [len(hunks) for hunks in seen] == [1, 2]
    assert proposal.note == "Done."


async def test_what_applies_stands_when_the_rest_cannot_be_mended(large: Agent) -> None:
    good = {"op": "rename", "heading": "b4", "title": "Close"}
    bad = {"op": "delete", "block": "b99"}
    proposal = await large.edits(NOTES, "Do both.", answer(good, bad), answer(good, bad))
    assert proposal.document == NOTES.replace("## End", "## Close")
    assert "b99" in proposal.problems[0]


async def test_a_selection_offers_nothing_but_its_own_text(large: Agent) -> None:
    start = NOTES.index("Second")
    text = {"op": "replace_selection", "text": "SECOND"}
    proposal = await large.edits(NOTES, "In capitals.", answer(text), selection=(start, start + 6))
    assert proposal.document == NOTES.replace("Second", "SECOND")
    schema = large.model.asked[-1]["response_format"]["json_schema"]["schema"]
    assert [form["properties"]["op"]["enum"] for form in schema["properties"]["operations"]["items"]["anyOf"]] == [
        ["replace_selection"]
    ]


def test_operations_are_found_in_any_cut_of_the_answer() -> None:
    text = '{"operations": [{"op": "a", "text": "x]}, {"}, {"op": "b"}], "note": "n"}'
    for size in (1, 2, 7, 100):
        partial = Operations()
        found = [each for at in range(0, len(text), size) for each in partial.add(text[at : at + size])]
        assert [each["op"] for each in found] == ["a", "b"]
        assert partial.ending() == ("whole", "n")


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ('{"operations": [{"op": "a"}', "cut"),
        ('{"operations": [{"op": "a", "text": "some wo', "cut"),
        ('{"operations": [{"op": "a"}], "note": "n"', "cut"),
        ('```json\n{"operations": [], "note": "n"}\n```', "whole"),
        ('{"answer": 1}', "unusable"),
        ('{"operations": [{"op": a}], "note": "n"}', "unusable"),
        ("I am sorry.", "unusable"),
    ],
)
def test_an_answer_that_was_cut_off_is_told_from_one_that_is_wrong(text: str, ending: str) -> None:
    partial = Operations()
    partial.add(text)
    assert partial.ending()[0] == ending


def sections(count: int) -> str:
    """A document of so many sections."""
    return "# All\n\n" + "".join(
        f"## Part {n}\n\nText of part {n}, some words long. It goes on a little.\n\n" for n in range(count)
    )


async def test_an_answer_that_is_cut_off_is_continued_with_what_is_missing(large: Agent) -> None:
    first = {"op": "replace", "block": "b2", "text": "Erster Punkt.", "reason": ""}
    second = {"op": "replace", "block": "b3", "text": "Zweiter Punkt."}
    cut = json.dumps({"operations": [first, first]})[:-30]
    proposal = await large.edits(NOTES, "In German.", cut, answer(second, note="Übersetzt."))
    assert proposal.document == NOTES.replace("First point", "Erster Punkt").replace("Second point", "Zweiter Punkt")
    assert (proposal.note, proposal.problems) == ("Übersetzt.", [])
    told = large.model.asked[-1]["messages"]
    assert "cut off" in told[-1]["content"]
    assert json.loads(told[-2]["content"])["operations"] == [first]


async def test_what_was_complete_stands_when_no_answer_comes_to_its_end(large: Agent) -> None:
    first = {"op": "replace", "block": "b2", "text": "One.", "reason": ""}
    whole = json.dumps({"operations": [first, {"op": "replace", "block": "b3", "text": "Much text", "reason": ""}]})
    proposal = await large.edits(NOTES, "Rewrite it.", whole[:-20], whole[:-20])
    assert proposal.document == NOTES.replace("First point.", "One.")
    assert "cut off" in proposal.problems[0]


async def test_only_what_did_not_apply_is_asked_for_again(large: Agent) -> None:
    good = {"op": "add_item", "near": "b2.1", "place": "after", "text": "new"}
    bad, better = ({"op": "delete", "block": name} for name in ("b99", "b3"))
    text = "# A\n\n- one\n\ntext\n"
    proposal = await large.edits(text, "Both.", answer(good, bad), answer(good, better))
    assert (proposal.document, proposal.problems) == ("# A\n\n- one\n- new\n", [])


async def test_a_long_document_is_outlined_and_its_blocks_can_be_looked_at(large: Agent) -> None:
    draft = sections(4_000)
    look = {"op": "look", "blocks": ["b4001", "b9999999"]}
    change = {"op": "replace_phrase", "find": "Text of part 2000,", "text": "Words of part 2000,", "everywhere": False}
    proposal = await large.edits(draft, "Say words in part 1234.", answer(look, note=""), answer(change))
    assert proposal.document == draft.replace("Text of part 2000,", "Words of part 2000,")
    assert proposal.problems == []
    first, second = (ask["messages"] for ask in large.model.asked)
    assert second[:2] == first
    shown = first[1]["content"]
    assert "Text of part 1234, some words long." in shown
    assert "not shown" in shown
    assert estimate(shown) < 128_000 * 0.55
    assert "[b4001] Text of part 1999, some words" in second[-1]["content"]


async def test_the_prompt_begins_with_what_lasts(large: Agent) -> None:
    for chat, says in (((), "One."), (("Hello", "Hi"), "Two.")):
        await large.edits(NOTES, says, answer(), chat=chat)
    first, second = (ask["messages"] for ask in large.model.asked)
    assert first[0] == second[0]
    document = first[1]["content"].split("The user: One.")[0]
    assert second[1]["content"].startswith(document)
    assert second[1]["content"].endswith("The user: Two.")


async def test_a_long_selection_is_changed_by_blocks_and_nothing_outside_it(large: Agent) -> None:
    draft = sections(60)
    start, end = draft.index("## Part 3\n"), draft.index("## Part 50\n")
    inside, outside = ({"op": "replace", "block": name, "text": "New."} for name in ("b9", "b3"))
    proposal = await large.edits(draft, "Shorter.", answer(inside, outside), answer(), selection=(start, end))
    assert proposal.document == draft.replace("Text of part 3, some words long. It goes on a little.", "New.")
    assert [hunk.after for hunk in proposal.hunks] == ["New"]


async def test_code_keeps_its_fence_and_a_wrapper_comes_off_whole(large: Agent) -> None:
    code = {"op": "insert", "block": "b2", "place": "after", "text": "```\n# first\nnpm ci\n```"}
    body = "Run:\n\n```bash\nnpm ci\n```\n\nDone."
    wrapped = {"op": "replace_section", "heading": "b4", "text": f"```markdown\n{body}\n```"}
    proposal = await large.edits(NOTES, "Extend it.", answer(code, wrapped))
    assert proposal.problems == []
    assert proposal.document == NOTES.replace("point.\n\nS", f"point.\n\n{code['text']}\n\nS").replace("Bye.", body)
