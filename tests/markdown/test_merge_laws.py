"""What holds for every merge, whatever the strings are."""

import re
from collections import Counter

from hypothesis import given, settings
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


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str, str]:
    """A base, and two documents that each came from it by a few edits."""
    pieces = draw(st.lists(st.sampled_from(WORDS + MARKS), max_size=30))
    sides = []
    for _ in range(2):
        side = list(pieces)
        for _ in range(draw(st.integers(0, 4))):
            at = draw(st.integers(0, len(side)))
            end = draw(st.integers(at, min(len(side), at + 6)))
            if draw(st.booleans()):
                moved = side[at:end]
                del side[at:end]
                at = end = draw(st.integers(0, len(side)))
                side[at:end] = moved
            else:
                side[at:end] = draw(st.lists(st.sampled_from(WORDS + MARKS), max_size=5))
        sides.append("".join(side))
    return "".join(pieces), sides[0], sides[1]


texts = st.one_of(anything, prose)
documents = st.one_of(edited(), st.tuples(texts, texts, texts))


@given(texts, texts)
def test_a_side_that_changed_nothing_takes_what_the_other_did(base: str, other: str) -> None:
    assert merge(base, base, other) == MergeResult(other, [])
    assert merge(base, other, base) == MergeResult(other, [])


@given(texts, texts)
def test_the_same_edit_on_both_sides_is_one(base: str, both: str) -> None:
    assert merge(base, both, both) == MergeResult(both, [])


@settings(max_examples=300)
@given(documents)
def test_a_conflict_holds_mine_where_it_says(texts: tuple[str, str, str]) -> None:
    result = merge(*texts)
    end = 0
    for conflict in result.conflicts:
        assert end <= conflict.start <= conflict.end <= len(result.document)
        assert result.document[conflict.start : conflict.end] == conflict.mine
        assert conflict.mine != conflict.theirs
        assert conflict.base not in (conflict.mine, conflict.theirs)
        end = conflict.end


@settings(max_examples=300)
@given(documents)
def test_swapped_sides_give_swapped_conflicts(texts: tuple[str, str, str]) -> None:
    base, mine, theirs = texts
    there = merge(base, mine, theirs).conflicts
    back = merge(base, theirs, mine).conflicts
    assert Counter((c.base, c.mine, c.theirs) for c in there) == Counter((c.base, c.theirs, c.mine) for c in back)


@settings(max_examples=300)
@given(documents)
def test_no_word_that_a_side_added_is_lost_from_a_clean_result(texts: tuple[str, str, str]) -> None:
    result = merge(*texts)
    if result.conflicts:
        return
    base, mine, theirs, merged = (Counter(re.findall(r"[^\W_夢]+|夢", text)) for text in (*texts, result.document))
    for word in mine.keys() | theirs.keys():
        gains = mine[word] - base[word], theirs[word] - base[word]
        if max(gains) > 0:
            assert merged[word] >= base[word] + max(gains) + min(0, *gains), word
