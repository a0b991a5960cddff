"""A new line, section or number where the order of its like, or the link around it, says."""

from typing import Any

import pytest

from redraft.agents.editing.small.new.ordering import place_in_order
from tests.agents.editing.conftest import Agent

DAY = """# Open day

## Plan

- 9:00 Doors open
- **10:30** Tour of the mill
- 14:00 Bread from the oven

## Team

- Ana
- Mo

## 1. Before

Sweep the yard.

## 2. After

Count the till. Fixed by [#58](https://git.example/mill/pull/58).

## Thanks

To all.
"""


@pytest.mark.parametrize(
    ("lines", "new", "at"),
    [
        (["- 8:15 a", "- 9:40 b", "- 12:00 c"], "10:05 d", 2),
        (["- 8:15 a", "- 9:40 b"], "7:00 d", 0),
        (["* 2024-11-02: a", "* 2024-03-09: b"], "2024-06-30: c", 1),
        (["- 3 March: a", "- 14 April: b", "- 2 May: c"], "20 April: d", 2),
        (["1. 1998 a", "2. 2004 b"], "2010 c", 2),
        (["- 9:40 b", "- 8:15 a", "- 12:00 c"], "10:05 d", None),
        (["- 8:15 a", "- afterwards", "- 12:00 c"], "10:05 d", None),
        (["- 8:15 a"], "7:00 d", None),
        (["- [ ] apples", "- [x] pears"], "bread", None),
    ],
)
def test_a_line_goes_where_its_time_or_date_belongs(lines: list[str], new: str, at: int | None) -> None:
    assert place_in_order("Add that.", lines, new) == at


def test_the_alphabet_is_an_order_only_when_it_is_said() -> None:
    lines = ["- [Bern](https://b.example)", "- Lyon", "- Ulm"]
    assert place_in_order("Add Graz; keep it alphabetical.", lines, "Graz") == 1
    assert place_in_order("Add Graz.", lines, "Graz") is None


async def changed(agent: Agent, says: str, *answers: Any) -> str:
    return (await agent.edits(DAY, says, *answers)).document


async def test_an_item_with_a_time_goes_between_the_times(small: Agent) -> None:
    parsed = {"ask": "add", "text": "12:15 Music", "place": "last", "of": "the plan"}
    new = DAY.replace("- 14:00", "- 12:15 Music\n- 14:00")
    assert await changed(small, "Add to the plan: 12:15 Music", parsed, "12:15 Music") == new


async def test_a_section_goes_on_with_the_numbers_and_where_the_request_says(small: Agent) -> None:
    parsed = {"ask": "add section", "title": "Repairs", "place": "last", "of": "Thanks"}
    says = 'Add a section "Repairs" before Thanks: The fence needs a new post.'
    new = DAY.replace("## Thanks", "## 3. Repairs\n\nThe fence needs a new post.\n\n## Thanks")
    assert await changed(small, says, parsed) == new


@pytest.mark.parametrize("numbers", [("2023", "2024"), ("1.0", "2.0"), ("5 tips", "6 tricks")])
async def test_headings_that_begin_with_numbers_need_not_be_numbered(small: Agent, numbers: tuple[str, str]) -> None:
    draft = f"# Mill\n\n## {numbers[0]}\n\nOld.\n\n## {numbers[1]}\n\nNew.\n"
    parsed = {"ask": "add section", "title": "Thanks", "place": "last", "of": ""}
    made = await small.edits(draft, 'Add a section "Thanks" at the end: To all who helped.', parsed)
    assert made.document == f"{draft}\n## Thanks\n\nTo all who helped.\n"


async def test_a_number_changes_in_the_link_it_shows_too(small: Agent) -> None:
    assert await changed(small, "It was fixed by #61, not #58.", {"ask": "replace"}) == DAY.replace("58", "61")


async def test_words_that_are_called_wrong_are_spelled_right(small: Agent) -> None:
    draft = "# Camp\n\n- torch with batterys\n- Vacination card\n- boots\n"
    says = "batterys and Vacination are spelled wrong"
    made = await small.edits(draft, says, {"ask": "replace"}, "batteries", "Vaccination")
    assert made.document == draft.replace("batterys", "batteries").replace("Vacination", "Vaccination")


@pytest.mark.parametrize("says", ["Make this one sentence.", "压缩成一句话。"])
async def test_a_text_of_more_sentences_than_were_asked_for_is_refused(small: Agent, says: str) -> None:
    draft = "# A\n\nThe mill is old. It turns on Sundays.\n"
    start = draft.index("The")
    two = "The mill is very old. On Sundays it turns."
    parsed = {"ask": "rewrite", "what": "this"}
    made = await small.edits(draft, says, parsed, two, two, selection=(start, len(draft) - 1))
    assert made.document == draft


async def test_an_answer_that_brings_the_request_along_is_refused(small: Agent) -> None:
    says = "Make the paragraph about the mill warmer, please."
    echo = f"The mill, so old and dear to us, turns on Sundays.\n\nThe user: {says}"
    draft = "# A\n\nThe mill is old, and it turns on Sundays.\n"
    made = await small.edits(draft, says, {"ask": "rewrite", "what": "the paragraph about the mill"}, echo, echo)
    assert made.document == draft


async def test_nothing_is_added_to_a_section_that_is_not_there(small: Agent) -> None:
    parsed = {"ask": "add", "text": "two pears", "place": "last", "of": "Groceries section"}
    assert await changed(small, "In the Groceries section, add two pears.", parsed) == DAY


async def test_an_item_of_the_words_it_lacked_is_none(small: Agent) -> None:
    parsed = {"ask": "add", "text": "call Ruth", "place": "last", "of": "the team"}
    says = "Under Team note that we have to call Ruth"
    assert await changed(small, says, parsed, "- Call", "- Ruth, Ruth") == DAY
