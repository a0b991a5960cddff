"""Blank lines stay as the text has them, whatever comes, goes or moves."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from redraft.markdown import apply
from redraft.markdown.operations import (
    DeleteBlock,
    DeleteSection,
    Insert,
    InsertIntoSection,
    MoveBlock,
    MoveSection,
    Operation,
    SwapSections,
)

BODIES = ["Some words.", "- one\n- two", "| a |\n|---|\n| b |", "> said", "```\ncode\n\nmore\n```", "Two\nlines."]


class Style(NamedTuple):
    """How a text parts its blocks: lines below a heading, above one, and between others; and its line end."""

    below: int
    above: int
    between: int
    end: str

    def written(self, sections: Sequence[Sequence[str]], last: str) -> str:
        parts: list[str] = []
        for section in sections:
            for at, block in enumerate(section):
                lines = self.above if not at else self.below if at == 1 else self.between
                parts += ["\n" * lines if parts else "", block]
        return "".join(parts).replace("\n", self.end) + last


styles = st.builds(
    Style, st.sampled_from([1, 2]), st.sampled_from([2, 3]), st.sampled_from([2, 2, 3]), st.sampled_from(["\n", "\r\n"])
)


@st.composite
def texts(draw: st.DrawFn) -> tuple[list[list[str]], Style, str]:
    """Sections of two to three blocks of different kinds below each heading, in one style."""
    bodies = st.lists(st.sampled_from(BODIES), min_size=2, max_size=3, unique=True)
    sections = [[f"## Part {number}", *draw(bodies)] for number in range(draw(st.integers(3, 5)))]
    style = draw(styles)
    return sections, style, draw(st.sampled_from(["", style.end]))


def name(sections: Sequence[Sequence[str]], section: int, block: int = 0) -> str:
    return f"b{sum(map(len, sections[:section])) + block + 1}"


def done(text: str, operation: Operation) -> str:
    applied = apply(text, [operation])
    assert applied.problems == []
    return applied.document


@settings(max_examples=80)
@given(texts(), st.integers(0, 2), st.integers(0, 2), st.sampled_from(["before", "after"]))
def test_sections_that_move_or_go_leave_the_spacing(
    case: tuple[list[list[str]], Style, str], one: int, other: int, place: Literal["before", "after"]
) -> None:
    sections, style, last = case
    text = style.written(sections, last)
    rest = [each for at, each in enumerate(sections) if at != one]
    assert done(text, DeleteSection(name(sections, one))) == style.written(rest, last)
    if one == other:
        return
    at = rest.index(sections[other]) + (place == "after")
    moved = [*rest[:at], sections[one], *rest[at:]]
    assert done(text, MoveSection(name(sections, one), name(sections, other), place)) == style.written(moved, last)
    swapped = list(sections)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    assert done(text, SwapSections(name(sections, one), name(sections, other))) == style.written(swapped, last)


@settings(max_examples=80)
@given(texts(), st.integers(0, 2), st.integers(0, 2), st.booleans())
def test_what_is_put_in_is_parted_as_the_rest(
    case: tuple[list[list[str]], Style, str], at: int, block: int, before: bool
) -> None:
    sections, style, last = case
    text = style.written(sections, last)
    more = [list(each) for each in sections]
    more[at].append("New.")
    assert done(text, InsertIntoSection(name(sections, at), "New.")) == style.written(more, last)
    more = [list(each) for each in sections]
    if before and block:
        more[at].insert(block, "New.")
        operation = Insert(name(sections, at, block), "New.", "before")
    else:
        more[at].insert(block + 1, "New.")
        operation = Insert(name(sections, at, block), "New.")
    assert done(text, operation) == style.written(more, last)
    new = ["## New", "Text."]
    section = style.written([new], "").replace(style.end, "\n")
    more = [*sections[:at], new, *sections[at:]]
    assert done(text, Insert(name(sections, at), section, "before")) == style.written(more, last)
    assert done(text, Insert(None, section)) == style.written([*sections, new], last)


@settings(max_examples=80)
@given(texts(), st.integers(0, 2), st.integers(0, 2), st.integers(1, 2), st.integers(1, 2))
def test_blocks_that_move_or_go_leave_the_spacing(
    case: tuple[list[list[str]], Style, str], one: int, other: int, block: int, beside: int
) -> None:
    sections, style, last = case
    text = style.written(sections, last)
    rest = [list(each) for each in sections]
    taken = rest[one].pop(block)
    assert done(text, DeleteBlock(name(sections, one, block))) == style.written(rest, last)
    if one == other or taken in rest[other]:  # two lists beside each other would need more than blank lines
        return
    rest[other].insert(beside + 1, taken)
    operation = MoveBlock(name(sections, one, block), name(sections, other, beside))
    assert done(text, operation) == style.written(rest, last)
