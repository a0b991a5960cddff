"""What requests say in so many words, in documents and languages of any kind: no model may get it wrong."""

import pytest

from redraft.agents.editing import EditTask
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.asked.contrast import told_pair, told_pairs
from redraft.agents.editing.small.asked.cues import between, imperatives, last_but_one, swaps
from redraft.agents.editing.small.new.marks import marked_up
from redraft.agents.editing.small.new.placing import placed
from redraft.agents.editing.small.new.spelling import misspelled
from redraft.markdown.operations import ReplaceRange
from tests.agents.editing.conftest import Agent

GEAR = """# Weekend

Hire costs 6 € a day. Members get 30 % off boats and 10 % off tents.

## Bring

- Sleeping
  - mat
  - bag
- Kitchen
  - [mug](mugs.md)
  - [knife](knives.md)

## Fees

| What | Who | Paid |
| --- | --- | --- |
| Boat | Ana | no |
| Tent | Luc | yes |

## Jobs

- [ ] oat milk
- [ ] chickpeas
- [ ] 退宽带
"""


def draft(says: str, text: str = GEAR, *before: str) -> Draft:
    roles = ("user", "assistant")
    messages = [{"role": roles[at % 2], "content": said} for at, said in enumerate((*before, says))]
    return Draft(EditTask(messages, text, text))


@pytest.mark.parametrize(
    ("says", "text", "pairs"),
    [
        ("port 80 -> 8080, host alpha => beta", "port 80, host alpha", [("80", "8080"), ("alpha", "beta")]),
        ('"Wanted" → "Can you help?"', "## Wanted", [("Wanted", "Can you help?")]),
        ("1.4.0 都改成 1.5.0，1.4.2 改成 1.5.2。", "1.4.0 和 1.4.2", [("1.4.0", "1.5.0"), ("1.4.2", "1.5.2")]),
        ("Replace red with blue everywhere.", "a red door", [("red", "blue")]),
        ("Replace red with a blue one.", "a red door", []),  # what it becomes is not said to the letter
        ("Change status to done.", "status: open", []),  # where, and not what
        ("status -> done", "status: open", []),
        ("Replace green with blue.", "a red door", []),
        ("tokensier -> tokeniser, in all places", "a tokensier: fast", [("tokensier", "tokeniser")]),
    ],
)
def test_old_and_new_are_read_one_after_the_other(says: str, text: str, pairs: list[tuple[str, str]]) -> None:
    assert told_pairs(draft(says, text)) == pairs


@pytest.mark.parametrize(
    ("says", "text", "pair"),
    [
        ("Sunniva has two n's, I wrote Suniva.", "Suniva came.", ("Suniva", "Sunniva")),
        ("Frau Schmitt heißt Schmidt, außer in der Adresse.", "Frau Schmitt", None),  # not everywhere
        ("Buy tickets, the ticket office is open.", "the ticket", None),  # a plural is no other spelling
    ],
)
def test_two_spellings_need_no_quotation_marks(says: str, text: str, pair: tuple[str, str] | None) -> None:
    assert told_pair(draft(says, text)) == pair


def test_words_named_as_they_are_right_are_found_as_they_are_wrong() -> None:
    text = "To setup the envrionment, ask the contributers."
    says = "two spelling mistakes: environment and contributors"
    assert misspelled(draft(says, text)) == [("envrionment", "environment"), ("contributers", "contributors")]
    assert not misspelled(draft("environment and contributors", text))


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        ("The part about fees can go.", "remove"),
        ("Die Gebühren können weg.", "remove"),
        ("Bring it back where it was.", "undo"),
    ],
)
def test_verbs_that_stand_anywhere(says: str, kind: str) -> None:
    assert kind in imperatives(says)
    assert "remove" not in imperatives("You can go by train.")


def test_places_and_swaps_in_words() -> None:
    assert between("Put it between Bring and Fees.")
    assert between("加在准备和费用之间")
    assert last_but_one("como penúltimo punto")
    assert last_but_one("as the last but one")
    assert swaps("Those two are the wrong way round.")
    assert not any((between("The best of both"), last_but_one("the last one"), swaps("the wrong number")))


def _changed(says: str, text: str = GEAR) -> str:
    for each in reversed(placed(draft(says, text))):
        assert isinstance(each, ReplaceRange)
        text = f"{text[: each.start]}{each.text}{text[each.end :]}"
    return text


def test_an_amount_gets_cents_where_money_stands() -> None:
    assert _changed("The hire costs 7,50 now.") == GEAR.replace("6 €", "7,50 €")
    assert _changed("There are 7,50 boats.", "We have 6 boats here.") == "We have 6 boats here."


def test_of_two_figures_joined_by_and_the_nearer_one_changes() -> None:
    text = "# Club\n\nMembers get 30 % off boats and 10 % off tents.\n\nBoats are blue.\n"
    assert _changed("We changed the discount for members on boats to 35 percent.", text) == text.replace("30", "35")


def test_a_selection_becomes_a_link() -> None:
    assert marked_up("Link this to https://example.org/a.", "the rules ") == "[the rules](https://example.org/a) "
    assert not marked_up("Link this to https://example.org/a.", "[the rules](b)")


