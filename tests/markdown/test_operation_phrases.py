"""Words that are found loosely keep the spelling of the text where the new words only repeat it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.markdown import apply
from redraft.markdown.operations import Operation, ReplacePhrase, ReplaceRange

SPECIAL = {" ": "\u00a0\u202f\u2007", '"': "“”„", "'": "’‘", "-": "–—\u2011−"}


def neat(text: str) -> str:
    """The text without the spaces at the seams."""
    for spaced, without in (("Buy \n", "Buy\n"), ("\n  \n", "\n\n"), (" today", "today"), (">today", "> today")):
        text = text.replace(spaced, without)
    return text


def done(text: str, operation: Operation) -> str:
    applied = apply(text, [operation])
    assert applied.problems == []
    return applied.document


@pytest.mark.parametrize(
    ("text", "find", "new", "expected"),
    [
        ("10\u00a0km far", "10 km", "12 km", "12\u00a0km far"),
        ("10\u00a0km far", "10\u00a0km", "12 km", "12\u00a0km far"),
        ("10\u202fkm far", "10 km", "12 miles", "12\u202fmiles far"),
        ("say “Hi” – it’s me", '"Hi" - it\'s me', '"Bye" - it\'s me', "say “Bye” – it’s me"),
        ("cafe\u0301 au lait", "caf\u00e9 au lait", "caf\u00e9 noir", "cafe\u0301 noir"),
        ("caf\u00e9 au lait", "cafe\u0301 au lait", "cafe\u0301 noir", "caf\u00e9 noir"),
        ("Donau\u00addampf schiff", "Donaudampf schiff", "Donaudampf boot", "Donau\u00addampf boot"),
        ("wait… now", "wait... now", "wait... then", "wait… then"),
        ("a well\u2011known   thing", "well-known thing", "well-known fact", "a well\u2011known   fact"),
        ("alpha\nbeta gamma", "alpha beta", "alpha delta", "alpha\ndelta gamma"),
        ("> alpha\r\n> beta\r\n", "alpha beta", "alpha delta", "> alpha\r\n> delta\r\n"),
        ("x  \ny z", "x y z", "x y w", "x  \ny w"),
        ("Hello World", "hello world", "hello there", "Hello there"),
        # what was asked for in another spelling gets it
        ('say "Hi"', '"Hi"', "“Hi”", "say “Hi”"),
        ("pages 1-2", "pages 1-2", "pages 3–4", "pages 3–4"),
        ("10\u00a0km far", "10\u00a0km", "10 km", "10 km far"),
        ("a b c", "a b", "a\n\nb", "a\n\nb c"),
        ("Hello World", "Hello World", "hello there", "hello there"),
    ],
)
def test_what_is_only_repeated_stays(text: str, find: str, new: str, expected: str) -> None:
    assert done(text, ReplacePhrase(find, new)) == expected


def test_everywhere_is_where_it_is_spelled_otherwise_too() -> None:
    text = "10\u00a0km, 10 km and 10\nkm"
    assert done(text, ReplacePhrase("10 km", "12 km", everywhere=True)) == text.replace("10", "12")


@given(
    st.lists(
        st.tuples(st.sampled_from(["one", "10", "\u00e9", "it's"]), st.sampled_from(' "-')), min_size=1, max_size=9
    ),
    st.data(),
)
def test_one_word_changed_changes_one_word(parts: list[tuple[str, str]], data: st.DataObject) -> None:
    words = "".join(word + mark for word, mark in parts)
    there = "".join(data.draw(st.sampled_from([mark, *SPECIAL.get(mark, "")])) for mark in words)
    there = unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), there)
    changed = done(f"x {there}end y\n", ReplacePhrase(f"{words}end", f"{words}finish"))
    assert changed == f"x {there}finish y\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Buy milk and eggs today.\nRest.\n", "Buy \n\n- milk\n- eggs\n\n today.\nRest.\n"),
        ("> Buy milk and eggs\n> today.\n", "> Buy \n>\n> - milk\n> - eggs\n>\n> today.\n"),
        ("- Buy\n  milk and eggs today.\n", "- Buy\n  \n  - milk\n  - eggs\n\n   today.\n"),
        ("milk and eggs\n", "- milk\n- eggs\n"),
        ("Buy\r\nmilk and eggs\r\n\r\nend\r\n", "Buy\r\n\r\n- milk\r\n- eggs\r\n\r\nend\r\n"),
    ],
)
def test_a_block_in_a_paragraph_is_a_block_of_its_own(text: str, expected: str) -> None:
    at, new = text.index("milk and eggs"), "- milk\n- eggs"
    assert done(text, ReplacePhrase("milk and eggs", new)) == neat(expected)
    assert done(text, ReplaceRange(at, at + len("milk and eggs"), new)) == expected
    selection = (at, at + len("milk and eggs"))
    assert apply(text, [ReplaceRange(*selection, new)], selection=selection).document == expected


@pytest.mark.parametrize("new", ["# T", "```\nx\n```", "| a |\n|---|\n| b |", "> q\n> r", "1. a\n2. b", "---\n\n- x"])
def test_any_block_in_a_paragraph_is_parted_from_it(new: str) -> None:
    assert done("One two three.\n", ReplacePhrase("two", new)) == f"One\n\n{new}\n\nthree.\n"
    assert done("One two three.\n", ReplaceRange(3, 8, new)) == f"One\n\n{new}\n\nthree.\n"


@pytest.mark.parametrize("new", ["- b", "2\n\n3", "two\nlines", "[x]: y"])
def test_words_in_a_paragraph_stay_in_it(new: str) -> None:
    assert done("One two three.\n", ReplacePhrase("two", new)) == f"One {new} three.\n"


@pytest.mark.parametrize(
    ("new", "cell"),
    [("- x\n- y", "- x<br>- y"), ("a | b", "a \\| b"), ("a \\| b", "a \\| b"), ("```\nx\n```", "x"), ("x", "x")],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_words_in_a_cell_stay_in_it(new: str, cell: str, end: str) -> None:
    text = f"| a | b |{end}|---|---|{end}| Buy milk now | 2 |{end}"
    at = text.index("milk")
    for operation in (ReplacePhrase("milk", new), ReplaceRange(at, at + 4, new)):
        assert done(text, operation) == text.replace("milk", cell)


@pytest.mark.parametrize("new", ["- x\n- y", "```\nx\n```", "| a |\n|---|\n| 1 |", "x\n\ny"])
def test_words_in_a_heading_are_not_torn_by_a_block(new: str) -> None:
    text = "# Buy milk today\n\nx\n"
    for operation in (ReplacePhrase("milk", new), ReplaceRange(6, 10, new)):
        applied = apply(text, [operation])
        assert applied.document == text
        assert "one line" in applied.problems[0].message


@pytest.mark.parametrize(
    ("text", "find", "new", "expected"),
    [
        ("mu\u0303 mu\n", "mu", "ma", "mu\u0303 ma\n"),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7 \U0001f1ea\U0001f1eb x\n", "\U0001f1ea\U0001f1eb", "X",
         "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7 X x\n"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f469\n", "\U0001f469", "X",
         "\U0001f468\u200d\U0001f469\u200d\U0001f467 X\n"),
        ("\U0001f44b\U0001f3fd \U0001f44b\n", "\U0001f44b", "X", "\U0001f44b\U0001f3fd X\n"),
        ("I \u2764\ufe0f it\n", "I \u2764 it", "I \u2764 that", "I \u2764\ufe0f that\n"),
    ],
)  # fmt: skip
def test_a_phrase_is_no_part_of_a_character(text: str, find: str, new: str, expected: str) -> None:
    assert done(text, ReplacePhrase(find, new)) == expected
