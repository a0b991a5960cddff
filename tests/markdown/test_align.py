"""An alignment is right, minimal where it promises to be, and bounded everywhere."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from redraft.markdown.align import DISTANCE, Match, align

long_lists = st.lists(st.integers(0, 30), min_size=300, max_size=600)
letters = st.text(alphabet="abc", max_size=40)


def kept(matches: Sequence[Match]) -> int:
    return sum(match.size for match in matches)


def longest_common_subsequence(a: str, b: str) -> int:
    row = [0] * (len(b) + 1)
    for x in a:
        before = row
        row = [0]
        for j, y in enumerate(b):
            row.append(before[j] + 1 if x == y else max(before[j + 1], row[j]))
    return row[-1]


@given(letters, letters)
def test_matches_are_equal_ordered_and_apart(a: str, b: str) -> None:
    end_a = end_b = 0
    for index, (i, j, size) in enumerate(align(a, b)):
        assert size > 0
        assert a[i : i + size] == b[j : j + size]
        assert i >= end_a
        assert j >= end_b
        assert index == 0 or (i, j) != (end_a, end_b), "two touching matches are one"
        end_a, end_b = i + size, j + size


@given(letters, letters)
def test_what_is_close_is_aligned_minimally(a: str, b: str) -> None:
    assert kept(align(a, b)) == longest_common_subsequence(a, b)


@settings(max_examples=20, deadline=None)
@given(long_lists, long_lists)
def test_what_is_far_apart_is_still_aligned_rightly(a: list[int], b: list[int]) -> None:
    for i, j, size in align(a, b):
        assert a[i : i + size] == b[j : j + size]


def test_anchors_take_over_where_the_distance_is_too_long() -> None:
    deleted = [f"old {n}" for n in range(DISTANCE)]
    moved = list(range(DISTANCE))
    a = [*moved, "anchor", *deleted, "end"]
    b = ["start", *reversed(moved), "anchor", "end"]
    matches = align(a, b)
    assert a.index("anchor") in {i for match in matches for i in range(match.a, match.a + match.size)}


def test_hostile_input_is_bounded() -> None:
    """Without the bound this takes minutes."""
    assert align("ab" * 20_000, "ba" * 15_000 + "c" * 10_000)
    assert align("".join("abc"[n * n % 3] for n in range(30_000)), "".join("abc"[n * n * n % 3] for n in range(30_000)))
