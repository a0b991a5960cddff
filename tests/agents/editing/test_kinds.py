"""What a request says for certain of its kind, and what is meant by it, whatever a small model took it for."""

from typing import Any

import pytest

from redraft.agents.editing.small.asked.announced import announced, offers_to_add
from redraft.agents.editing.small.asked.apart import of_all, staying
from redraft.agents.editing.small.asked.cues import imperatives, named_sections
from redraft.agents.editing.small.asked.tone import asks_for_tone
from tests.agents.editing.conftest import Agent

GUIDE = """# Harbour guide

## 1. Mooring

Whoever ties up badly is an idiot, and the jetty costs 12 euros.

## 2. Showers

- Bring a coin
- Wipe the floor

## 3. Waste

Sort the glass.
"""


async def edited(small: Agent, says: str, *answers: Any, chat: tuple[str, ...] = (), saved: str | None = None) -> str:
    """The guide after a request, with what the model answers."""
    return (await small.edits(GUIDE, says, *answers, chat=chat, saved=saved)).document


async def test_two_headings_and_a_side_are_a_move(small: Agent) -> None:
    waste = "## 3. Waste\n\nSort the glass.\n"
    text = GUIDE.replace("1. ", "").replace("2. ", "").replace("3. ", "")
    moved = (await small.edits(text, "Put Waste directly above Mooring.", {"ask": "replace"})).document
    assert moved.index(waste.replace("3. ", "")) < moved.index("## Mooring")
    told = "In Waste it is said of Mooring that rust must be scraped off, after Mooring."
    assert (await small.edits(text, told, {"ask": "replace"}, {"changes": []})).document == text


@pytest.mark.parametrize(
    ("says", "asks"),
    [
        ("Put that more politely.", True),
        ("The greeting sounds too formal.", True),
        ("Der Gruß klingt zu förmlich, bitte netter.", True),
        ("Viết lời chào thân thiện hơn.", True),
        ("把问候写得客气一点。", True),
        ("El saludo es demasiado, ponlo más cordial.", True),
        ("What kind of soap is it?", False),
        ("Serve the soup warm.", False),
        ("Kind regards come from Bea.", False),
    ],
)
def test_a_wish_for_another_tone_is_read_from_its_words(says: str, asks: bool) -> None:
    assert asks_for_tone(says) == asks


async def test_another_tone_without_a_new_value_is_a_rewrite(small: Agent) -> None:
    new = "Please tie up well, as the jetty costs 12 euros."
    assert new in await edited(
        small, "The part on tying up sounds harsh, say it more politely.", {"ask": "replace"}, new
    )


@pytest.mark.parametrize(
    ("says", "old", "new"),
    [
        ("Rename Showers to “Washing”.", "## 2. Showers", "## 2. Washing"),
        ("Call chapter 3 “Rubbish”.", "## 3. Waste", "## 3. Rubbish"),
        ("Rename Showers to “2b. Washing”.", "## 2. Showers", "## 2b. Washing"),
        ("Rename Showers to “Washing”, without the number.", "## 2. Showers", "## Washing"),
    ],
)
async def test_a_heading_keeps_its_number(small: Agent, says: str, old: str, new: str) -> None:
    assert await edited(small, says, {"ask": "rename", "what": "", "to": ""}) == GUIDE.replace(old, new)


@pytest.mark.parametrize(
    ("says", "kind", "old", "new"),
    [
        ("The second one, take it.", {"ask": "replace"}, "Waste", "Bins"),
        (
            "I like the first one.",
            {"ask": "add", "text": "Clean quay", "place": "last", "of": ""},
            "Waste",
            "Clean quay",
        ),
        (
            "Add the second one to the list.",
            {"ask": "add", "text": "Bins", "place": "last", "of": "the list"},
            "floor\n",
            "floor\n- Bins\n",
        ),
    ],
)
async def test_a_suggestion_for_a_heading_renames_the_one_that_was_asked_about(
    small: Agent, says: str, kind: dict[str, str], old: str, new: str
) -> None:
    chat = ("Section 3 needs a better title. Ideas?", "1. Clean quay\n2. Bins")
    assert await edited(small, says, kind, chat=chat) == GUIDE.replace(old, new)


