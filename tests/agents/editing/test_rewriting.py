"""A passage in another tone or length: what is found, left out without a model, and refused."""

import pytest

from redraft.agents.editing.small.held.form import form_fault
from redraft.agents.editing.small.new.calming import calmed
from redraft.agents.editing.small.new.rewriting import _FENCE, _bare, _code
from tests.agents.editing.conftest import Agent

HOUSE = """# House

- Keys are with Mona
- Do not even think of smoking in the yard
- Bins go out on Monday

The lift has been out since 3 May and the office has had enough of calls, it's a joke. Mona has rung them two times.
"""
CALM = HOUSE.replace(" and the office has had enough of calls, it's a joke", "")
LIFT = {"ask": "rewrite", "what": "the paragraph about the lift"}


@pytest.mark.parametrize(
    ("request_", "text", "calm"),
    [
        (
            "Say it politely.",
            "Frankly, the tap drips since May, what on earth do we pay for? It's a joke.",
            "The tap drips since May.",
        ),
        (
            "Bitte sachlich.",
            "Das Dach leckt seit Mai, und langsam reicht es uns allen. Frau Roth weiß es.",
            "Das Dach leckt seit Mai. Frau Roth weiß es.",
        ),
        (
            "Plus poli, et on ne parle plus de la police.",
            "Le portail est cassé, c'est une honte. On va appeler la police.",
            "Le portail est cassé.",
        ),
        ("改得客气一点", "电梯坏了三天，简直太烂了。请周五前修好。", "电梯坏了三天。请周五前修好。"),
        ("Make it shorter.", "The tap drips, it's a joke.", ""),
        ("Say it politely.", "The tap drips since May.", ""),
        ("Say it politely.", "The tap drips, and Room 12 is a mess.", ""),  # a figure
        ("Say it politely.", "The new tap is a joke, it drips.", ""),  # what drips?
        ("Say it politely.", "The tap drips and the office is useless, they never answer.", ""),  # who?
        ("Be polite, but keep the bit on rent.", "The tap drips, what on earth is the rent for?", ""),
        ("Sei höflich.", "Wer zu spät kommt, dem reicht es uns allen zu sagen, der bleibt draußen.", ""),
    ],
)
def test_what_only_vents_is_left_out_and_nothing_else(request_: str, text: str, calm: str) -> None:
    assert calmed(request_, text) == calm


@pytest.mark.parametrize(
    ("request_", "new", "wrong"),
    [
        ("firmer", "We could perhaps meet at 5. Bring the torch.", " Leave out: perhaps."),
        ("firmer", "We meet at 5. Bring the torch.", ""),
        ("shorter please", "We could perhaps meet at 5. Bring the torch", " Make it much shorter."),
        ("at most one sentence", "Let us meet at 5. Bring it.", " Write at most 1 sentence."),
        ("auf höchstens zwei Sätze", "We meet. At 5. All.", " Write at most 2 sentences."),
        ("the second of two sentences is odd", "We meet. At 5. All.", ""),
        ("More formal, keep the torch.", "We meet at 5.", " Keep what it says of torch."),
        ("Nicer; no longer mention the torch.", "Let us meet at 5 with a torch.", " Leave out: torch."),
    ],
)
def test_a_form_that_is_asked_for_is_held_against_the_text(request_: str, new: str, wrong: str) -> None:
    assert form_fault(request_, "We could perhaps meet at 5. Bring the torch.", new) == wrong


async def test_a_text_that_a_model_only_copies_is_calmed_without_it(small: Agent) -> None:
    copied = "The lift has been out since 3 May and the office has had enough of calls. Mona has rung them two times."
    proposal = await small.edits(HOUSE, "Make the paragraph about the lift neutral.", LIFT, copied)
    assert proposal.document == CALM


