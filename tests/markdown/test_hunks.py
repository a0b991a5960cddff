"""A proposal as hunks: each may be taken or left, in any combination."""

from difflib import ndiff
from itertools import chain, combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.markdown import apply, apply_hunks, cut, hunks_of
from redraft.markdown.operations import (
    AddItem,
    Insert,
    MoveSection,
    Operation,
    RemoveItem,
    ReplaceBlock,
    ReplacePhrase,
    SetCell,
    SwapSections,
)  # fmt: skip
from tests.markdown.operations import some_operations
from tests.markdown.texts import markdown_texts

DRAFT = """\
# Trip

We leave at nine. It may rain. Bring **a coat. Or an** umbrella.

1. Pack
2. Eat
3. Go

```py
a = 1
b = 2
c = 3
```

| what | cost |
|------|------|
| bus  | 3    |
| food | 20   |
"""


def pairs_of(draft: str, *operations: Operation) -> list[tuple[str, str]]:
    """What each hunk of the operations takes out and puts in."""
    applied = apply(draft, operations)
    assert applied.problems == []
    return [(hunk.before, hunk.after) for hunk in hunks_of(draft, applied.replacements)]


@given(st.one_of(st.text(), markdown_texts()), st.one_of(st.text(), markdown_texts()))
def test_all_hunks_make_the_document_and_none_the_draft(draft: str, document: str) -> None:
    proposed = hunks_of(draft, document)
    assert apply_hunks(draft, proposed) == document
    assert apply_hunks(draft, proposed, []) == draft


@given(some_operations(), st.randoms(use_true_random=False))
def test_any_choice_of_an_operations_hunks_applies_by_position(case, random) -> None:  # type: ignore[no-untyped-def]
    draft, operations = case
    applied = apply(draft, operations)
    proposed = hunks_of(draft, applied.replacements)
    assert apply_hunks(draft, proposed) == applied.document
    assert len({hunk.id for hunk in proposed}) == len(proposed)
    for left, right in pairwise(proposed):
        assert left.end <= right.start
    chosen = {hunk.id for hunk in proposed if random.random() < 0.5}
    groups = {hunk.group for hunk in proposed if hunk.id in chosen} - {""}
    text = apply_hunks(draft, proposed, chosen)
    expected = draft
    for hunk in reversed(proposed):
        if hunk.id in chosen or hunk.group in groups:
            expected = expected[: hunk.start] + hunk.after + expected[hunk.end :]
    assert text == expected


def test_a_rewritten_paragraph_is_a_hunk_for_each_sentence() -> None:
    new = "We leave at ten. It may rain. Bring **a coat. Or no** umbrella."
    assert pairs_of(DRAFT, ReplaceBlock("b2", new)) == [("nine", "ten"), ("an", "no")]


def test_two_changes_within_one_sentence_are_one_hunk() -> None:
    assert pairs_of("one two three\n", ReplacePhrase("one", "1"), ReplacePhrase("three", "3")) == [
        ("one two three", "1 two 3")
    ]
    marks = ReplacePhrase("a coat. Or an", "~~a coat. Or an~~")
    assert len(pairs_of(DRAFT.replace("**", ""), marks)) == 1


def test_rows_items_and_lines_of_code_are_hunks_of_their_own() -> None:
    operations = [
        SetCell("b5", "bus", "cost", "4"), SetCell("b5", "food", "cost", "30"), ReplacePhrase("a = 1", "a = 7"),
        ReplacePhrase("c = 3", "c = 9"), ReplacePhrase("Pack", "Pack all"), ReplacePhrase("Go", "Run"),
    ]  # fmt: skip
    assert [after for _, after in pairs_of(DRAFT, *operations)] == [" all", "Run", "7", "9", "4", "30"]


def test_an_added_item_and_the_numbers_it_moves_are_one_hunk() -> None:
    [(before, after)] = pairs_of(DRAFT, AddItem("b3.1", "Lock up"))
    assert "".join(line[0] for line in ndiff(before.split("\n"), after.split("\n"))).count("+") == 3
    assert after == "\n2. Lock up\n3. Eat\n4"
    assert len(pairs_of(DRAFT, RemoveItem("b3.1"))) == 1


def test_the_ends_of_a_move_are_taken_together() -> None:
    draft = "# A\n\na\n\n# B\n\nb\n\n# C\n\nc\n"
    for operation in (MoveSection("b5", "b1", "before"), SwapSections("b1", "b5")):
        applied = apply(draft, [operation])
        proposed = hunks_of(draft, applied.replacements)
        assert len(proposed) == 2
        for hunk in proposed:
            assert apply_hunks(draft, proposed, [hunk.id]) == applied.document


def test_a_new_column_or_other_fence_marks_are_one_hunk() -> None:
    wider = DRAFT.replace("cost |", "cost | x |").replace("------|\n", "------|---|\n")
    assert len(hunks_of(DRAFT, wider.replace("    |\n", "    | y |\n"))) == 1
    assert len(hunks_of(DRAFT, DRAFT.replace("```", "~~~"))) == 1


def test_blocks_put_in_by_two_operations_at_one_place_are_two_hunks_in_their_order() -> None:
    draft = "- a\n\nend\n"
    applied = apply(draft, [Insert("b1", "one"), Insert("b1", "two"), AddItem("b1.1", "b")])
    assert applied.document == "- a\n- b\n\none\n\ntwo\n\nend\n"
    proposed = hunks_of(draft, applied.replacements)
    for chosen in chain.from_iterable(combinations(proposed, size) for size in range(4)):
        text = apply_hunks(draft, proposed, [hunk.id for hunk in chosen])
        assert [block.kind for block in cut(text).blocks] == ["list"] + ["paragraph"] * (
            1 + sum(hunk.after != "\n- b" for hunk in chosen)
        )


def test_ids_and_reasons_stay_when_more_is_proposed() -> None:
    first = ReplacePhrase("nine", "ten", reason="new time")
    alone = hunks_of(DRAFT, apply(DRAFT, [first]).replacements)
    with_more = hunks_of(DRAFT, apply(DRAFT, [ReplacePhrase("Trip", "The trip"), first]).replacements)
    assert alone[0] in with_more
    assert alone[0].reason == "new time"


def test_an_amended_hunk_puts_in_what_the_user_wrote() -> None:
    [hunk] = hunks_of("one two\n", "one three\n")
    assert apply_hunks("one two\n", [hunk.amended("four")]) == "one four\n"


def test_hunks_of_another_draft_are_refused() -> None:
    with pytest.raises(ValueError, match="does not belong"):
        apply_hunks("other text\n", hunks_of("one two\n", "one three\n"))


@given(st.text(), st.text())
def test_words_hold_both_texts(before: str, after: str) -> None:
    [*proposed] = hunks_of(before, after)
    for hunk in proposed:
        marked = hunk.words()
        assert "".join(word["text"] for word in marked if word["kind"] != "insert") == hunk.before
        assert "".join(word["text"] for word in marked if word["kind"] != "delete") == hunk.after
