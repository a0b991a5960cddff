"""Tasks that a request speaks of: all of them are marked, or none."""

import pytest

from tests.agents.editing.conftest import Agent

TODO = """# To do

- [ ] Bea: order two loads of compost
- [ ] Col: talk to Mr Fenn
- [x] Padlock for the hut
- [ ] Rettungswesten zählen
"""


async def edited(small: Agent, says: str, kind: str, *what: str) -> str:
    """The list after a request that the model reads as `kind` of `what`."""
    return (await small.edits(TODO, says, {"ask": kind, "what": list(what)} if what else {"ask": kind})).document


@pytest.mark.parametrize(
    ("says", "kind", "done"),
    [
        ("Col has talked to Mr Fenn and the compost is ordered.", "replace", ["Bea", "Col"]),
        ("The compost is ordered.", "rewrite", ["Bea"]),
    ],
)
async def test_a_request_that_only_says_what_is_done_ticks_it(
    small: Agent, says: str, kind: str, done: list[str]
) -> None:
    wanted = TODO
    for name in done:
        wanted = wanted.replace(f"[ ] {name}", f"[x] {name}")
    assert await edited(small, says, kind) == wanted


async def test_words_are_known_in_other_forms_and_in_compounds(small: Agent) -> None:
    wanted = TODO.replace("[ ] Rettungswesten", "[x] Rettungswesten")
    assert await edited(small, "Die Westen sind gezählt.", "tick", "Westen sind gezählt") == wanted


async def test_what_is_not_so_unticks(small: Agent) -> None:
    says = "There is no padlock for the hut yet."
    assert await edited(small, says, "replace") == TODO.replace("[x] Padlock", "[ ] Padlock")


@pytest.mark.parametrize(
    ("says", "what"),
    [
        ("The compost is ordered and the seed swap poster is printed.", ["compost is ordered", "seed swap poster"]),
        ("The padlock for the hut is there, tick it.", ["padlock for the hut"]),  # it is ticked
        ("Tick “call the bank”.", ["call the bank"]),
        ("We have the lamps, tick them.", ["the lamps"]),
    ],
)
async def test_nothing_is_ticked_when_one_is_not_there(small: Agent, says: str, what: list[str]) -> None:
    assert await edited(small, says, "tick", *what) == TODO


@pytest.mark.parametrize(
    ("says", "what"),
    [
        ("The guests come back, so untick all in the pack list.", ["guests come back"]),
        ("Untick everything in the pack list.", []),
    ],
)
async def test_all_tasks_of_the_list_that_is_named_are_marked(small: Agent, says: str, what: list[str]) -> None:
    text = f"{TODO}\n## Packing\n\n- [x] Rope\n- [x] Flag\n"
    edits = await small.edits(text, says, {"ask": "untick", "what": what})
    assert edits.document == text.replace("[x] Rope", "[ ] Rope").replace("[x] Flag", "[ ] Flag")


async def test_all_are_not_more_than_those_that_are_named(small: Agent) -> None:
    says = "Two loads of compost are ordered and I have talked to Mr Fenn, tick them all."
    wanted = TODO.replace("[ ] Bea", "[x] Bea").replace("[ ] Col", "[x] Col")
    assert await edited(small, says, "tick", "them all") == wanted


async def test_a_task_within_another_is_known_by_the_words_of_both(small: Agent) -> None:
    text = "# Kit\n\n- [ ] Two lamps\n  - [ ] for the hut\n  - [ ] for the boat\n- [ ] Rope\n"
    edits = await small.edits(text, "The boat lamp is bought.", {"ask": "replace"})
    assert edits.document == text.replace("[ ] for the boat", "[x] for the boat")
