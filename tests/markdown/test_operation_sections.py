"""Sections that move take their place's level and what is changed in them along; definitions at the end stay there."""

import pytest

from redraft.markdown import apply, apply_hunks, hunks_of
from redraft.markdown.operations import (
    AddItem,
    DeleteBlock,
    DeleteSection,
    Insert,
    InsertIntoSection,
    MoveBlock,
    MoveSection,
    Operation,
    RenameHeading,
    ReplaceBlock,
    ReplacePhrase,
    ReplaceSection,
    SwapSections,
)

TEXT = "# Doc\n\n## A\n\na [x]\n\n### A1\n\na1\n\n## B\n\nb\n\n## C\n\nc\n"
LINKS = "\n[x]: u\n[y]: v\n"
NOTES = "\n[^1]: one\n\n[^2]: two words\n    more\n"


def done(text: str, *operations: Operation) -> str:
    applied = apply(text, operations)
    assert applied.problems == []
    return applied.document


@pytest.mark.parametrize("end", ["", LINKS, NOTES, LINKS + NOTES])
@pytest.mark.parametrize(
    "operations",
    [
        [MoveSection("b8", "b2", "before")],
        [MoveSection("b2", "b8")],
        [MoveSection("b6", "b8")],
        [SwapSections("b2", "b8")],
        [DeleteSection("b8")],
        [ReplaceSection("b8", "new")],
        [InsertIntoSection("b8", "new")],
        [Insert("b9", "new")],
        [MoveSection("b8", "b2", "before"), ReplaceBlock("b9", "new")],
    ],
)
def test_definitions_at_the_end_stay_at_the_end(end: str, operations: list[Operation]) -> None:
    assert done(TEXT + end, *operations) == done(TEXT, *operations) + end


def test_definitions_in_a_section_move_with_it() -> None:
    text = "# A\n\na [x]\n\n[x]: u\n\n# B\n\nb\n"
    assert done(text, MoveSection("b1", "b4")) == "# B\n\nb\n\n# A\n\na [x]\n\n[x]: u\n"
    text = "# A\n\na[^1]\n\n# Notes\n\n[^1]: one\n"
    assert done(text, MoveSection("b3", "b1", "before")) == "# Notes\n\n[^1]: one\n\n# A\n\na[^1]\n"
    assert done(text, DeleteSection("b3")) == "# A\n\na[^1]\n\n[^1]: one\n"


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("a\n\n[x]: u\n[y]: v\n", "[z]: w"),
        ("a\n\n[x]: u\n", "[z]: w"),
        ("a\r\n\r\n[x]: u\r\n", "[z]: w"),
        ("a\n\n[^1]: one\n[^2]: two\n", "[^3]: three words"),
        ("# A\n\na\n\n[x]: u\n[y]: v\n", "[z]: w\n[q]: p"),
    ],
)
def test_new_definitions_stand_directly_beside_others(text: str, new: str) -> None:
    end = "\r\n" if "\r" in text else "\n"
    expected = text + new.replace("\n", end) + end
    assert done(text, Insert(None, new)) == expected
    last = len(text.rstrip().split(end * 2)) + (text.count("[^") > 1)
    assert done(text, Insert(f"b{last}", new)) == expected
    if text.startswith("#"):
        assert done(text, InsertIntoSection("b1", new)) == expected


@pytest.mark.parametrize(
    ("new", "end"),
    [
        ("new [x]\n\n[x]: u\n[y]: v", "new [x]\n\n[x]: u\n[y]: v\n"),
        ("new [z]\n\n[x]: u\n[z]: w", "new [z]\n\n[z]: w\n[x]: u\n[y]: v\n"),
        ("new [z]\n\n[z]: w", "new [z]\n\n[z]: w\n[x]: u\n[y]: v\n"),
    ],
)
def test_definitions_that_a_new_text_repeats_are_there_once(new: str, end: str) -> None:
    assert done(TEXT + LINKS, ReplaceSection("b8", new)) == TEXT.removesuffix("c\n") + end


