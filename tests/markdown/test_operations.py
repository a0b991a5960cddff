"""Operations change what they name, in the style of its neighbours, and nothing else."""
# ruff: noqa: E501

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.markdown import apply, apply_hunks, changes_since, cut, hunks_of
from redraft.markdown.operations import (
    AddItem,
    AddRow,
    CheckTask,
    DeleteBlock,
    DeleteSection,
    Insert,
    InsertIntoSection,
    MoveBlock,
    MoveSection,
    Operation,
    RemoveItem,
    RemoveRow,
    RenameHeading,
    ReplaceBlock,
    ReplacePhrase,
    ReplaceRange,
    ReplaceSection,
    Restore,
    SetCell,
    SwapSections,
)  # fmt: skip
from tests.markdown.operations import some_operations
from tests.markdown.texts import markdown_texts


def changed(
    text: str, *operations: Operation, original: str | None = None, selection: tuple[int, int] | None = None
) -> str:
    """The text after operations that all apply."""
    applied = apply(text, operations, original=original, selection=selection)
    assert applied.problems == []
    return applied.document


def problem(text: str, operation: Operation, selection: tuple[int, int] | None = None) -> str:
    """What a model is told about an operation that does not apply, the text being untouched."""
    applied = apply(text, [operation], selection=selection)
    assert applied.document == text
    assert applied.replacements == []
    [refused] = applied.problems
    return refused.message