async def test_a_rewrite_keeps_counts_in_words(small: Agent) -> None:
    says = "Make the paragraph about the lift livelier."
    lost = "Since 3 May the lift is out of order. Mona has rung them, and the office has had calls."
    kept = "Since 3 May the lift is out of order, as Mona has rung them two times, and the office has had calls."
    proposal = await small.edits(HOUSE, says, LIFT, lost, kept)
    assert kept in proposal.document
    assert "Keep two" in small.model.asked[-1]["messages"][-1]["content"]


async def test_long_runs_of_the_old_words_are_no_other_tone(small: Agent) -> None:
    old = "Some of you cannot turn a key in a lock if your whole life depended on it, and so the shed stood open."
    copied = old.replace("and so the shed stood open", "which is why the hut by the gate was not closed at all")
    text = f"# Notes\n\n{old}\n"
    parsed = {"ask": "rewrite", "what": "the paragraph on the shed"}
    assert (await small.edits(text, "Make the paragraph polite.", parsed, copied, copied)).document == text
    assert "Say in other words" in small.model.asked[-1]["messages"][-1]["content"]


async def test_one_item_is_written_anew_where_one_is_spoken_of(small: Agent) -> None:
    parsed = {"ask": "rewrite", "what": "the bullet on smoking"}
    new = "Please do not smoke in the yard"
    proposal = await small.edits(HOUSE, "The bullet on smoking is harsh, make it kinder.", parsed, new)
    assert proposal.document == HOUSE.replace("Do not even think of smoking in the yard", new)


async def test_a_passage_is_known_by_what_the_request_says_of_it(small: Agent) -> None:
    parsed = {"ask": "rewrite", "what": "the paragraph that rants"}
    says = "The paragraph that rants should be neutral (the lift, out since 3 May, and Mona, who has rung two times)."
    copied = "The lift has been out since 3 May and the office has had enough of calls. Mona has rung them two times."
    assert (await small.edits(HOUSE, says, parsed, copied)).document == CALM


async def test_the_language_of_the_text_is_named_and_kept(small: Agent) -> None:
    text = "# Regeln\n\nDie Küche ist um 20 Uhr leer, und das ist nicht zu viel verlangt.\n"
    new = "Bitte verlassen Sie die Küche bis 20 Uhr, denn das ist nicht zu viel verlangt."
    parsed = {"ask": "rewrite", "what": "Absatz über die Küche"}
    english = "Please leave the kitchen by 20 Uhr, and that is not too much to ask for."
    proposal = await small.edits(text, "Den Absatz über die Küche bitte freundlicher.", parsed, english, new)
    assert new in proposal.document
    asked = [each["messages"][-1]["content"] for each in small.model.asked]
    assert "Write German." in asked[-2]
    assert "in the language of the text" in asked[-1]


@pytest.mark.parametrize(
    ("new", "old", "wants_code", "expected"),
    [
        ("Text:\nNew words.", "Old words.", False, "New words."),
        ('"New words."', "Old words.", False, "New words."),
        ('"New words."', '"Old words."', False, '"New words."'),
        ("```\nNew words.\n```", "Old words.", False, "New words."),
        ("```\nnew\n```", "old", True, "```\nnew\n```"),
        ("```py\nnew\n```", "old", False, "```py\nnew\n```"),
        ("New words.", "Old words", False, "New words"),
    ],
)
def test_what_a_small_model_puts_around_its_text_comes_off(
    new: str, old: str, expected: str, *, wants_code: bool
) -> None:
    assert _bare(new, old, wants_code=wants_code) == expected


@pytest.mark.parametrize(
    "answer", ["x = 2", "```\nx = 2\n```", "Sure:\n```python\nx = 2\n```\nDone.", "~~~\nx = 2\n~~~"]
)
def test_new_code_stands_between_the_lines_of_the_old_fence(answer: str) -> None:
    fence = _FENCE.match("~~~~py\nx = 1\n~~~~")
    assert fence
    assert _code(answer, fence) == "~~~~py\nx = 2\n~~~~"
