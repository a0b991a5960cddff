"""What a request points to in a long chat, looked up without a model."""

from dataclasses import replace

import pytest

from redraft.agents.counted import numbers, of_items
from redraft.agents.recall import quoted_chat, recall
from redraft.llm import estimate
from tests.long_chats import PLANTED, Said, assistant, tells, user

BETWEEN = replace(PLANTED["en"], facts=()).chat(turns=40)


def told(chat: list[Said], request: str, budget: int = 400) -> str:
    """What is shown, after it was checked that it fits."""
    text = quoted_chat(recall(chat, request, budget))
    assert estimate(text) <= budget + 20
    return text


def among(*turns: list[Said]) -> list[Said]:
    """The turns in a long chat about something else."""
    return [*BETWEEN[:40], *(each for turn in turns for each in turn), *BETWEEN[40:]]


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ("write the second suggestion", [2]),
        ("Item 2 and item 14", [2, 14]),
        ("#3, bitte", [3]),
        ("Nimm den dritten Vorschlag", [3]),
        ("Prends la deuxième proposition", [2]),
        ("Usa la cuarta opción", [4]),
        ("Use a terceira ideia", [3]),
        ("Prendi la seconda proposta", [2]),
        ("Lấy gợi ý thứ hai", [2]),
        ("用第三个建议", [3]),
        ("第12项的价格", [12]),
        ("三番目の案で", [3]),
        ("二つ目の案で", [2]),
        ("3番目の案で", [3]),
        ("take your last idea", [-1]),
        ("at 7:40, 14.50 EUR, v1.2, 2024-05-01", []),
    ],
)
def test_numbers_that_count_are_told_from_values(request_: str, found: list[int]) -> None:
    assert numbers(request_) == found


def test_a_figure_beside_a_word_for_an_item_counts() -> None:
    assert of_items("The price of item 2 is 5 now, and of no. 7") == {2, 7}
    assert of_items("把第2项的价格写进草稿") == {2}


@pytest.mark.parametrize(
    ("offered", "request_", "meant"),
    [
        ("Tres ideas:\n- Un faro\n- Una panadera\n- Un mapa", "Usa tu segunda idea", "Una panadera"),
        ("Trois idées :\n* Un phare\n* Une lettre\n* Un four", "Prends ta troisième idée", "Un four"),
        ("Três sugestões:\n1) Farol\n2) Padeira\n3) Mapa", "Use a sua segunda sugestão", "Padeira"),
        ("Tre proposte:\n1. Faro\n2. Fornaia\n3. Mappa", "Prendi la tua terza proposta", "Mappa"),
        ("Three ideas:\n1. Lamp\n2. Bread\n3. Map", "Take your last idea", "Map"),
        ("สามข้อเสนอ:\n1. ประภาคาร\n2. คนทำขนมปัง", "ใช้ข้อเสนอที่ 2", "คนทำขนมปัง"),
    ],
)
def test_a_counted_suggestion_is_found_in_the_assistants_last_list(offered: str, request_: str, meant: str) -> None:
    others = tells("My list:\n1. one\n2. two\n3. three")
    assert meant in told(among([user("?"), assistant(offered)], others), request_)


def test_what_was_said_of_the_same_thing_later_stands_behind_it() -> None:
    chat = among(
        tells("Prices:\n1. Honey – 7 EUR\n2. Walnut oil – 14 EUR"), BETWEEN[:12], tells("Walnut oil went up, it is 16.")
    )
    text = told(chat, "What is the price of item 2?")
    assert -1 < text.find("Walnut oil – 14 EUR") < text.find("it is 16")


def test_a_long_message_is_quoted_in_part_with_what_its_list_is_about() -> None:
    items = "\n".join(f"- part {n}: costs {n * 7} euros and comes from {n} lands" for n in range(1, 60))
    long = (
        f"Well. Much to say here.\n\nThese parts are for the pump:\n\n{items}\n\nThat is all. " + "Nothing more. " * 80
    )
    text = told(among(tells(long)), "Add what part 23 for the pump costs")
    assert "part 23: costs 161 euros" in text
    assert "These parts are for the pump:" in text
    assert "part 57" not in text
    assert "[…]" in text


