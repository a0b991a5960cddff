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


@pytest.mark.parametrize(
    ("says", "old", "new"),
    [
        ("The boat has 30 seats now.", "18 seats", "30 seats"),
        ("We start on 10 June now.", "3 June", "10 June"),
        ("The food costs 110 in the end.", "| food | 95 |", "| food | 110 |"),
    ],
)
async def test_a_new_figure_takes_the_place_of_its_like_without_asking_again(
    small: Agent, says: str, old: str, new: str
) -> None:
    proposal = await small.edits(TRIP, says, {"ask": "replace"})
    assert proposal.document == TRIP.replace(old, new)


async def test_old_and_new_the_wrong_way_round_are_turned(small: Agent) -> None:
    turned = {"changes": [{"old": "Anna", "new": "Samir"}]}
    proposal = await small.edits(TRIP, "Anna pays now.", {"ask": "replace"}, turned)
    assert proposal.document == TRIP.replace("Samir", "Anna")


async def test_a_row_is_written_anew_under_the_names_of_its_columns(small: Agent) -> None:
    draft = TRIP.replace("| Price |", "| Who |").replace("180", "Samir").replace("95", "Mia")
    row = {"Item": "food", "Who": "Noor"}
    proposal = await small.edits(draft, "Noor now brings the food.", {"ask": "replace"}, row)
    assert proposal.document == draft.replace("Mia", "Noor")


@pytest.mark.parametrize(
    "row",
    [
        {"Item": "Noor", "Who": "Mia"},  # what the row is called
        {"Item": "food", "Who": "Leila"},  # nobody's word
        {"Item": "food", "Who": ""},
        {"Item": "food", "Who": "Mia"},  # as it was
    ],
)
async def test_a_row_that_says_something_else_changes_nothing(small: Agent, row: dict[str, str]) -> None:
    draft = TRIP.replace("| Price |", "| Who |").replace("180", "Samir").replace("95", "Mia")
    proposal = await small.edits(draft, "Noor now brings the food.", {"ask": "replace"}, row, row)
    assert (proposal.document, bool(proposal.note)) == (draft, True)


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
    assert "Keep 3 June, 18" in small.model.asked[-1]["messages"][-1]["content"]
    assert (await small.edits(TRIP, says, parsed, lost, lost)).document == TRIP


async def test_the_draft_is_not_shown_where_the_request_alone_tells(small: Agent) -> None:
    await small.edits(TRIP, "Delete the notes.", {"ask": "remove", "what": "the notes"})
    assert "Samir" not in str(small.model.asked[0]["messages"])