def test_a_text_without_blank_lines_stays_so() -> None:
    text = "# A\na\n# B\nb\n# C\nc\n"
    assert done(text, MoveSection("b5", "b1", "before")) == "# C\nc\n# A\na\n# B\nb\n"
    assert done(text, MoveSection("b1", "b3")) == "# B\nb\n# A\na\n# C\nc\n"
    assert done(text, DeleteSection("b3")) == "# A\na\n# C\nc\n"
    assert done(text, Insert("b4", "# N\nn")) == "# A\na\n# B\nb\n# N\nn\n# C\nc\n"
    assert done(text, Insert("b4", "N\n=")) == "# A\na\n# B\nb\n\nN\n=\n# C\nc\n"


def test_definitions_apart_stay_apart() -> None:
    assert done("a\n\n[x]: u\n\n[y]: v\n", Insert(None, "[z]: w")) == "a\n\n[x]: u\n\n[y]: v\n\n[z]: w\n"


@pytest.mark.parametrize(
    ("text", "operation", "expected"),
    [
        (TEXT, MoveSection("b4", "b6"), TEXT.replace("### A1\n\na1\n\n", "").replace("b\n\n", "b\n\n## A1\n\na1\n\n")),
        ("# A\n\n## B\n\nb\n\n# C\n\n## D ##\n", MoveSection("b4", "b2"), "# A\n\n## B\n\nb\n\n## C\n\n### D ###\n"),
        ("A\n=\n\nB\n---\n\nb\n\nC\n===\n\nD\n--\n", MoveSection("b4", "b2"),
         "A\n=\n\nB\n---\n\nb\n\nC\n---\n\n### D\n"),
        ("# A\n\n### B\n\nb\n\n#### C\n\n# D\n", MoveSection("b2", "b5"), "# A\n\n# D\n\n# B\n\nb\n\n## C\n"),
        ("# A\n\n## B\n\nb\n\n# C\n\nc\n", SwapSections("b2", "b4"), "# A\n\n## C\n\nc\n\n# B\n\nb\n"),
        ("# A\n\n## B\n\n### C\n\n## D\n", MoveSection("b4", "b3"), "# A\n\n## B\n\n### C\n\n### D\n"),
        ("#\n\n##\n\n# x\n", MoveSection("b3", "b2"), "#\n\n##\n\n## x\n"),
    ],
)  # fmt: skip
def test_a_section_gets_the_level_of_its_place(text: str, operation: Operation, expected: str) -> None:
    assert done(text, operation) == expected


def test_a_section_that_would_lie_too_deep_is_refused_in_words() -> None:
    text = "# A\n\n##### B\n\n# C\n\n## D\n\n### E\n"
    applied = apply(text, [MoveSection("b3", "b2")])
    assert applied.document == text
    assert "below level 6" in applied.problems[0].message


WORDS = (
    TEXT.replace("## A\n", "## First\n")
    .replace("a [x]", "alpha [x]")
    .replace("a1", "one")
    .replace("\nc\n", "\nthree\n")
)


@pytest.mark.parametrize("move", [MoveSection("b2", "b8"), MoveSection("b8", "b2", "before"), SwapSections("b2", "b8")])
@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (ReplaceBlock("b3", "new\n\nwords"), "alpha [x]", "new\n\nwords"),
        (RenameHeading("b2", "New"), "First", "New"),
        (InsertIntoSection("b2", "more"), "one", "one\n\nmore"),
        (Insert("b9", "more"), "three", "three\n\nmore"),
        (ReplaceSection("b8", "new"), "three", "new"),
        (DeleteBlock("b3"), "alpha [x]\n\n", ""),
        (ReplacePhrase("[x]", "[y]", everywhere=True), "[x]", "[y]"),
    ],
)
def test_what_moves_can_be_changed_in_the_same_answer(
    move: Operation, change: Operation, before: str, after: str
) -> None:
    moved = done(WORDS, move)
    assert before in moved
    assert done(WORDS, move, change) == moved.replace(before, after)
    assert done(WORDS, change, move) == moved.replace(before, after)