@pytest.mark.parametrize(
    ("said", "offered"),
    [
        ("Option 1: at noon. Option 2: at three.", ["at noon", "at three"]),
        ("Phương án 1: đi lúc 5:30. Phương án 2: đi lúc 6:15.", ["đi lúc 5:30", "đi lúc 6:15"]),
        ("1. 三月小记\n2. 在河边读《边城》", ["三月小记", "在河边读《边城》"]),
    ],
)
def test_options_within_sentences_are_suggestions(said: str, offered: list[str]) -> None:
    assert draft("The first.", GEAR, "Ideas?", said).suggestions() == offered


@pytest.mark.parametrize(
    ("says", "parsed", "old", "new"),
    [
        (
            "Put a pillow last in the sleeping group.",
            {"ask": "add", "text": "pillow", "place": "last", "of": "the sleeping group"},
            "  - bag\n",
            "  - bag\n  - pillow\n",
        ),
        (
            "Add a pan between the mug and the knife.",
            {"ask": "add", "text": "a pan", "place": "last", "of": ""},
            "  - [knife]",
            "  - pan\n  - [knife]",
        ),
    ],
)
async def test_items_go_where_it_is_said(small: Agent, says: str, parsed: dict[str, str], old: str, new: str) -> None:
    item = new.replace(old, "").strip(" -\n")
    proposal = await small.edits(GEAR, says, parsed, f"- {item}")
    assert proposal.document == GEAR.replace(old, new)


async def test_a_section_goes_between_two_others(small: Agent) -> None:
    says = 'Between Bring and Fees we need a section "Lost": it goes in the basket.'
    parsed = {"ask": "add section", "title": "Lost", "place": "last", "of": ""}
    wanted = GEAR.replace("## Fees", "## Lost\n\nIt goes in the basket.\n\n## Fees")
    assert (await small.edits(GEAR, says, parsed)).document == wanted


@pytest.mark.parametrize(
    ("says", "text"),
    [
        ("最后加一行：Kayak，Eva，no", "最后加一行：Kayak，Eva，no"),
        ("Add a row at the end: Kayak, for Eva, no.", "Kayak, for Eva, no"),
        ('Add to the table "Kayak", "Eva", "no".', "the table"),
    ],
)
async def test_a_row_has_the_cells_that_are_said(small: Agent, says: str, text: str) -> None:
    parsed = {"ask": "add", "text": text, "place": "last", "of": "Fees"}
    last = "| Tent | Luc | yes |\n"
    assert (await small.edits(GEAR, says, parsed)).document == GEAR.replace(last, f"{last}| Kayak | Eva | no |\n")


async def test_a_row_goes_and_not_the_section_it_is_in(small: Agent) -> None:
    parsed = {"ask": "remove", "what": "the boat from the fees"}
    proposal = await small.edits(GEAR, "Remove the boat from the fees.", parsed)
    assert proposal.document == GEAR.replace("| Boat | Ana | no |\n", "")


@pytest.mark.parametrize(
    ("says", "old", "new"),
    [
        ("I bought oat milk and chickpeas", "- [ ] oat milk\n- [ ] chickpeas", "- [x] oat milk\n- [x] chickpeas"),
        ("宽带退了，打个勾。", "- [ ] 退宽带", "- [x] 退宽带"),
    ],
)
async def test_what_is_done_is_ticked_in_any_order_of_words(small: Agent, says: str, old: str, new: str) -> None:
    ask = "tick" if "勾" in says else "add"
    parsed = (
        {"ask": ask, "what": ["宽带退了"]} if ask == "tick" else {"ask": ask, "text": says, "place": "last", "of": ""}
    )
    assert (await small.edits(GEAR, says, parsed)).document == GEAR.replace(old, new)


async def test_a_cell_with_yes_or_no_is_no_new_row(small: Agent) -> None:
    says = "The boat is paid now, so tick that column."
    parsed = {"ask": "add", "text": says.removesuffix("."), "place": "last", "of": "Fees"}
    proposal = await small.edits(GEAR, says, parsed)
    assert proposal.document == GEAR.replace("| Boat | Ana | no |", "| Boat | Ana | yes |")


@pytest.mark.parametrize(
    ("says", "text", "change", "wanted"),
    [
        (
            "checkout is two words here",
            "Then checkout the page.",
            ("checkout", "check out"),
            "Then check out the page.",
        ),
        (
            "x64_64 is wrong, obviously x86_64",
            "on x86_64\n\non x64_64\n",
            ("x64_64", "x86_64"),
            "on x86_64\n\non x86_64\n",
        ),
        (
            "In the example let it last 90 minutes.",
            "```\nDURATION:PT45M\n```\n",
            ("PT45M", "PT90M"),
            "```\nDURATION:PT90M\n```\n",
        ),
    ],
)
async def test_what_the_user_says_in_another_form_is_not_refused(
    small: Agent, says: str, text: str, change: tuple[str, str], wanted: str
) -> None:
    answer = {"changes": [{"old": change[0], "new": change[1]}]}
    assert (await small.edits(text, says, {"ask": "replace"}, answer)).document == wanted


async def test_an_agreed_price_takes_the_place_of_the_old_one(small: Agent) -> None:
    chat = ("Is 6 € enough?", "Take **8 €** or **9 €** for the hire.")
    parsed = {"ask": "add", "text": "8 €", "place": "last", "of": ""}
    proposal = await small.edits(GEAR, "The first, for the hire.", parsed, chat=chat)
    assert proposal.document == GEAR.replace("6 €", "8 €")
