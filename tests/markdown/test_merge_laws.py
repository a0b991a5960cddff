"""What holds for every merge, whatever the strings are."""

import re
from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from redraft.markdown import MergeResult, merge

WORDS = ["a", "the", "fox", "jumps", "über", "夢", "🙂", "\ufe0f", "\u2028", "\x0c", "\x85"]
MARKS = [
    " ",
    "  ",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "- ",
    "* ",
    "1. ",
    "# ",
    "## ",
    "```\n",
    "|",
    "| - |\n",
    "> ",
    "---\n",
    "[^1]: ",
]

anything = st.text(max_size=60)
prose = st.lists(st.sampled_from(WORDS + MARKS), max_size=40).map("".join)


LINES = [
    "# Title\n", "\n", "\n", "The quick brown fox jumps over the lazy dog. \n", "It was a dark night.\r\n",
    "- one thing to remember well\n", "- another thing, with [a link](https://a.example/b)\n",
    "| a | b |\n", "|---|---|\n", "```js\n", "let x = 1\n", "```\n", "[ref]: https://a.example\n",
    "1. the first step of three\n", "2. the second one\n", "   1. a step within\n", "3. and the last\n",
    "---\n", "title: A long story about foxes\n", "夜の街\n", "no end",
]  # fmt: skip


@st.composite
def edited(draw: st.DrawFn, parts: list[str]) -> tuple[str, str, str]:
    """A base, and two documents that each came from it by a few edits and moves. Each side's new words are its own."""
    pieces = draw(st.lists(st.sampled_from(parts), max_size=30))
    sides = []
    for name in ("my", "their"):
        side = list(pieces)
        for number in range(draw(st.integers(0, 4))):
            at = draw(st.integers(0, len(side)))
            end = draw(st.integers(at, min(len(side), at + 6)))
            cut = side[at:end]
            if draw(st.booleans()):
                del side[at:end]
                at = end = draw(st.integers(0, len(side)))
                side[at:end] = cut
            else:
                new = draw(st.lists(st.sampled_from(parts), max_size=3))
                side[at:end] = [part.replace("o", f"{name}{number}") for part in new]
        sides.append("".join(side))
    return "".join(pieces), sides[0], sides[1]


texts = st.one_of(anything, prose)
documents = st.one_of(edited(WORDS + MARKS), edited(LINES), st.tuples(texts, texts, texts))


@given(texts, texts)
def test_a_side_that_changed_nothing_takes_what_the_other_did(base: str, other: str) -> None:
    assert merge(base, base, other) == MergeResult(other, [])
    assert merge(base, other, base) == MergeResult(other, [])


@given(texts, texts)
def test_the_same_edit_on_both_sides_is_one(base: str, both: str) -> None:
    assert merge(base, both, both) == MergeResult(both, [])


@settings(max_examples=200)
@given(documents)
def test_a_conflict_holds_mine_where_it_says(texts: tuple[str, str, str]) -> None:
    result = merge(*texts)
    end = 0
    for conflict in result.conflicts:
        assert end <= conflict.start <= conflict.end <= len(result.document)
        assert result.document[conflict.start : conflict.end] == conflict.mine
        assert conflict.mine != conflict.theirs
        end = conflict.end


@settings(max_examples=200)
@given(documents)
@example(("", "# Title\n\n", "\n# Title\n"))
def test_swapped_sides_give_swapped_conflicts(texts: tuple[str, str, str]) -> None:
    base, mine, theirs = texts
    there = merge(base, mine, theirs).conflicts
    back = merge(base, theirs, mine).conflicts
    assert Counter((c.base, c.mine, c.theirs) for c in there) == Counter((c.base, c.theirs, c.mine) for c in back)


@settings(max_examples=200)
@given(st.one_of(edited(WORDS + MARKS), edited(LINES)))
def test_no_word_that_a_side_added_is_lost_from_a_clean_result(texts: tuple[str, str, str]) -> None:
    result = merge(*texts)
    if result.conflicts:
        return
    base, mine, theirs = map(_words, texts)
    numbered = set(re.findall(r"^[ \t]*(\d+)\.", result.document, flags=re.MULTILINE))
    assert (mine | theirs) - base <= _words(result.document) | numbered


def _words(text: str) -> set[str]:
    """The words of a text; the numbers of list items come and go with the items."""
    return set(re.findall(r"[a-zü\d]+", re.sub(r"^[ \t]*\d+\.", "", text, flags=re.MULTILINE)))


@settings(max_examples=100)
@given(edited(LINES), st.sampled_from(["\r\n", "\r"]))
def test_line_ends_of_one_kind_stay_of_one_kind(texts: tuple[str, str, str], end: str) -> None:
    base, mine, theirs = (re.sub("\r?\n", end, text) for text in texts)
    assert {end} >= set(re.findall("\r\n|\r|\n", merge(base, mine, theirs).document))


@pytest.mark.parametrize(
    "texts",
    [
        ("a " * 60_000, "b " * 60_000, "a b " * 30_000),
        ("- a\n" * 20_000, "- a\n" * 15_000 + "- b\n" * 5_000, "- b\n- a\n" * 10_000),
        (
            "".join(f"{n * n % 97}\n" for n in range(20_000)),
            "".join(f"{n % 97}\n" for n in range(20_000)),
            "7\n" * 20_000,
        ),
        ("\n" * 50_000, "\n" * 49_999 + "x", "y" + "\n" * 50_000),
        ("x" * 200_000, "y" * 200_000, "x" * 100_000 + "y" * 100_000),
        ("", "- a\n" * 20_000, "- b\n" * 20_000),
    ],
    ids=["words", "items", "numbers", "blanks", "one-word", "additions"],
)
def test_hostile_texts_are_merged_in_bounded_time(texts: tuple[str, str, str]) -> None:
    """A few seconds; a minute and more where anything is quadratic."""
    base, mine, theirs = texts
    assert merge(base, mine, theirs).document is not None
