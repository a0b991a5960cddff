"""What a small model's few words come to."""

from typing import Any

import pytest

from tests.agents.editing.conftest import Agent

TRIP = """# Trip

Start date: 3 June. The boat has 18 seats.

## Packing

- [ ] hat
- [x] three towels
- [ ] call the harbour

## Costs

| Item | Price |
|------|-------|
| boat | 180 |
| food | 95 |

## Notes

Samir pays the food.
"""


@pytest.mark.parametrize(
    ("says", "parsed", "old", "new"),
    [
        (
            "Rename Packing to “Luggage”.",
            {"ask": "rename", "what": "Packing", "to": "Luggage"},
            "## Packing",
            "## Luggage",
        ),
        (
            "Rename Packing to “Luggage”.",
            {"ask": "rename", "what": "Luggage", "to": "Packing"},
            "## Packing",
            "## Luggage",
        ),
        ("Call the title “Sea”.", {"ask": "rename", "what": "the title", "to": "Sea"}, "# Trip", "# Sea"),
        ("I called the harbour.", {"ask": "tick", "what": ["called the harbour"]}, "- [ ] call", "- [x] call"),
        ("The towels are gone.", {"ask": "untick", "what": ["The towels"]}, "- [x] three", "- [ ] three"),
        ("Drop the row about food.", {"ask": "remove", "what": "the row about food"}, "| food | 95 |\n", ""),
        ("Delete the notes.", {"ask": "remove", "what": "the notes"}, "\n## Notes\n\nSamir pays the food.\n", ""),
        (
            'Put "map" before the harbour.',
            {"ask": "add", "text": "map", "place": "before", "of": "the harbour"},
            "- [ ] call",
            "- [ ] map\n- [ ] call",
        ),
    ],
)
async def test_what_is_named_is_looked_up_without_asking_again(
    small: Agent, says: str, parsed: dict[str, Any], old: str, new: str
) -> None:
    assert TRIP.count(old) == 1
    assert (await small.edits(TRIP, says, parsed)).document == TRIP.replace(old, new)


@pytest.mark.parametrize(
    "parsed",
    [
        {"ask": "remove", "what": "the section about vaccinations"},
        {"ask": "tick", "what": ["pack the tent"]},
        {"ask": "rename", "what": "the Budget section", "to": "Money"},
        {"ask": "move", "what": "the Budget section", "place": "first", "of": ""},
        {"ask": "rewrite", "what": "the paragraph about vaccinations"},
    ],
)
async def test_what_the_draft_does_not_have_is_refused_without_asking(small: Agent, parsed: dict[str, Any]) -> None:
    named = parsed["what"][0] if isinstance(parsed["what"], list) else parsed["what"]
    proposal = await small.edits(TRIP, f"Please see to {named}, the section.", parsed)
    assert (proposal.document, proposal.hunks) == (TRIP, [])
    assert proposal.note


async def test_a_question_ends_without_a_note_so_that_the_chat_answers(small: Agent) -> None:
    proposal = await small.edits(TRIP, "When do we start?", {"ask": "answer"})
    assert (proposal.document, proposal.note) == (TRIP, "")


async def test_old_words_that_are_not_there_give_way_to_the_one_value_that_is_alike(small: Agent) -> None:
    wrong = {"changes": [{"old": "30 seats", "new": "30 seats"}]}
    proposal = await small.edits(TRIP, "The boat has 30 seats now.", {"ask": "replace"}, wrong)
    assert proposal.document == TRIP.replace("18 seats", "30 seats")


async def test_old_and_new_the_wrong_way_round_are_turned(small: Agent) -> None:
    turned = {"changes": [{"old": "10 June", "new": "3 June"}]}
    proposal = await small.edits(TRIP, "We start on 10 June now.", {"ask": "replace"}, turned)
    assert proposal.document == TRIP.replace("3 June", "10 June")


async def test_words_that_stand_in_several_places_are_asked_about(small: Agent) -> None:
    says = 'Write "meals" instead of "food".'
    everywhere = await small.edits(TRIP, says, {"ask": "replace"}, {"where": "everywhere"})
    assert everywhere.document == TRIP.replace("food", "meals")
    one = await small.edits(TRIP, says, {"ask": "replace"}, {"where": "Samir pays the food."})
    assert one.document == TRIP.replace("the food.", "the meals.")


async def test_a_suggestion_of_the_chat_is_taken(small: Agent) -> None:
    chat = ("Suggest two titles.", "1. By boat\n2. Salt water")
    parsed = {"ask": "rename", "what": "the title", "to": "the second"}
    proposal = await small.edits(TRIP, "Use your second one.", parsed, chat=chat)
    assert proposal.document == TRIP.replace("# Trip", "# Salt water")
    vague = "That with the water sounds good."
    proposal = await small.edits(TRIP, vague, {"take": "2. Salt water"}, parsed, chat=chat)
    assert proposal.document == TRIP.replace("# Trip", "# Salt water")


async def test_undo_restores_what_was_saved_there_and_keeps_other_changes(small: Agent) -> None:
    draft = TRIP.replace("| boat | 180 |", "| boat | 200 |").replace("- [ ] hat", "- [ ] cap")
    parsed = {"ask": "undo", "what": "the costs"}
    proposal = await small.edits(draft, "Undo what I did to the costs.", parsed, saved=TRIP)
    assert proposal.document == TRIP.replace("- [ ] hat", "- [ ] cap")


async def test_nothing_outside_the_selection_changes(small: Agent) -> None:
    start = TRIP.index("three towels")
    selection = (start, start + len("three towels"))
    proposal = await small.edits(
        TRIP, "Say it in French.", {"ask": "rewrite", "what": "it"}, "trois serviettes", selection=selection
    )
    assert proposal.document == TRIP.replace("three towels", "trois serviettes")
    marked = await small.edits(TRIP, "Make it bold.", {"ask": "rewrite", "what": "it"}, selection=selection)
    assert marked.document == TRIP.replace("three towels", "**three towels**")


async def test_a_rewrite_that_loses_the_facts_is_asked_for_again_and_then_given_up(small: Agent) -> None:
    parsed = {"ask": "rewrite", "what": "the paragraph about the boat"}
    says = "Make the paragraph about the boat friendlier."
    lost, kept = "We start soon and the boat is big enough.", "We set off on 3 June, in a boat with 18 seats."
    again = await small.edits(TRIP, says, parsed, lost, kept)
    assert again.document == TRIP.replace("Start date: 3 June. The boat has 18 seats.", kept)
    assert "Keep 3, 18" in small.model.asked[-1]["messages"][-1]["content"]
    assert (await small.edits(TRIP, says, parsed, lost, lost)).document == TRIP


async def test_the_draft_is_not_shown_where_the_request_alone_tells(small: Agent) -> None:
    await small.edits(TRIP, "Delete the notes.", {"ask": "remove", "what": "the notes"})
    assert "Samir" not in str(small.model.asked[0]["messages"])
