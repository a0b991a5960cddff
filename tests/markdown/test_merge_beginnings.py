"""The beginning of a line, its indentation, quote marks and marker, stays with its line through a merge."""

from dataclasses import astuple

import pytest

from redraft.markdown import merge

CASES = {
    "items that went in, and one more": (
        "- tea\n- milk\n- sugar\n",
        "- drinks\n  - tea\n  - milk\n  - sugar\n",
        "- tea\n- milk\n- honey\n- sugar\n",
        "- drinks\n  - tea\n  - milk\n  - honey\n  - sugar\n",
    ),
    "code that went in, and one more line": (
        "```py\ndef f():\n    a = 1\n    return a\n```\n",
        "```py\ndef f():\n    if ok:\n        a = 1\n        return a\n```\n",
        "```py\ndef f():\n    a = 1\n    b = 2\n    return a\n```\n",
        "```py\ndef f():\n    if ok:\n        a = 1\n        b = 2\n        return a\n```\n",
    ),
    "another bullet": ("* a\n* b\n", "- a\n- b\n", "* a\n* x\n* b\n", "- a\n- x\n- b\n"),
    "bullets that became numbers": ("- b\n", "1. b\n", "- a\n- b\n", "1. a\n2. b\n"),
    "numbers that became bullets": ("1. a\n2. b\n", "- a\n- b\n", "1. a\n2. b\n3. c\n", "- a\n- b\n- c\n"),
    "another delimiter": ("1. a\n2. b\n", "1) a\n2) b\n", "1. a\n2. x b\n", "1) a\n2) x b\n"),
    "a quote, and a paragraph between": ("a\n\nb\n", "> a\n>\n> b\n", "a\n\nx\n\nb\n", "> a\n>\n> x\n>\n> b\n"),
    "a quote that ended, and another word": (
        "> a one\n> b two\n",
        "a one\nb two\n",
        "> a one\n> b 2\n",
        "a one\nb 2\n",
    ),
    "a paragraph below an item": (
        "9. pour\n\n   Slowly.\n",
        "9. fill\n10. pour\n\n    Slowly.\n",
        "9. pour\n\n   Very slowly.\n",
        "9. fill\n10. pour\n\n    Very slowly.\n",
    ),
    "code whose first word changes": (
        "```\n    x = 1\n```\n",
        "```\n        x = 1\n```\n",
        "```\n    await x = 1\n```\n",
        "```\n        await x = 1\n```\n",
    ),
    "from nine to ten": (
        "8. a\n   - x\n9. b\n   - y\n",
        "8. m\n9. a\n   - x\n10. b\n    - y\n",
        "8. a\n   - x\n9. b\n   - y z\n",
        "8. m\n9. a\n   - x\n10. b\n    - y z\n",
    ),
    "an item that went in and was changed, with one more before it": (
        "- one\n- two apples\n",
        "- one\n  - two red apples\n",
        "- one\n- new\n- two apples\n",
        "- one\n- new\n  - two red apples\n",
    ),
    "one more item behind those that went in": (
        "- a\n- b\n- c\n",
        "- a\n  - b\n  - c\n",
        "- a\n- b\n- c\n- d\n",
        "- a\n  - b\n  - c\n  - d\n",
    ),
    "items that came out": ("- a\n  - b\n  - c\n", "- a\n- b\n- c\n", "- a\n  - b\n  - c d\n", "- a\n- b\n- c d\n"),
    "a tab for spaces": ("- a\n    - b\n", "- a\n\t- b\n", "- a\n    - b c\n", "- a\n\t- b c\n"),
    "a heading of another level": (
        "# A one\n\ntext\n",
        "## A one\n\ntext\n",
        "# A two\n\ntext\n",
        "## A two\n\ntext\n",
    ),
    "a paragraph at the end is not quoted": ("a\n\nb\n", "a\n\n> b\n", "a\n\nb\n\nc\n", "a\n\n> b\n\nc\n"),
    "another bullet below code in a quote": (
        "> ```\n> x\n> ```\n\n* a\n* b\n",
        "> ```\n> x\n> ```\n\n- a\n- b\n",
        "> ```\n> x\n> ```\n\n* a\n* x\n* b\n",
        "> ```\n> x\n> ```\n\n- a\n- x\n- b\n",
    ),
    "an item that went in, and one that came out": (
        "- a\n- b\n  - c\n",
        "- a\n  - b\n- c\n",
        "- a\n- b\n  - c\n  - d\n",
        "- a\n  - b\n- c\n- d\n",
    ),
    "code that went in, and was written anew": (
        "```\nif a:\n    b()\n```\n",
        "```\nif c:\n    if a:\n        b()\n```\n",
        "```\nif a:\n    d.e = 1\n```\n",
        "```\nif c:\n    if a:\n        d.e = 1\n```\n",
    ),
    "code in an item that went in": (
        "- a\n\n  ```\n  x = 1\n  ```\n",
        "- o\n  - a\n\n    ```\n    x = 1\n    ```\n",
        "- a\n\n  ```\n  x = 2\n  ```\n",
        "- o\n  - a\n\n    ```\n    x = 2\n    ```\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_beginning_stays_with_its_line(name: str) -> None:
    base, mine, theirs, right = CASES[name]
    for sides in ((mine, theirs), (theirs, mine)):
        result = merge(base, *sides)
        assert (result.document, result.conflicts) == (right, [])


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("above", [True, False], ids=["above", "below"])
def test_a_conflict_elsewhere_changes_nothing_of_that(name: str, above: bool) -> None:
    base, mine, theirs, right = CASES[name]
    red, green, blue = (f"Some say that the {colour} one is best.\n" for colour in ("red", "green", "blue"))

    def beside(paragraph: str, rest: str) -> str:
        return f"{paragraph}\n{rest}" if above else f"{rest}\n{paragraph}"

    for first, second in ((mine, theirs), (theirs, mine)):
        result = merge(beside(red, base), beside(green, first), beside(blue, second))
        assert result.document == beside(green, right)
        assert [each[:3] for each in map(astuple, result.conflicts)] == [("red", "green", "blue")]


def test_a_line_that_both_began_anew_is_a_conflict() -> None:
    result = merge("- a\n- b\n", "- a\n  - b\n", "- a\n    - b\n")
    (conflict,) = result.conflicts
    assert (conflict.mine, conflict.theirs) == ("  - b\n", "    - b\n")
    assert result.document[conflict.start : conflict.end] == conflict.mine


def test_spaces_on_blank_lines_stay() -> None:
    base = "- a\n   \n- b\n\t\n> c\n"
    result = merge(base, base.replace("- ", "  - "), base.replace("c", "c d"))
    assert (result.document, result.conflicts) == ("  - a\n   \n  - b\n\t\n> c d\n", [])


@pytest.mark.parametrize(
    ("base", "mine", "theirs"),
    [
        ("x 🇩🇪 y\n", "x 🇩🇰 y\n", "x 🇳🇪 y\n"),
        ("a 👩‍👩‍👧 b\n", "a 👩‍👩‍👦 b\n", "a 👨‍👩‍👧 b\n"),
        ("cafe\u0301 x\n", "cafe\u0300 x\n", "caffe\u0301 x\n"),
        ("का x\n", "कि x\n", "खा x\n"),
    ],
)
def test_no_character_is_cut(base: str, mine: str, theirs: str) -> None:
    result = merge(base, mine, theirs)
    (conflict,) = result.conflicts
    assert result.document == mine
    assert result.document[conflict.start : conflict.end] == conflict.mine


@pytest.mark.parametrize(
    ("base", "mine", "theirs"),
    [
        ("See [the old page](a.md) first.\n", "See [the new page](b.md) first.\n", "See [the red page](c.md) first.\n"),
        ("It is **very large** now.\n", "It is **rather** large now.\n", "It is **quite large now**.\n"),
        ("Run `make all` twice.\n", "Run `make one` `two` twice.\n", "Run `make none twice`.\n"),
    ],
)
def test_no_side_of_a_conflict_has_half_of_a_pair(base: str, mine: str, theirs: str) -> None:
    for conflict in merge(base, mine, theirs).conflicts:
        for text in (conflict.base, conflict.mine, conflict.theirs):
            assert text.count("**") % 2 == text.count("`") % 2 == 0
            assert (text.count("["), text.count("(")) == (text.count("]"), text.count(")"))


def test_another_way_to_show_a_character_gives_way_to_words() -> None:
    result = merge("- Time: 5 min\n", "- \u23f2 Time: 5 minutes\n", "- \u23f2\ufe0f Time: 5 min\n")
    assert (result.document, result.conflicts) == ("- \u23f2 Time: 5 minutes\n", [])


def test_items_that_all_have_one_number_keep_it() -> None:
    result = merge("- a\n- b\n", "1. a\n1. b\n", "- a\n- b c\n")
    assert (result.document, result.conflicts) == ("1. a\n1. b c\n", [])


def test_lines_that_clash_are_shown_as_their_side_wrote_them() -> None:
    base = "- tea\n- milk\n- sugar\n\nSo.\n"
    mine = "- drinks\n  - tea\n  - milk from the farm\n    and more of it\n  - sugar\n\nSo.\n"
    theirs = "- tea\n- oats of the mill\n  or something else\n- sugar\n- honey\n\nSo.\n"
    result = merge(base, mine, theirs)
    (conflict,) = result.conflicts
    assert (conflict.mine, conflict.theirs) == (
        "  - milk from the farm\n    and more of it\n",
        "- oats of the mill\n  or something else\n",
    )
    assert result.document.endswith("  - sugar\n  - honey\n\nSo.\n")