async def test_items_that_swap_are_known_beside_the_name_of_their_list(small: Agent) -> None:
    wanted = GUIDE.replace("- Bring a coin\n- Wipe the floor", "- Wipe the floor\n- Bring a coin")  # neighbours
    parsed = {"ask": "move", "what": "Wipe the floor", "place": "swap", "of": "Bring a coin in the harbour showers"}
    assert await edited(small, "Swap Wipe the floor and Bring a coin in the harbour showers.", parsed) == wanted


@pytest.mark.parametrize(
    ("says", "said"),
    [
        ("Last rule for the shower: “Close the window.”", ("Close the window.", "last", "for the shower")),
        ("Als ersten Punkt: „Handtuch“", ("Handtuch", "first", "")),
        ("Dernier point : « Savon »", ("Savon", "last", "")),
        ('Último paso de la lista: "Secar"', ("Secar", "last", "de la lista")),
        ("Mục cuối cùng: “Xà phòng”", ("Xà phòng", "last", "")),
        ("淋浴清单的最后一条：“关窗”", ("关窗", "last", "淋浴清单")),
        ("The last rule should read: “Close the window.”", None),
        ("Step 2: “Close the window.”", None),
        ("Last rule: “Close the window.” is what I said.", None),
    ],
)
def test_an_item_is_announced_without_a_verb(says: str, said: tuple[str, str, str] | None) -> None:
    assert announced(says) == said


async def test_an_announced_item_is_added(small: Agent) -> None:
    wanted = GUIDE.replace("floor\n", "floor\n- Close the window.\n")
    assert await edited(small, "Last point for the showers: “Close the window.”", {"ask": "replace"}) == wanted


@pytest.mark.parametrize(
    ("says", "named"),
    [
        ("Tick everything under Boats.", "under boats"),
        ("We are back, so uncheck all in the boat list", "in the boat list"),
        ("Hake alles unter Boote ab.", "unter boote"),
        ("Coche toutes les cases de Bateaux", "les   de bateaux"),
        ("Tick all but the last one.", None),
        ("Tick “Wash all the cups”.", None),
        ("The boat is not washed after all: untick it.", None),
    ],
)
def test_all_tasks_of_a_list_are_spoken_of(says: str, named: str | None) -> None:
    assert of_all(says) == named


async def test_what_only_says_what_sort_of_text_it_is_need_not_be_there(small: Agent) -> None:
    wanted = GUIDE[: GUIDE.index("## 3")].rstrip("\n") + "\n"
    says = "We can do without the waste details, delete them."
    assert await edited(small, says, {"ask": "remove", "what": "the waste details"}) == wanted
    says = "Delete the information on dogs."
    assert await edited(small, says, {"ask": "remove", "what": "the information on dogs"}) == GUIDE
    says = "Delete the notes."
    assert await edited(small, says, {"ask": "remove", "what": "the notes"}) == GUIDE


@pytest.mark.parametrize(
    "says",
    [
        "Make the price as in the saved version.",
        "Der Preis soll wieder sein wie gespeichert.",
        "Giá sửa lại như bản đã lưu.",
        "价格按保存的版本来。",
        "Le prix comme enregistré.",
        "El precio, como estaba guardado.",
        "O preço como na versão salva.",
    ],
)
def test_what_is_saved_is_named_in_other_words(says: str) -> None:
    assert "undo" in imperatives(says)


@pytest.mark.parametrize(
    ("says", "stays"),
    [
        ("Undo the price, the opening hours are right.", ["the opening hours"]),
        ("Nimm den Preis zurück. Die Zeiten stimmen.", ["die zeiten"]),
        ("Khôi phục giá, giờ mở cửa thì giữ nguyên.", ["giờ mở cửa thì   nguyên"]),
        ("恢复价格，时间保留。", ["时间"]),
        ("Undo all except the price.", ["the price"]),
        ("Keep the old price.", []),
        ("Undo the price, keep the rest.", []),
    ],
)
def test_what_stays_as_it_is_now_is_told_from_what_does_not(says: str, stays: list[str]) -> None:
    assert staying(says) == stays