@pytest.mark.parametrize(
    ("text", "operation", "expected"),
    [
        # blocks
        ("# A\n\none\n\ntwo\n", ReplaceBlock("b2", "ONE"), "# A\n\nONE\n\ntwo\n"),
        ("# A\r\n\r\none\r\n", ReplaceBlock("b2", "1\n\n2"), "# A\r\n\r\n1\r\n\r\n2\r\n"),
        ("> a\n> b\n\nc", ReplaceBlock("b1", "x\ny"), "> x\n> y\n\nc"),
        ("> a\n> b\n\nc", ReplaceBlock("b1.1", "x\ny"), "> x\n> y\n\nc"),
        ("## A\n", ReplaceBlock("b1", "B"), "## B\n"),
        ("## A\n", ReplaceBlock("b1", "# B"), "# B\n"),
        ("text\n", ReplaceBlock("b1", "```markdown\nnew\n```"), "new\n"),
        ("```py\na\n```\n", ReplaceBlock("b1", "b"), "```py\nb\n```\n"),
        ("```py\na\n```\n", ReplaceBlock("b1", "```\nb\n```"), "```py\nb\n```\n"),
        ("```py\na\n```\n", ReplaceBlock("b1", "```js\nb\n```"), "```js\nb\n```\n"),
        ("---\na: b\n---\n", ReplaceBlock("b1", "a: c"), "---\na: c\n---\n"),
        ("a\n\nb\n", Insert("b1", "x"), "a\n\nx\n\nb\n"),
        ("a\n\nb\n", Insert("b1", "x", "before"), "x\n\na\n\nb\n"),
        ("a\n\nb", Insert("b2", "x"), "a\n\nb\n\nx"),
        ("\ufeffa\n", Insert(None, "x", "before"), "\ufeffx\n\na\n"),
        ("---\nt: x\n---\n\na\n", Insert(None, "x", "before"), "---\nt: x\n---\n\nx\n\na\n"),
        ("", Insert(None, "x"), "x"),
        ("a\n", Insert(None, "x"), "a\n\nx\n"),
        ("# A\ntext\n# B\n", Insert("b1", "x"), "# A\nx\n\ntext\n# B\n"),
        ("a\n# B\n", Insert("b1", "x"), "a\n\nx\n\n# B\n"),
        ("a\n\n\n## B\n\nb\n\n\n## C\n", Insert("b3", "## N\n\nn"), "a\n\n\n## B\n\nb\n\n\n## N\n\nn\n\n\n## C\n"),
        ("- a\n- b\n", Insert("b1", "- c"), "- a\n- b\n- c\n"),
        ("> a\n>\n> b\n", Insert("b1.1", "x\ny"), "> a\n>\n> x\n> y\n>\n> b\n"),
        ("a\n\nb\n\nc\n", DeleteBlock("b2"), "a\n\nc\n"),
        ("a\n\nb\n", DeleteBlock("b2"), "a\n"),
        ("a\n\nb\n", DeleteBlock("b1"), "b\n"),
        ("a\n# B\nc\n", DeleteBlock("b2"), "a\n\nc\n"),
        ("# A\n\na\n\n# B\n\nb\n", DeleteSection("b1"), "# B\n\nb\n"),
        ("# A\n\na\n\n# B\n\nb\n", DeleteSection("b3"), "# A\n\na\n"),
        ("# A\n\na\n\nx\n\n# B\n", ReplaceSection("b1", "## A\n\nnew"), "# A\n\nnew\n\n# B\n"),
        ("# A\n\na\n\n# B\n", InsertIntoSection("b1", "x"), "# A\n\na\n\nx\n\n# B\n"),
        ("a\n\nb\n\nc\n", MoveBlock("b3", "b1", "before"), "c\n\na\n\nb\n"),
        ("a\n\nb\n\nc", MoveBlock("b1", "b3"), "b\n\nc\n\na"),
        ("# A\n\na\n\n# B\n\nb\n\n# C\n\nc\n", MoveSection("b5", "b1", "before"), "# C\n\nc\n\n# A\n\na\n\n# B\n\nb\n"),
        ("# A\n\na\n\n# B\n\nb\n\n# C\n\nc\n", MoveSection("b1", "b3"), "# B\n\nb\n\n# A\n\na\n\n# C\n\nc\n"),
        ("# A\na\n\n\n# B\nb", SwapSections("b3", "b1"), "# B\nb\n\n\n# A\na"),
        ("## Old ## \n", RenameHeading("b1", "# New"), "## New ## \n"),
        ("Old\n---\n", RenameHeading("b1", "New"), "New\n---\n"),
        ("# Old {#old}\n", RenameHeading("b1", "New"), "# New {#old}\n"),
        ("#\n", RenameHeading("b1", "New"), "# New\n"),
        ("# C#\n", RenameHeading("b1", "F#"), "# F#\n"),
        # tables
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", SetCell("b1", "1", "b", "x|y"), "| a | b |\n|---|---|\n| 1 | x\\|y |\n"),
        ("| k   | n   |\n|-----|-----|\n| one |   1 |\n", SetCell("b1", 1, 2, "22"),
         "| k   | n   |\n|-----|-----|\n| one |  22 |\n"),
        ("| k     | n |\n|-------|---|\n| one   | 1 |\n", SetCell("b1", "one", "k", "three"),
         "| k     | n |\n|-------|---|\n| three | 1 |\n"),
        ("|a|b|\n|-|-|\n|1||\n", SetCell("b1", 1, "b", "x"), "|a|b|\n|-|-|\n|1| x |\n"),
        ("a|b\n-|-\n1|2\n", SetCell("b1", 1, 1, "x"), "a|b\n-|-\nx|2\n"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", AddRow("b1", ["3", "4"]), "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", AddRow("b1", "3 | 4", 1, "before"), "| a | b |\n|---|---|\n| 3 | 4 |\n| 1 | 2 |"),
        ("| a | b |\r\n|---|---|\r\n", AddRow("b1", {"b": "4"}), "| a | b |\r\n|---|---|\r\n|   | 4 |\r\n"),
        ("a | b\n--|--\n1 | 2\n", AddRow("b1", ["3", "4"]), "a | b\n--|--\n1 | 2\n3 | 4\n"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n", RemoveRow("b1", "1"), "| a | b |\n|---|---|\n| 3 | 4 |\n"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", Insert("b1.2", "3 | 4"), "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", ReplaceBlock("b1.2", "| 1 | 9 |"), "| a | b |\n|---|---|\n| 1 | 9 |\n"),
        ("| a |\n|---|\n| 1 |\n| 2 |\n| 3 |\n", MoveBlock("b1.4", "b1.2", "before"), "| a |\n|---|\n| 3 |\n| 1 |\n| 2 |\n"),
        # lists
        ("- [ ] a\n- [x] b\n", CheckTask("b1.1"), "- [x] a\n- [x] b\n"),
        ("- [ ] a\n- [x] b\n", CheckTask("b1.2", done=False), "- [ ] a\n- [ ] b\n"),
        ("* a\n* b\n", AddItem("b1.1", "x"), "* a\n* x\n* b\n"),
        ("* a\n* b\n", AddItem("b1", "- x"), "* a\n* b\n* x\n"),
        ("* a\n* b\n", AddItem("b1", "x", "before"), "* x\n* a\n* b\n"),
        ("- a\n\n- b\n", AddItem("b1.1", "x"), "- a\n\n- x\n\n- b\n"),
        ("1. a\n2. b\n3. c\n", AddItem("b1.1", "7. x"), "1. a\n2. x\n3. b\n4. c\n"),
        ("1. a\n1. b\n", AddItem("b1.1", "x"), "1. a\n1. x\n1. b\n"),
        ("9) a\n", AddItem("b1.1", "x\ny"), "9) a\n10) x\n    y\n"),
        ("- [x] a\n  - [ ] b\n", AddItem("b1.1.2.1", "x"), "- [x] a\n  - [ ] b\n  - [ ] x\n"),
        ("- a\n", AddItem("b1.1", "- x\n- y\n  - z"), "- a\n- x\n- y\n  - z\n"),
        ("> - a\n", AddItem("b1.1.1", "x"), "> - a\n> - x\n"),
        ("1. a\n2. b\n3. c\n", RemoveItem("b1.2"), "1. a\n2. c\n"),
        ("- a\n- b\n\ntext\n", RemoveItem("b1.2"), "- a\n\ntext\n"),
        ("a\n\n- b\n\nc\n", RemoveItem("b2.1"), "a\n\nc\n"),
        ("1. a\n2. b\n3. c\n", MoveBlock("b1.3", "b1.1", "before"), "1. c\n2. a\n3. b\n"),
        ("1. a\n2. b\n3. c\n", MoveBlock("b1.1", "b1.3"), "1. b\n2. c\n3. a\n"),
        ("- [x] a\n  - b\n", ReplaceBlock("b1.1", "- new"), "- [x] new\n  - b\n"),
        ("- a\n", ReplaceBlock("b1.1", "new\nline"), "- new\n  line\n"),
        # callouts keep what kind they are
        ("> [!NOTE]\n> old\n", ReplaceBlock("b1", "new\nlines"), "> [!NOTE]\n> new\n> lines\n"),
        ("> [!NOTE] Title\n> old\n", ReplaceBlock("b1.1", "new"), "> [!NOTE] Title\n> new\n"),
        ("> [!NOTE]\n> old\n", ReplaceBlock("b1", "> [!TIP]\n> new"), "> [!TIP]\n> new\n"),
        # words
        ("a cat, a cat\n", ReplacePhrase("cat", "dog", everywhere=True), "a dog, a dog\n"),
        ("one\ntwo three\n", ReplacePhrase("one two", "1 2"), "1 2 three\n"),
        ("a\n\na\n", ReplacePhrase("a", "b", within="b2"), "a\n\nb\n"),
        ("a word b", ReplaceRange(1, 7, "text"), "a text b"),
    ],
)  # fmt: skip
def test_an_operation_and_the_text_after_it(text: str, operation: Operation, expected: str) -> None:
    assert changed(text, operation) == expected


@pytest.mark.parametrize(
    ("text", "operation", "words"),
    [
        ("a\n", DeleteBlock("b7"), "no block 'b7'"),
        ("a\n", CheckTask("b1"), "is a paragraph, not a item"),
        ("- a\n", CheckTask("b1.1"), "no task"),
        ("a a\n", ReplacePhrase("a", "b"), "occurs 2 times: quote text that occurs once"),
        ("a\n", ReplacePhrase("x", "b"), "does not occur"),
        ("a\n\nb\n", ReplacePhrase("a", "x", within="b2"), "occurs elsewhere"),
        ("|a|\n|-|\n|1|\n", SetCell("b1", "9", 1, "x"), "The rows start with: '1'"),
        ("|a|\n|-|\n|1|\n", SetCell("b1", 1, "z", "x"), "The columns: 'a'"),
        ("|a|\n|-|\n|1|\n", AddRow("b1", ["1", "2"]), "has 1 columns"),
        ("|a|\n|-|\n|1|\n", RemoveRow("b1", 0), "header row"),
        ("# A\n\n## B\n", MoveSection("b1", "b2"), "into itself"),
        ("> # A\n", DeleteSection("b1.1"), "heads no section"),
        ("a\n", Restore(), "no unsaved changes"),
        ("a\n", Insert("b1", "\n"), "empty"),
        ("a\n", ReplaceRange(0, 9, "x"), "outside the text"),
    ],
)
def test_what_does_not_apply_changes_nothing_and_says_why(text: str, operation: Operation, words: str) -> None:
    assert words in problem(text, operation)


def test_operations_that_overlap_are_refused_one_by_one() -> None:
    applied = apply("a\n\nb\n", [ReplaceBlock("b1", "x"), ReplaceBlock("b1", "y"), ReplaceBlock("b2", "z")])
    assert applied.document == "x\n\nz\n"
    assert [each.operation for each in applied.problems] == [1]


def test_what_is_asked_for_twice_is_done_once() -> None:
    assert changed("- [ ] a\n", CheckTask("b1.1"), CheckTask("b1.1")) == "- [x] a\n"


def test_nothing_outside_a_selection_changes() -> None:
    text = "one two one\n"
    assert changed(text, ReplacePhrase("two", "2"), selection=(4, 7)) == "one 2 one\n"
    assert "outside the user's selection" in problem(text, ReplacePhrase("one", "1", everywhere=True), selection=(4, 7))


def test_numbers_count_with_everything_that_is_added_and_removed() -> None:
    text = "1. a\n2. b\n3. c\n4. d\n"
    assert changed(text, AddItem("b1.1", "x"), RemoveItem("b1.2"), AddItem("b1.3", "y")) == (
        "1. a\n2. x\n3. c\n4. y\n5. d\n"
    )
    assert changed(text, AddItem("b1.1", "x"), AddItem("b1.1", "y")) == "1. a\n2. x\n3. y\n4. b\n5. c\n6. d\n"


def test_unsaved_changes_are_taken_back_where_asked() -> None:
    saved = "# A\n\none\n\n# B\n\nTwo. Three.\n\n- x\n- y\n"
    draft = "# A\n\n1\n\n# B\n\nZwei. Drei.\n\n- x\n"
    heading = cut(draft).blocks[2].id
    assert [change.before for change in changes_since(saved, draft)] == ["one", "Two", "Three", "\n- y"]
    assert changed(draft, Restore(heading, section=True), original=saved) == saved.replace("one", "1")
    assert changed(draft, Restore("c3"), original=saved) == draft.replace("Drei", "Three")
    assert changed(draft, Restore(), original=saved) == saved


def test_a_section_that_the_user_moved_is_moved_back_not_lost() -> None:
    saved = "# A\n\na\n\n# B\n\nb\n\n# C\n\nc\n"
    draft = "# C\n\nc\n\n# A\n\na\n\n# B\n\nb\n"
    assert changed(draft, Restore("b1", section=True), original=saved) == saved


@given(markdown_texts(), markdown_texts())
def test_taking_everything_back_is_the_saved_text(saved: str, draft: str) -> None:
    if saved != draft:
        assert changed(draft, Restore(), original=saved) == saved


@given(some_operations())
def test_what_no_operation_names_is_the_same_bytes(case: tuple[str, list[Operation]]) -> None:
    text, operations = case
    applied = apply(text, operations)
    kept, position, at = [], 0, 0
    for each in applied.replacements:
        kept.append(text[position : each.start])
        assert applied.document[at : at + len(kept[-1])] == kept[-1]
        at += len(kept[-1]) + len(each.text)
        position = each.end
    assert applied.document[at:] == text[position:]


def test_numbers_outside_a_selection_stay_as_they_are() -> None:
    text = "1. one\n2. two\n"
    added = AddItem(near="b1.2", text="new", place="before")
    assert apply(text, [added]).document == "1. one\n2. new\n3. two\n"
    assert apply(text, [added], selection=(0, 7)).document.endswith("2. two\n")


@given(some_operations(), st.integers(0, 60), st.integers(0, 60))
def test_a_selection_holds_whatever_is_asked(case: tuple[str, list[Operation]], first: int, second: int) -> None:
    text, operations = case
    start, end = sorted((min(first, len(text)), min(second, len(text))))
    document = apply(text, operations, selection=(start, end)).document
    assert document.startswith(text[:start])
    assert document.endswith(text[end:])


def test_links_and_contents_follow_a_renamed_heading_and_are_taken_with_it() -> None:
    text = (
        "# Doc\n\n- [Old title](#old-title)\n- [x](#other) `[Old title](#old-title)`\n\n## Old title\n\n"
        'See [it](#Old-Title "t"), <a href="#old-title">it</a>.\n\n[r]: #old-title\n\n```\n[it](#old-title)\n```\n'
    )
    applied = apply(text, [RenameHeading("b3", "New *name*!")])
    assert applied.document == (
        "# Doc\n\n- [New *name*!](#new-name)\n- [x](#other) `[Old title](#old-title)`\n\n## New *name*!\n\n"
        'See [it](#new-name "t"), <a href="#new-name">it</a>.\n\n[r]: #new-name\n\n```\n[it](#old-title)\n```\n'
    )
    hunks = hunks_of(text, applied.replacements)
    assert len(hunks) == 4
    for hunk in hunks:
        assert apply_hunks(text, hunks, [hunk.id]) == applied.document


@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [
        ("## A\n\n## A\n\n[x](#a-1) [y](#a)\n", "B", "## B\n\n## A\n\n[x](#a) [y](#b)\n"),
        ("# Größe\n\n[x](#gr%C3%B6%C3%9Fe)\n", "Maß", "# Maß\n\n[x](#maß)\n"),
        ("# 你好 {#g}\n\n[x](#g)\n", "再见", "# 再见 {#g}\n\n[x](#g)\n"),
        ("A\n=\n\n[x](#a)\n", "B", "B\n=\n\n[x](#b)\n"),
        ("# A `b` c_d\n\n[x](#a-b-c_d)\n", "B", "# B\n\n[x](#b)\n"),
    ],
)
def test_anchors_are_those_of_github(text: str, title: str, expected: str) -> None:
    assert apply(text, [RenameHeading("b1", title)]).document == expected
    assert apply(text, [ReplaceBlock("b1", title)]).document == expected


