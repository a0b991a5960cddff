"""The examples of the CommonMark specification: cut where their HTML says, and changed one block at a time."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from redraft.markdown import apply, cut
from redraft.markdown.operations import DeleteBlock, Insert, ReplaceBlock

_EXAMPLES = json.loads(Path(__file__).with_name("commonmark-0.31.2.json").read_text(encoding="utf-8"))["examples"]
_KINDS = {
    "p": {"paragraph"}, "ul": {"list"}, "ol": {"list"}, "blockquote": {"quote"}, "pre": {"fence", "code"},
    "hr": {"rule"},
    **{f"h{level}": {"heading"} for level in range(1, 7)},
}  # fmt: skip


class _TopLevel(HTMLParser):
    """The elements that lie in no other."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if not self.depth:
            self.tags.append(tag)
        self.depth += tag not in ("hr", "br", "img")

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        if not self.depth:
            self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1


@pytest.mark.parametrize("example", _EXAMPLES, ids=lambda example: example["number"])
def test_an_example_is_cut_as_it_is_rendered(example: dict[str, str]) -> None:
    text = example["markdown"]
    outline = cut(text, front_matter=False)
    assert "".join(piece for _, piece in outline.pieces()) == text
    if "<" in text:  # raw HTML has no closing tags to count by
        return
    page = _TopLevel()
    page.feed(example["html"])
    blocks = [block for block in outline.blocks if block.kind != "definitions"]
    assert len(blocks) == len(page.tags)
    assert all(block.kind in _KINDS[tag] for block, tag in zip(blocks, page.tags, strict=True))


@pytest.mark.parametrize("example", _EXAMPLES, ids=lambda example: example["number"])
def test_an_operation_on_one_block_of_an_example_leaves_the_others(example: dict[str, str]) -> None:
    text = example["markdown"]
    outline = cut(text)
    sources = [outline.source(block) for block in outline.blocks]
    for index, block in enumerate(outline.blocks):
        for operation in (DeleteBlock(block.id), ReplaceBlock(block.id, "other"), Insert(block.id, "other")):
            document = apply(outline, [operation]).document
            before, after = _bare("".join(sources[:index])), _bare("".join(sources[index + 1 :]))
            assert _bare(document).startswith(before)
            assert _bare(document).endswith(after)


def _bare(text: str) -> str:
    """Without line ends and blank lines, of which gaps are made."""
    return re.sub(r"^[ \t]+$|\n", "", text, flags=re.MULTILINE)
