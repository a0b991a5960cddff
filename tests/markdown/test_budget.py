"""The work of a merge is bounded, and a merge whose budget is spent still loses no word."""

import random
import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redraft.markdown import merge
from redraft.markdown.align import align
from redraft.markdown.budget import MOST, bounded, steps_for
from redraft.markdown.merging.changes import Change, fewer
from tests.markdown.test_merge_laws import LINES, MARKS, WORDS, edited

MOST_LINES = 5_000_000
"""Lines of Python that the merge of three texts of 20 KB may run, three to five times less than without the budget."""


def _shuffled(size: int, seed: int, form: str, kinds: int) -> str:
    chance = random.Random(seed)
    text = ""
    while len(text) < size:
        text += form.format(chance.randrange(kinds))
    return text


@pytest.mark.parametrize(
    ("form", "kinds"),
    [("w{}\n", 400), ("|{0}|a|\n", 9)],
    ids=["lines", "rows"],
)
def test_shuffled_texts_cost_no_more_than_the_budget(form: str, kinds: int) -> None:
    texts = [_shuffled(20_000, seed, form, kinds) for seed in (1, 2, 3)]
    result, ran = _counted(lambda: merge(*texts))
    assert ran < MOST_LINES
    assert result.document
    assert result.conflicts


@settings(max_examples=150)
@given(st.one_of(edited(WORDS + MARKS), edited(LINES)), st.integers(0, 2_000))
def test_no_word_is_lost_wherever_the_budget_ends(texts: tuple[str, str, str], steps: int) -> None:
    with bounded(steps):
        result = merge(*texts)
    base, mine, theirs = (_words(text) for text in texts)
    assert mine - base <= _words(result.document)
    assert theirs - base <= _words(result.document + "\n" + "\n".join(each.theirs for each in result.conflicts))
    for each in result.conflicts:
        assert result.document[each.start : each.end] == each.mine


@given(st.integers(0, 3_000))
def test_the_same_texts_end_the_same_way(steps: int) -> None:
    texts = [_shuffled(600, seed, "w{}\n", 9) for seed in (1, 2, 3)]
    answers = []
    for _ in range(2):
        with bounded(steps):
            answers.append(merge(*texts))
    assert answers[0] == answers[1]


@given(st.lists(st.integers(0, 3), max_size=40), st.lists(st.integers(0, 3), max_size=40), st.integers(0, 400))
def test_what_is_aligned_when_the_budget_ends_is_aligned_rightly(a: list[int], b: list[int], steps: int) -> None:
    with bounded(steps):
        matches = align(a, b)
    at_a = at_b = 0
    for match in matches:
        assert match.a >= at_a
        assert match.b >= at_b
        assert a[match.a : match.a + match.size] == b[match.b : match.b + match.size]
        at_a, at_b = match.a + match.size, match.b + match.size


def test_of_too_many_changes_those_close_together_are_one() -> None:
    found = [Change(0, 1, 0, 1), Change(2, 3, 2, 3), Change(9, 9, 9, 10), Change(10, 11, 11, 11)]
    assert fewer(found, 4) == found
    assert fewer(found, 2) == [Change(0, 3, 0, 3), Change(9, 11, 9, 11)]
    assert fewer(found, 1) == [Change(0, 11, 0, 11)]


def test_no_texts_get_more_than_the_most() -> None:
    assert steps_for(10**9) == MOST


def test_the_numbers_of_very_long_lists_are_words_like_others() -> None:
    """Counting them anew would look at each of them several times."""
    base = "".join(f"{n}. x\n" for n in range(1, 12_000))
    mine = "1. new\n" + "".join(f"{n}. x\n" for n in range(2, 12_001))
    assert merge(base, mine, base + "the end\n").document.endswith("12000. x\nthe end\n")


def _counted(work: Callable[[], Any]) -> tuple[Any, int]:
    """What `work` returns, and how many lines ran: the same on every machine, unlike seconds."""
    ran = 0

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal ran
        ran += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return work(), ran
    finally:
        sys.settrace(before)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-zü\d]+", re.sub(r"^[ \t]*\d+\.", "", text, flags=re.MULTILINE)))
