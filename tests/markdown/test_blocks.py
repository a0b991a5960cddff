"""Any text is cut into blocks and gaps that tile it, and the blocks are what a reader would call so."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from redraft.markdown import cut
from tests.markdown.texts import markdown_texts


@given(st.one_of(st.text(), markdown_texts()))
@example("\ufeff# H\r\n\r\ntext")
@example("- a\r\r- b\n\x0b\u2028# no heading")
@example("```\nunclosed\n\n")
@example("\x00\n\ud800")
def test_pieces_joined_are_the_text(text: str) -> None:
    outline = cut(text)
    assert "".join(piece for _, piece in outline.pieces()) == text
    for block, piece in outline.pieces():
        assert block or not piece.strip("\ufeff \t\r\n")


@given(st.one_of(st.text(), markdown_texts()))
def test_blocks_lie_in_order_and_children_inside_their_block(text: str) -> None:
    outline = cut(text)
    for siblings in [outline.blocks, *(block.children for block in outline.walk())]:
        for left, right in pairwise(siblings):
            assert left.start <= left.end <= right.start
    for block in outline.walk():
        assert all(block.start <= child.start and child.end <= block.end for child in block.children)
        assert outline.find(block.id) is block


@given(markdown_texts())
def test_an_item_starts_at_its_marker(text: str) -> None:
    outline = cut(text)
    for block in outline.walk():
        if block.kind == "item":
            assert re.match(r"[-+*]|\d{1,9}[.)]", outline.source(block)), outline.source(block)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("---\ntitle: x\n---\n# H", ["front_matter", "heading"]),
        ("+++\ntitle = 1\n+++\n", ["front_matter"]),
        ("---\n\nprose\n\n---\n", ["rule", "paragraph", "rule"]),
        ("Title\n=====\ntext", ["heading", "paragraph"]),
        ("a | b\n--|--\n1 | 2\n\ntext", ["table", "paragraph"]),
        ("[a]: /u\n[b]: /v 'x'\n\ntext [a]", ["definitions", "paragraph"]),
        ("[^1]: one\n[^2]: two words\n\n    more\n\ntext", ["footnote", "footnote", "paragraph"]),
        ("$$\nx\n\ny\n$$\n\n$$z$$", ["math", "math"]),
        ("costs $$ and $$ more", ["paragraph"]),
        ("> [!NOTE]\n> text\n\n    code", ["quote", "code"]),
        ("<div>\n\ntext\n\n</div>", ["html", "paragraph", "html"]),
        ("1. a\n\n   ```\n   x\n   ```\n2. b", ["list"]),
        ("\ufeff# H", ["heading"]),
        ("", []),
        ("\n \n\t\n", []),
    ],
)
def test_kinds_of_blocks(text: str, kinds: list[str]) -> None:
    assert [block.kind for block in cut(text).blocks] == kinds


def test_a_fence_in_a_nested_list_in_a_quote_is_found_with_its_own_text() -> None:
    text = "> - a\n>   1. b\n>\n>      ```py\n>      x\n>      ```\n"
    outline = cut(text)
    fence = next(block for block in outline.walk() if block.kind == "fence")
    assert outline.source(fence) == "```py\n>      x\n>      ```"
    assert fence.id == "b1.1.1.2.1.2"


def test_a_section_ends_at_the_next_heading_of_its_level_or_above() -> None:
    outline = cut("# A\n\n## B\n\nb\n\n### C\n\nc\n\n## D\n\nd\n")
    b = outline.blocks[1]
    assert [outline.source(block) for block in outline.section(b)] == ["## B", "b", "### C", "c"]
    assert len(outline.section(outline.blocks[0])) == len(outline.blocks)


def test_the_line_end_of_a_text_is_the_one_used_most() -> None:
    assert cut("a\r\nb\r\nc\n").line_end == "\r\n"
    assert cut("a").line_end == "\n"
    assert cut("a\rb").line_end == "\r"


def test_a_megabyte_and_deep_nesting_are_cut() -> None:
    deep = ">" * 5_000 + " x\n\n" + "".join("  " * n + "- x\n" for n in range(300))
    assert "".join(piece for _, piece in cut(deep).pieces()) == deep
    large = (
        "# Heading\n\nA paragraph of some words.\n\n- item\n- item\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n" * 12_000
    )[:1_000_000]
    assert "".join(piece for _, piece in cut(large).pieces()) == large
