"""What lies in a list item stays in it when the item's number gets a digit more or less."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from redraft.markdown import apply, cut
from redraft.markdown.operations import AddItem, MoveBlock, Operation, RemoveItem, ReplaceBlock, ReplacePhrase

CONTENTS = [
    "word", "two words\nand a line", "a\n\nparagraph", "a\n\n```py\nif x:\n\n    y\n```", "a\n- sub\n- sub\n  - deep",
    "a\n1. one\n2. two", "a\n\n> quote\n> more\n\nend", "a\n\n    code\n      more", "- first\n- second",
    "> q\n\nafter",
    "a\n\n| x | y |\n|---|---|\n| 1 | 2 |", "a\n8. eight\n9. nine\n   - in nine\n10. ten",
]  # fmt: skip
AROUND = {"text": ("", ""), "quote": ("> ", "> "), "item": ("- x\n\n  ", "  "), "both": ("> - x\n>\n>   ", ">   ")}
LISTS = {"text": "b1", "quote": "b1.1", "item": "b1.1.2", "both": "b1.1.1.2"}


def written(contents: Sequence[str], first: int, around: str, gap: str, mark: str = ". ") -> str:
    """A list of these items, counted from `first` on."""
    items = []
    for number, content in enumerate(contents, first):
        marker = f"{number}{mark}"
        items.append(marker + content.replace("\n", "\n" + " " * len(marker)))
    begin, margin = AROUND[around]
    lines = [line.rstrip() for line in gap.join(items).split("\n")]
    return begin + "\n".join(((margin if at else "") + line).rstrip() for at, line in enumerate(lines)) + "\n"


@st.composite
def counted_lists(draw: st.DrawFn) -> tuple[list[str], int, str, str, str]:
    contents = draw(st.lists(st.sampled_from(CONTENTS), min_size=8, max_size=12))
    first = draw(st.sampled_from([0, 1, 2, 5, 94]))
    gap = draw(st.sampled_from(["\n", "\n\n"]))
    return contents, first, draw(st.sampled_from([*AROUND])), gap, draw(st.sampled_from([". ", ")  "]))


@settings(max_examples=60)
@given(counted_lists(), st.integers(0, 7), st.integers(0, 7), st.sampled_from(["add", "remove", "move"]))
def test_items_keep_what_is_in_them(case: tuple[list[str], int, str, str, str], at: int, to: int, what: str) -> None:
    contents, first, around, gap, mark = case
    items, name = list(contents), LISTS[around]
    operation: Operation
    if what == "add":
        items.insert(at, "new\n\ntext")
        operation = AddItem(f"{name}.{at + 1}", "new\n\ntext", "before")
    elif what == "remove":
        del items[at]
        operation = RemoveItem(f"{name}.{at + 1}")
    else:
        items.insert(to, items.pop(at))
        place = "before" if to < at else "after"
        operation = MoveBlock(f"{name}.{at + 1}", f"{name}.{to + 1}", place)  # type: ignore[arg-type]
    text = written(contents, first, around, gap, mark)
    applied = apply(text, [operation])
    assert applied.problems == []
    expected = written(items, first, around, gap, mark)
    assert MarkdownIt("commonmark").render(applied.document) == MarkdownIt("commonmark").render(expected)
    assert applied.document == expected


HANGING = "".join(f"{number}. item\n   - sub {number}\n" for number in range(1, 10))


def test_an_item_that_comes_and_goes_leaves_the_list_as_it_was() -> None:
    for text in (HANGING, HANGING.replace("   -", "    -"), HANGING.replace("   -", "\t-").replace(". ", ".\t")):
        longer = apply(text, [AddItem("b1.1", "new", "before")])
        assert longer.problems == []
        assert len(cut(longer.document).blocks[0].children[-1].children) == 2
        assert apply(longer.document, [RemoveItem("b1.1")]).document == text


@pytest.mark.parametrize(
    ("operations", "tail"),
    [
        ([AddItem("b1.9.2.1", "x\ny")], "10. item\n    - sub 9\n    - x\n      y\n"),
        ([AddItem("b1.9.2.1", "x\ny", "before")], "10. item\n    - x\n      y\n    - sub 9\n"),
        ([ReplaceBlock("b1.9", "a\n\nb")], "10. a\n\n    b\n"),
        ([ReplaceBlock("b1.9.1", "a\n\nb")], "10. a\n\n    b\n    - sub 9\n"),
        ([ReplaceBlock("b1.9.2.1", "a\nb")], "10. item\n    - a\n      b\n"),
        ([ReplacePhrase("sub 9", "a\n\nb")], "10. item\n    - a\n\n      b\n"),
        ([RemoveItem("b1.9.2.1")], "10. item\n"),
        ([AddItem("b1.9", "x\ny")], "10. item\n    - sub 9\n11. x\n    y\n"),
    ],
)  # fmt: skip
def test_what_else_is_done_in_the_item_moves_with_it(operations: list[Operation], tail: str) -> None:
    applied = apply(HANGING, [AddItem("b1.1", "new", "before"), *operations])
    assert applied.problems == []
    assert applied.document.endswith(f"9. item\n   - sub 8\n{tail}")


def test_numbers_keep_zeros_in_front() -> None:
    text = "08. a\n09. b\n    - c\n"
    assert apply(text, [AddItem("b1.1", "x")]).document == "08. a\n09. x\n10. b\n    - c\n"


def test_a_selection_holds_the_number_and_what_hangs_below_it_together() -> None:
    text = "9. a\n   - b\n"
    begin = apply(text, [AddItem("b1.1", "new", "before")], selection=(0, 3))
    assert begin.document == "9. new\n9. a\n   - b\n"
