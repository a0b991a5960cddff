"""A large model's operations, applied and shown while they are written."""

from typing import Any

from redraft.agents.editing.large.partial import Operations
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
        assert partial.note() == "n"
