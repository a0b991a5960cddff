"""What both sides did to one word, or to words beside each other: nothing that a side wrote vanishes silently."""

from typing import Any

import pytest

from redraft.markdown import merge
from redraft.markdown.merging.changes import Change
from redraft.markdown.merging.compounds import by_compound
from redraft.markdown.merging.paragraphs import line_changes

ONE_WORD = {
    "a file's name": ("See rules.py here.\n", "See rewritten.py here.\n", "See rules.md here.\n"),
    "a name in code": ("Call `get_user` now.\n", "Call `fetch_user` now.\n", "Call `get_owner` now.\n"),
    "a date": ("From 2024-01-02 on.\n", "From 2025-01-02 on.\n", "From 2024-01-09 on.\n"),
    "a version": ("It is 1.2.3 now.\n", "It is 2.2.3 now.\n", "It is 1.2.4 now.\n"),
    "a compound": ("A well-known fact.\n", "A little-known fact.\n", "A well-kept fact.\n"),
    "a word and what is put before it": ("Call user now.\n", "Call owner now.\n", "Call get_user now.\n"),
    "a word and what is put behind it": ("Open rules now.\n", "Open losses now.\n", "Open rules.py now.\n"),
}


@pytest.mark.parametrize("name", ONE_WORD)
def test_parts_of_one_word_from_both_sides_are_a_conflict(name: str) -> None:
    base, mine, theirs = ONE_WORD[name]
    for one, other in ((mine, theirs), (theirs, mine)):
        result = merge(base, one, other)
        assert result.document == one
        (conflict,) = result.conflicts
        assert conflict.mine in one
        assert conflict.theirs in other


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "right"),
    [
        ("It is good.\n", "It is fine.\n", "It is good, too.\n", "It is fine, too.\n"),
        ("A word here.\n", "A **word** here.\n", "A term here.\n", "A **term** here.\n"),
        (
            "See [it](https://a.example/b) here.\n",
            "See [it](https://a.example/c) here.\n",
            "See [it](https://b.example/b) here.\n",
            "See [it](https://b.example/c) here.\n",
        ),
        ("Use x-ray now.\n", "Use gamma-ray x-ray now.\n", "Use x-ray then.\n", "Use gamma-ray x-ray then.\n"),
    ],
    ids=["a comma behind it", "marks around it", "parts of an address", "a word before it"],
)
def test_what_stands_beside_a_word_is_no_part_of_it(base: str, mine: str, theirs: str, right: str) -> None:
    result = merge(base, mine, theirs)
    assert (result.document, result.conflicts) == (right, [])


def test_a_heading_that_one_side_moved_and_the_other_deleted_is_a_conflict() -> None:
    base = "# A\n\nOne two three.\n\n## Merge\n\nFour five six.\n\nSeven eight nine.\n"
    mine = "# A\n\nOne two three.\n\nFour five six.\n\n## Merge\n\nSeven eight nine.\n"
    theirs = base.replace("## Merge\n\n", "")
    for one, other in ((mine, theirs), (theirs, mine)):
        (conflict,) = merge(base, one, other).conflicts
        assert {conflict.mine.strip(), conflict.theirs.strip()} == {"## Merge", ""}


def test_a_line_that_lost_its_marker_takes_none_from_a_new_list() -> None:
    base = "1. Open the box.\n2. Take out all of the parts.\n\nThe end.\n"
    mine = base.replace("2. Take", "Take")
    theirs = base.replace("The end", "1. Measure.\n2. Cut.\n\nThe end")
    result = merge(base, mine, theirs)
    assert (result.document, result.conflicts) == (mine.replace("The end", "1. Measure.\n2. Cut.\n\nThe end"), [])


def test_a_paragraph_is_told_by_its_words_and_not_by_blank_lines() -> None:
    table = ["| way | cases |\n", "| copies | nine |\n"]
    base = [*table, "\n", "So with these models most passed.\n", "\n", "## B\n", "\n", "End.\n"]
    new = ["So with these engines most failed.\n", "\n", "## B\n", "New.\n", "\n", "End.\n"]
    assert line_changes(base, new)[0] == (0, 5, 0, 2)
    assert line_changes(new, base)[0] == (0, 2, 0, 5)


class Copied(list[str]):
    """A list that counts what is copied out of it."""

    copied = 0

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        self.copied += len(found) if isinstance(at, slice) else 0
        return found


def test_a_long_change_is_not_copied_for_each_word_beside_it() -> None:
    base = ["a", " "] * 500
    side = Copied(["b", " "] * 2_000 + base)
    change = Change(0, 0, 0, 4_000)
    words = [Change(2 * at, 2 * at, 0, 4_000) for at in range(500)]
    by_compound(base, (side, side), ([change], words))
    by_compound(base, (side, side), (words, words))
    assert side.copied < 20_000
