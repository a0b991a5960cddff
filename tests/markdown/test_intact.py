"""What a change does not touch reads as it did: same kinds, same bytes, whatever is done beside it."""

from collections.abc import Sequence
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.markdown import Outline, apply, apply_hunks, cut, hunks_of
from redraft.markdown.operations import (
    AddItem,
    DeleteBlock,
    DeleteSection,
    Insert,
    InsertIntoSection,
    MoveBlock,
    MoveSection,
    Operation,
    ReplaceBlock,
    ReplacePhrase,
    ReplaceSection,
    Restore,
)  # fmt: skip
from tests.markdown.operations import some_operations


class Span(Protocol):
    """A change by its place."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def misread(
    outline: Outline, touched: Sequence[Span], made: Sequence[tuple[int, int, str]], document: str
) -> list[str]:
    """The top-level blocks that nothing touches and that the whole document, cut anew, does not have any more."""
    there = {(block.kind, block.start, block.end) for block in cut(document).blocks}
    lost = []
    for block in outline.blocks:
        if any(each.start <= block.end and block.start <= each.end for each in touched):
            continue
        by = sum(len(text) - (end - start) for start, end, text in made if end <= block.start)
        if (block.kind, block.start + by, block.end + by) not in there:
            lost.append(outline.source(block))
    return lost


@given(some_operations())
def test_operations_leave_other_blocks_what_they_are(case: tuple[str, list[Operation]]) -> None:
    text, operations = case
    outline = cut(text)
    made = apply(outline, operations).replacements
    document = apply(outline, operations).document
    assert misread(outline, made, [(each.start, each.end, each.text) for each in made], document) == []


@given(some_operations(), st.randoms(use_true_random=False))
def test_any_choice_of_hunks_leaves_other_blocks_what_they_are(case, random) -> None:  # type: ignore[no-untyped-def]
    text, operations = case
    outline = cut(text)
    applied = apply(outline, operations)
    hunks = hunks_of(outline, applied.replacements)
    chosen = {hunk.id for hunk in hunks if random.random() < 0.5}
    groups = {hunk.group for hunk in hunks if hunk.id in chosen} - {""}
    taken = [(each.start, each.end, each.after) for each in hunks if each.id in chosen or each.group in groups]
    document = apply_hunks(text, hunks, chosen)
    assert misread(outline, applied.replacements, taken, document) == []


@pytest.mark.parametrize(
    ("text", "operation", "expected"),
    [
        ("- a\n\ntext\n\n- b\n", DeleteBlock("b2"), "- a\n\n<!-- -->\n\n- b\n"),
        ("1. a\r\n\r\ntext\r\n\r\n1. b", DeleteBlock("b2"), "1. a\r\n\r\n<!-- -->\r\n\r\n1. b"),
        ("- a\n\ntext\n\n    code\n", DeleteBlock("b2"), "- a\n\n<!-- -->\n\n    code\n"),
        ("> - a\n>\n> text\n>\n> - b\n", DeleteBlock("b1.2"), "> - a\n>\n> <!-- -->\n>\n> - b\n"),
        ("> - a\n>   - b\n>\n>   text\n>\n>   - c\n", DeleteBlock("b1.1.1.3"),
         "> - a\n>   - b\n>\n>   <!-- -->\n>\n>   - c\n"),
        ("- a\n\ntext\n\n- b\n\nend\n", MoveBlock("b2", "b4"), "- a\n\n<!-- -->\n\n- b\n\nend\n\ntext\n"),
        ("# A\n\n- a\n\n# B\n\n- b\n", MoveSection("b3", "b1", "before"), "# B\n\n- b\n\n# A\n\n- a\n"),
        ("- a\n\n# A\n\n- b\n", DeleteBlock("b2"), "- a\n\n<!-- -->\n\n- b\n"),
        ("text\n\n- a\n", Insert("b1", "- new"), "text\n\n- new\n\n<!-- -->\n\n- a\n"),
        ("- a\n\n- b\n", Insert(None, "- c"), "- a\n\n- b\n\n- c\n"),
        ("a|b\n-|-\n1|2\n\nx\n", ReplaceBlock("b2", "- y"), "a|b\n-|-\n1|2\n\n- y\n"),
        ("1. a\ntext\n\n---\n", ReplaceBlock("b2", "***"), "1. a\ntext\n\n***\n"),
        ("```\ncode", Insert(None, "text"), "```\ncode\n```\n\ntext"),
        ("> ~~~~ py\n> code\n", Insert("b1.1", "text"), "> ~~~~ py\n> code\n> ~~~~\n>\n> text\n"),
        ("# A\n\n```\ncode\n", InsertIntoSection("b1", "text"), "# A\n\n```\ncode\n```\n\ntext\n"),
    ],
)  # fmt: skip
def test_neighbours_are_parted_where_they_would_become_one(text: str, operation: Operation, expected: str) -> None:
    applied = apply(text, [operation])
    assert applied.problems == []
    assert applied.document == expected


@pytest.mark.parametrize(
    "operation",
    [
        ReplaceBlock("b1", "<!-- not closed"),
        Insert("b1", "```\nnot closed"),
        ReplaceBlock("b1", "<pre>\n\nnot closed"),
        Insert("b1", "$$\nx"),
        ReplaceSection("b2", "~~~~\nnot closed"),
        ReplacePhrase("one", "```"),
    ],
)
def test_what_would_swallow_its_neighbours_is_refused_in_words(operation: Operation) -> None:
    text = "one\n\n## H\n\ntwo\n\n# Last\n\n" + "three\n\n" * 9 + "$$\ny\n$$\n"
    applied = apply(text, [operation])
    assert applied.document == text
    assert "close what the new text opens" in applied.problems[0].message


def test_only_the_operation_that_breaks_something_is_refused() -> None:
    text = "one\n\ntwo\n\nthree\n"
    good, bad = ReplacePhrase("one", "1"), ReplaceBlock("b2", "<!-- not closed")
    applied = apply(text, [good, bad, ReplacePhrase("three", "3")])
    assert applied.document == "1\n\ntwo\n\n3\n"
    assert [problem.operation for problem in applied.problems] == [1]


def test_what_the_user_saved_comes_back_even_if_it_swallows_something() -> None:
    saved = "<!-- note\n\nb\n\nc -->\n"
    assert apply(saved.replace("<!-- note", "note"), [Restore()], original=saved).document == saved


def test_hunks_that_stand_only_together_share_a_group() -> None:
    fence = hunks_of("a\n\nb\n\nc\n", "a\n\n```\nb\n```\n\nc\n")
    assert len({hunk.group for hunk in fence}) == 1


def test_hunks_that_stand_alone_are_left_apart() -> None:
    text = "- a\n- b\n\ntwo words. Three.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    made = [ReplacePhrase("two", "2"), ReplacePhrase("Three", "3"), AddItem("b1.2", "c"), DeleteSection("b9")]
    hunks = hunks_of(text, apply(text, made).replacements)
    assert [hunk.group for hunk in hunks] == ["", "", ""]
