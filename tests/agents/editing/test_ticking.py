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