def test_a_row_comes_with_the_header_of_its_table() -> None:
    rows = "\n".join(f"| Room {n} | {n * 10} m² | {n * 100} € |" for n in range(1, 40))
    text = told(
        among(tells(f"The rooms:\n\n| Name | Size | Rent |\n|---|---|---|\n{rows}")), "The rent of room 17, please"
    )
    assert "| Name | Size | Rent |\n|---|---|---|" in text
    assert "| Room 17 | 170 m² | 1700 € |" in text


def test_code_stays_whole() -> None:
    code = "```python\ndef tide(day):\n    level = 3\n\n    return level * day\n```"
    long = f"{'Some words before it. ' * 30}\n\n{code}\n\n{'Some words behind it. ' * 30}"
    assert code in told(among([user("How?"), assistant(long)]), "Put the tide function into the draft")


def test_code_that_was_asked_for_is_found_by_what_was_asked() -> None:
    code = '```bash\nfor f in *.jpg; do mv "$f" "roof_$f"; done\n```'
    chat = among([user("Give me a script for renaming."), assistant(f"Here:\n\n{code}\n\nRun it in the folder.")])
    assert code in told(chat, "Insert the rename script you gave me")


def test_an_answer_is_found_by_the_question_that_it_answers() -> None:
    chat = among([assistant("Which typeface for the posters?"), user("Garamond, I think."), assistant("Noted.")])
    assert "Garamond" in told(chat, "State the typeface of the posters")


def test_quoted_words_are_found_to_the_letter() -> None:
    chat = among(tells("We say that it is 'as it was' on the sign."))
    assert "on the sign" in told(chat, 'Put the words "as it was" in')


def test_several_things_of_one_request_are_all_found() -> None:
    chat = among(
        tells("The ferry is at 7:40."), tells("Lena's number is 555-0142."), tells("The hall holds 240 people.")
    )
    text = told(chat, "Add the ferry, Lena's number and how many the hall holds")
    assert all(each in text for each in ("7:40", "555-0142", "240 people"))


@pytest.mark.parametrize("request_", ["Make it shorter.", "Rewrite the introduction.", "Thanks!", "", "再短一点。"])
def test_a_request_that_points_to_nothing_said_recalls_nothing(request_: str) -> None:
    assert told(BETWEEN[:40], request_) == ""


def test_who_said_it_stands_before_it_in_the_order_of_the_chat() -> None:
    chat = [*tells("The lamp is blue."), *BETWEEN[:20], user("And?"), assistant("I would paint the lamp red.")]
    found = recall(chat, "the lamp", 400)
    assert [(each.role, each.text) for each in found if "lamp" in each.text] == [
        ("user", "The lamp is blue."),
        ("assistant", "I would paint the lamp red."),
    ]
    assert [each.place for each in found] == sorted(each.place for each in found)
    assert quoted_chat(found, "User").split("\n")[1].startswith("User: ")


@pytest.mark.parametrize(
    ("said", "later", "request_", "holds"),
    [
        (
            "The warden walks with visitors on Tuesdays.",
            "And it is Thursdays from June.",
            "the warden's day",
            "Thursdays",
        ),
        ("A foreword: 1. a botanist; 2. an actor?", "The second. Jory Bolitho.", "who writes the foreword", "Bolitho"),
        ("网页正文的字号是20像素。", "再大一点吧，22。", "写上网页正文的字号", "22"),
        ("Le tirage : 620 exemplaires.", "Non, plutôt 800.", "le tirage", "800"),
    ],
)
def test_what_is_said_right_after_in_other_words_is_shown(said: str, later: str, request_: str, holds: str) -> None:
    assert holds in told(among([user(said), assistant("Noted.")], [user(later), assistant("Good.")]), request_)


def test_a_long_message_is_no_mere_reply() -> None:
    page = "A page about the tide tables, the moon and the wind. " * 8
    assert "tide tables" not in told(among([user("The lamp is blue."), assistant(page)]), "the colour of the lamp")


@pytest.mark.parametrize("budget", [0, 10, 60, 200])
def test_nothing_is_longer_than_it_may_be(budget: int) -> None:
    told(BETWEEN, "Everything of paragraph 12, the harbour, the gulls and the boats", budget)
