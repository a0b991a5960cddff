"""Items, rows and blocks that are moved while the same answer changes what is in them."""

import pytest

from redraft.markdown import Operation, apply
from redraft.markdown.operations import (
    AddItem,
    CheckTask,
    DeleteBlock,
    MoveBlock,
    ReplaceBlock,
    ReplacePhrase,
    SetCell,
)

TABLE = "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n| 5 | 6 |\n"
TENTH = "10. ten\n\n    ```py\n    x\n    ```\n"


def numbered(first: int, last: int) -> str:
    """Items with these numbers, each with a word of its own."""
    return "".join(f"{number}. i{number}\n" for number in range(first, last + 1))


@pytest.mark.parametrize(
    ("text", "operations", "expected"),
    [
        (
            "1. a\n2. b\n   - s\n3. c\n",
            [MoveBlock("b1.2", "b1.1", "before"), ReplacePhrase("s", "t")],
            "1. b\n   - t\n2. a\n3. c\n",
        ),
        ("- a\n- b\n- c\n", [MoveBlock("b1.3", "b1.1", "before"), ReplaceBlock("b1.3", "see")], "- see\n- a\n- b\n"),
        ("- [ ] a\n- [ ] b\n", [MoveBlock("b1.2", "b1.1", "before"), CheckTask("b1.2", True)], "- [x] b\n- [ ] a\n"),
        (
            "- a\n\n- b\n\n  p",
            [MoveBlock("b1.2", "b1.1", "before"), ReplaceBlock("b1.2.2", "x\ny")],
            "- b\n\n  x\n  y\n\n- a",
        ),
        (
            "1. a\n2. b\n   1. s\n   2. t\n3. c\n",
            [
                MoveBlock("b1.2", "b1.1", "before"),
                MoveBlock("b1.2.2.2", "b1.2.2.1", "before"),
            ],
            "1. b\n   1. t\n   2. s\n2. a\n3. c\n",
        ),
        (
            f"{numbered(1, 9)}{TENTH}",
            [MoveBlock("b1.10", "b1.1", "before"), ReplaceBlock("b1.10.2", "y\nz")],
            "1. ten\n\n   ```py\n   y\n   z\n   ```\n" + "".join(f"{n + 1}. i{n}\n" for n in range(1, 10)),
        ),
        (
            "1. a\n2. b\n3. c\n",
            [MoveBlock("b1.1", "b1.3", "after"), DeleteBlock("b1.2")],
            "1. c\n2. a\n",
        ),
        (
            "1. a\n2. b\n3. c\n4. d\n",
            [MoveBlock("b1.4", "b1.1", "before"), AddItem("b1.2", "new", "after")],
            "1. d\n2. a\n3. b\n4. new\n5. c\n",
        ),
        (
            TABLE,
            [MoveBlock("b1.4", "b1.1", "after"), SetCell("b1", "b1.4", "b", "9")],
            "| a | b |\n|---|---|\n| 5 | 9 |\n| 1 | 2 |\n| 3 | 4 |\n",
        ),
        (
            TABLE,
            [MoveBlock("b1.2", "b1.4", "after"), ReplacePhrase("| 1 |", "| one |")],
            "| a | b |\n|---|---|\n| 3 | 4 |\n| 5 | 6 |\n| one | 2 |\n",
        ),
        (
            "> a\n>\n> b\n> c\n",
            [MoveBlock("b1.2", "b1.1", "before"), ReplacePhrase("c", "d")],
            "> b\n> d\n>\n> a\n",
        ),
    ],
)  # fmt: skip
def test_what_moves_takes_along_what_is_changed_in_it(text: str, operations: list[Operation], expected: str) -> None:
    for end in ("\n", "\r\n"):
        applied = apply(text.replace("\n", end), operations)
        assert applied.problems == []
        assert applied.document == expected.replace("\n", end)


@pytest.mark.parametrize(
    ("inner", "operation", "moved"),
    [
        ("\n   p\n\n   q\n   r\n", MoveBlock("b1.1.3", "b1.1.2", "before"), "\n    q\n    r\n\n    p\n"),
        ("   - p\n   - q\n     r\n", MoveBlock("b1.1.2.2", "b1.1.2.1", "before"), "    - q\n      r\n    - p\n"),
        ("   - p\n     r\n   - q\n", MoveBlock("b1.1.2.1", "b1.1.2.2", "after"), "    - q\n    - p\n      r\n"),
    ],
)
def test_what_moves_in_an_item_moves_with_the_width_of_its_number(inner: str, operation: Operation, moved: str) -> None:
    applied = apply(f"9. a\n{inner}", [AddItem("b1.1", "n", "before"), operation])
    assert applied.problems == []
    assert applied.document == f"9. n\n10. a\n{moved}"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("b\n   - s\n     t", "b\n  - s\n    t"),
        ("b\n    - s", "b\n  - s"),
        ("b\nc", "b\n  c"),
        ("b\n\n    code", "b\n\n      code"),
    ],
)
def test_what_hangs_below_a_marker_that_was_left_out_hangs_below_the_new_one(given: str, expected: str) -> None:
    assert apply("- a\n", [AddItem("b1.1", given, "after")]).document == f"- a\n- {expected}\n"
