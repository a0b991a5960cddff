"""No side of a conflict holds one of two marks that belong together, on whatever lines the two stand."""

import pytest

from redraft.markdown import merge
from redraft.markdown.merging.marks import pairs_of_marks

INLINE = [("[", "](u)"), ("**", "**"), ("`", "`"), ("~~", "~~"), ("$", "$"), ("*", "*"), ("(", ")")]
BLOCKS = [("```js", "```"), ("~~~", "~~~"), ("$$", "$$"), ("<!--", "-->")]


def conflict(base: str, mine: str, theirs: str) -> tuple[str, str, str]:
    """The one conflict of a merge, that of the swapped one being the same."""
    (found,) = merge(base, mine, theirs).conflicts
    (swapped,) = merge(base, theirs, mine).conflicts
    assert (found.base, found.mine, found.theirs) == (swapped.base, swapped.theirs, swapped.mine)
    return found.base, found.mine, found.theirs


@pytest.mark.parametrize(("mark", "other"), INLINE)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_pair_over_several_lines_is_in_a_conflict_as_a_whole(mark: str, other: str, end: str) -> None:
    base = f"First.{end}See {mark}one of{end}all of{end}these{other} here.{end}Last.{end}"
    found = conflict(base, base.replace("one", "two"), base.replace("one", "three"))
    lines = base.split(end)
    whole = "".join(line + end for line in lines[1:4])
    assert found == (whole, whole.replace("one", "two"), whole.replace("one", "three"))


@pytest.mark.parametrize(("mark", "other"), INLINE)
def test_a_pair_that_one_side_put_is_in_a_conflict_as_a_whole(mark: str, other: str) -> None:
    base = "First.\nSome one of\nall of\nthese here.\nLast.\n"
    mine = base.replace("one", f"{mark}two").replace("these", f"these{other}")
    found = conflict(base, mine, base.replace("one", "three"))
    assert found == tuple(
        text.partition("First.\n")[2].partition("Last.\n")[0] for text in (base, mine, base.replace("one", "three"))
    )


@pytest.mark.parametrize(("mark", "other"), BLOCKS)
def test_a_block_that_one_side_made_is_in_a_conflict_as_a_whole(mark: str, other: str) -> None:
    base = "Top.\n\nalpha\n\nbeta\n\nEnd.\n"
    mine = f"Top.\n\n{mark}\ndelta\n\nbeta\n{other}\n\nEnd.\n"
    theirs = base.replace("alpha", "gamma")
    assert conflict(base, mine, theirs) == (
        "alpha\n\nbeta\n",
        f"{mark}\ndelta\n\nbeta\n{other}\n",
        "gamma\n\nbeta\n",
    )


@pytest.mark.parametrize(("mark", "other"), BLOCKS)
def test_a_block_that_both_have_is_disputed_line_by_line(mark: str, other: str) -> None:
    base = f"Top.\n\n{mark}\nx = 1\ny = 2\n{other}\n\nEnd.\n"
    assert conflict(base, base.replace("1", "3"), base.replace("1", "4")) == ("1", "3", "4")


def test_of_the_line_that_opens_code_the_language_is_disputed() -> None:
    base = "```\na = 1\n```\n"
    mine, theirs = base.replace("```\na", "```js\na"), base.replace("```\na", "```ts\na")
    assert conflict(base, mine, theirs) == ("", "js", "ts")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a [b](c) d", [("[", "]"), ("(", ")")]),
        ("**a *b* c**", [("**", "**"), ("*", "*")]),
        ("``a ` b`` c`", [("``", "``")]),
        ("it is $5 and $6", []),
        ("it is $x$ and $6", [("$", "$")]),
        ("\\[a] \\`b` snake_case_name 2 * 3 * 4", []),
        ("[a\n\nb]", []),
        ("- [a\n- b]", []),
        ("> [a\n> b]", [("[", "]")]),
        ("`[a` b]", [("`", "`")]),
        ("```\n[a\n```\nb]\n", [("```", "```")]),
        ("````\n```\n````", [("````", "````")]),
        ("> ```\n> a\n> ```", [("```", "```")]),
        ("- ```\n  a\n  ```", [("```", "```")]),
        ("```\na", []),
        ("a <!-- [b --> c]", [("<!--", "-->")]),
        ("<!--\na\n\nb\n-->", [("<!--", "-->")]),
        ("$$\na\n\n$b\n$$", [("$$", "$$")]),
        ("---\na: b\n---\n", [("---", "---")]),
        ("---\n\na\n---\n", []),
    ],
)
def test_marks_are_paired_as_they_are_read(text: str, expected: list[tuple[str, str]]) -> None:
    found = sorted(pairs_of_marks(text))
    assert [(text[each.start : each.start_end], text[each.end_start : each.end]) for each in found] == expected


@pytest.mark.parametrize(
    "text", ["[", "](", "`", "` ``", "**", "$a", "$5 ", "<!--", "```\n", "$$\n", "*a ", "( [ ) ] "]
)
def test_many_marks_take_no_longer_than_their_number(text: str) -> None:
    """Less than a second; an hour where anything is quadratic."""
    assert len([*pairs_of_marks(text * (200_000 // len(text)))]) <= 200_000


def test_many_conflicts_with_marks_take_no_longer_than_their_number() -> None:
    sides = ["".join(f"( [ {word}{number}\n[ ) ]\n" for number in range(3_000)) for word in "abc"]
    assert merge(sides[0], *sides[1:]).conflicts