def test_a_link_that_another_operation_changes_does_not_follow() -> None:
    text = "# A\n\n[x](#a)\n"
    assert apply(text, [ReplaceBlock("b2", "[y](#b)"), RenameHeading("b1", "C")]).document == "# C\n\n[y](#b)\n"


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (ReplacePhrase("3.8", "3.10"), "Replace “3.8” with “3.10”"),
        (ReplacePhrase("3.8", "3.10", reason="as asked"), "as asked"),
        (RenameHeading("b1", "# Setup"), "Rename “Install” to “Setup”"),
        (CheckTask("b3.1"), "Tick “call”"),
        (AddItem("b3.1", "- [ ] write"), "Add “write”"),
        (RemoveItem("b3.2"), "Remove “mail”"),
        (MoveBlock("b3.2", "b3.1", "before"), "Move “mail” before “call”"),
        (SetCell("b4", 1, "b", "9"), "Set b to “9”"),
        (RemoveRow("b4", "b4.2"), "Remove the row “1 | 2 |”"),
        (DeleteSection("b1"), "Remove the section “Install”"),
        (ReplaceBlock("b2", "Any."), "Rewrite “Needs Python 3.8 or later, and a…”"),
    ],
)
def test_a_hunk_says_what_it_does_where_the_model_gives_no_reason(operation: Operation, reason: str) -> None:
    text = (
        "# Install\n\nNeeds Python 3.8 or later, and a machine to run it.\n\n- [ ] call\n- [ ] mail\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    hunks = hunks_of(text, apply(text, [operation]).replacements)
    assert {hunk.reason for hunk in hunks} == {reason}