@pytest.mark.parametrize(
    ("says", "what"),
    [
        ("Undo my change of the jetty. The new coin is right.", "my change of the jetty"),
        ("Undo all except the coin.", "all except the coin"),
        ("Undo my change of the jetty, my other edits (the coin and so on) are fine.", "my change of the jetty"),
    ],
)
async def test_an_unsaved_change_that_is_right_stays(small: Agent, says: str, what: str) -> None:
    saved = GUIDE.replace("12 euros", "9 euros").replace("coin", "token").replace("glass", "paper")
    wanted = GUIDE.replace("12 euros", "9 euros")
    if "except" in says:
        wanted = wanted.replace("glass", "paper")
    assert await edited(small, says, {"ask": "undo", "what": what}, saved=saved) == wanted


async def test_a_line_goes_under_the_inner_heading_of_the_outer_one_that_is_named(small: Agent) -> None:
    text = "# Log\n\n## Spring\n\n### Repairs\n\n- Roof\n\n## Autumn\n\n### Repairs\n\n- Pump\n"
    parsed = {"ask": "add", "text": "Gate", "place": "last", "of": "Repairs in the Spring part"}
    edits = await small.edits(text, "Put “Gate” under Repairs in the Spring part.", parsed)
    assert edits.document == text.replace("- Roof\n", "- Roof\n- Gate\n")


@pytest.mark.parametrize(
    ("says", "named"),
    [
        ("Add two ropes to the Boat Kit section.", ["Boat Kit"]),
        ("Füge im Abschnitt Boote zwei Seile hinzu.", ["Boote"]),
        ("Thêm vào mục Đồ ăn: táo.", ["Đồ"]),
        ("Add two ropes to the last section.", []),
    ],
)
def test_sections_are_named_beside_the_word_for_them(says: str, named: list[str]) -> None:
    assert named_sections(says) == named


async def test_nothing_is_added_to_a_section_that_is_not_there(small: Agent) -> None:
    parsed = {"ask": "add", "text": "two pears", "place": "last", "of": "Food section"}
    assert await edited(small, "In the Food section, add two pears.", parsed) == GUIDE
    assert len(small.model.asked) == 1  # nor is a line asked for


async def test_a_paragraph_is_known_by_what_it_says_happens(small: Agent) -> None:
    text = (
        "# Rules\n\nSay what you need, and say when: a request for a key is no promise.\n\n"
        "If a member breaks a window, the member pays it.\n\nThe key hangs in the hall.\n"
    )
    says = "Make the paragraph about what happens when a member breaks a window warmer."
    parsed = {"ask": "rewrite", "what": "the paragraph about what happens when a member breaks a window"}
    new = "Should a member ever break one, we kindly ask that member to pay for the window."
    edits = await small.edits(text, says, parsed, new)
    assert edits.document == text.replace("If a member breaks a window, the member pays it.", new)


async def test_a_suggestion_is_taken_that_is_read_from_the_request_word_for_word(small: Agent) -> None:
    chat = ("Is a rule missing?", "I would add just one: “Leave the light on”.")
    parsed = {"ask": "add", "text": "Leave the light on", "place": "last", "of": "the showers"}
    wanted = GUIDE.replace("floor\n", "floor\n- Leave the light on\n")
    says = "Good, put it with the showers."
    assert await edited(small, says, {"take": "none of these"}, parsed, chat=chat) == wanted


@pytest.mark.parametrize(
    ("said", "offers"),
    [
        ("Perhaps “Leave the light on”. Shall I add it?", True),
        ("„Licht anlassen“. Soll ich das hinzufügen?", True),
        ("“Để đèn sáng”. Tôi thêm vào nhé?", True),
        ("“开着灯”。要加上吗？", True),
        ("I added “Leave the light on”. Is that right?", False),
        ("“Leave the light on” or “Lock up”?", False),
    ],
)
async def test_a_yes_to_an_offer_to_add_is_an_addition(small: Agent, said: str, offers: bool) -> None:
    assert offers_to_add(said) == offers


async def test_what_was_offered_is_added(small: Agent) -> None:
    chat = ("Is a rule for the showers missing?", "Perhaps “Leave the light on”. Shall I add it?")
    wanted = GUIDE.replace("floor\n", "floor\n- Leave the light on\n")
    answers = {"take": "1. Leave the light on"}, {"ask": "replace"}
    assert await edited(small, "Yes please, in these words.", *answers, chat=chat) == wanted