def test_lists_in_a_moved_section_are_numbered_there_and_links_follow() -> None:
    text = "# A\n\n8. x\n9. y\n   - z\n\n# B\n\n[see](#a)\n"
    operations = [MoveSection("b1", "b3"), AddItem("b2.1", "new"), RenameHeading("b1", "New")]
    expected = "# B\n\n[see](#new)\n\n# New\n\n8. x\n9. new\n10. y\n    - z\n"
    assert done(text, *operations) == expected
    hunks = hunks_of(text, apply(text, operations).replacements)
    assert apply_hunks(text, hunks, [hunks[0].id]) == expected  # one group: nothing is there twice or not at all


def test_moves_that_hold_each_other_lose_nothing() -> None:
    for operations in (
        [MoveSection("b2", "b6"), MoveSection("b6", "b2")],
        [MoveSection("b2", "b6"), MoveSection("b6", "b4")],
        [MoveSection("b2", "b8"), MoveSection("b8", "b2")],
        [MoveSection("b2", "b6"), MoveSection("b2", "b6", )],
        [MoveBlock("b3", "b7"), MoveSection("b2", "b6"), MoveSection("b6", "b8")],
        [SwapSections("b2", "b6"), SwapSections("b6", "b8")],
        [SwapSections("b2", "b6"), MoveSection("b6", "b8")],
    ):  # fmt: skip
        document = apply(TEXT, operations).document
        assert sorted(document.replace("#", "").split()) == sorted(TEXT.replace("#", "").split())


ENDING = "# A\n\nx [l] y[^1]\n\n# B\n\nz\n\n[l]: http://a\n[m]: http://b\n\n[^1]: one\n\n    two"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("final", ["", "\n", "\n\n\n"])
@pytest.mark.parametrize(
    ("operation", "old", "new"),
    [
        (Insert(None, "# C\n\nnew"), "z\n", "z\n\n# C\n\nnew\n"),
        (Insert(None, "new"), "z\n", "z\n\nnew\n"),
        (Insert("b6", "# C\n\nnew"), "z\n", "z\n\n# C\n\nnew\n"),
        (Insert(None, "[n]: http://c"), "//b\n", "//b\n[n]: http://c\n"),
        (InsertIntoSection("b3", "[n]: http://c"), "//b\n", "//b\n[n]: http://c\n"),
    ],
)
def test_what_is_put_at_the_end_stands_above_the_definitions(
    operation: Operation, old: str, new: str, final: str, end: str
) -> None:
    text = (ENDING + final).replace("\n", end)
    applied = apply(text, [operation])
    assert applied.problems == []
    assert applied.document == (ENDING + final).replace(old, new, 1).replace("\n", end)


def test_a_text_of_definitions_alone_gets_its_first_section_above_them() -> None:
    assert apply("[a]: http://a\n", [Insert(None, "# T\n\nx")]).document == "# T\n\nx\n\n[a]: http://a\n"


@pytest.mark.parametrize(
    ("text", "operation", "expected"),
    [
        ("# T\n\nx\n\n## A\n\na\n", MoveSection("b3", "b1", "before"), "# A\n\na\n\n# T\n\nx\n"),
        ("T\n=\n\nx\n\nA\n-\n\na\n", MoveSection("b3", "b1", "before"), "A\n=\n\na\n\nT\n=\n\nx\n"),
        ("# T\n\n## A\n\na\n\n## B\n\nb\n", MoveSection("b2", "b1", "after"), "# T\n\n## B\n\nb\n\n# A\n\na\n"),
    ],
)
def test_a_section_moves_out_of_the_one_it_lies_in(text: str, operation: Operation, expected: str) -> None:
    assert apply(text, [operation]).document == expected


@pytest.mark.parametrize("text", ["", "\n", "\r\n\r\n", "\ufeff", "\ufeff\n\n"])
def test_a_first_text_stands_above_blank_lines(text: str) -> None:
    bom = "\ufeff" if text.startswith("\ufeff") else ""
    assert apply(text, [Insert(None, "x")]).document == f"{bom}x{text.removeprefix(bom)}"
