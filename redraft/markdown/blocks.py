"""Markdown cut into blocks by source position, so that blocks and the gaps between them tile the text exactly.

A position counts code points. A top-level block starts at the start of its first line and ends where its last line's
text ends: before the line end, and without the blank lines that follow. What lies between two blocks is a gap: line
ends, blank lines, a byte order mark. Inside a container (list, item, quote, table) a child starts after the
container's marks, so a list item starts at its marker, and a paragraph in a quote after its `> `.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from redraft.markdown.tree import Kind, Node, column, tree

LINE_END = re.compile(r"\r\n|\n|\r")  # as CommonMark has it; str.splitlines also splits at U+2028, form feeds and more
_FRONT_MATTER = re.compile(r"(?:---|\+\+\+)[ \t]*\Z")
_KEY_LIKE = re.compile(r"[\w\"'][^:=]*[:=]|#|- ")
_FOOTNOTE = re.compile(r" {0,3}\[\^[^\]\s]+\]:")
BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a text, named by where it lies; `id` names it within one cut (`b3`, its second child `b3.2`)."""

    id: str
    kind: Kind
    start: int
    end: int
    level: int = 0
    """Of a heading, 1 to 6; otherwise 0."""
    children: "tuple[Block, ...]" = field(default=(), repr=False)
    """Items of a list; blocks of an item or a quote; rows of a table, its header first, without the delimiter row."""

    @property
    def depth(self) -> int:
        """How many containers it lies in."""
        return self.id.count(".")

    @property
    def place(self) -> int:
        """Its index among its siblings."""
        return int(self.id.rpartition(".")[2].removeprefix("b")) - 1

    def walk(self) -> "Iterator[Block]":
        """The block itself and everything in it, in the order of the text."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Outline:
    """A text and its top-level blocks, in order and without overlap."""

    text: str
    blocks: tuple[Block, ...]

    def source(self, block: Block) -> str:
        """The block's bytes, as they are."""
        return self.text[block.start : block.end]

    def walk(self) -> Iterator[Block]:
        """Every block at every depth, in the order of the text."""
        for block in self.blocks:
            yield from block.walk()

    def find(self, block_id: str) -> Block | None:
        """The block of that id, or `None`."""
        return self._by_id.get(block_id)

    def parent(self, block: Block) -> Block | None:
        """The container that holds the block, `None` at top level."""
        return self._by_id.get(block.id.rpartition(".")[0])

    def index(self, block: Block) -> int:
        """The place of the top-level block that is, or holds, `block`."""
        return int(block.id.partition(".")[0][1:]) - 1

    def at(self, position: int) -> Block | None:
        """The top-level block that `position` lies in, or at the end of; `None` in a gap."""
        index = bisect_right(self.blocks, position, key=lambda block: block.start) - 1
        return self.blocks[index] if index >= 0 and position <= self.blocks[index].end else None

    def section(self, heading: Block) -> tuple[Block, ...]:
        """The heading and what it heads: up to the next heading of the same or a higher level."""
        first = self.index(heading)
        last = first + 1
        while last < len(self.blocks) and not 0 < self.blocks[last].level <= heading.level:
            last += 1
        return self.blocks[first:last]

    def pieces(self) -> Iterator[tuple[Block | None, str]]:
        """Blocks and the gaps between them (`None`): joined, they are the text."""
        position = 0
        for block in self.blocks:
            if position < block.start:
                yield None, self.text[position : block.start]
            yield block, self.source(block)
            position = block.end
        if position < len(self.text):
            yield None, self.text[position:]

    @cached_property
    def line_end(self) -> str:
        """The line end that is used most; `\\n` when there is none."""
        ends = LINE_END.findall(self.text)
        return max(("\n", "\r\n", "\r"), key=ends.count)

    def line_start(self, position: int) -> int:
        """Where the line that holds `position` starts."""
        return self._line_starts[bisect_right(self._line_starts, position) - 1]

    def next_line(self, position: int) -> int:
        """Where the line after the one that holds `position` starts, or the end of the text."""
        index = bisect_right(self._line_starts, position)
        return self._line_starts[index] if index < len(self._line_starts) else len(self.text)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in LINE_END.finditer(self.text))]

    @cached_property
    def _by_id(self) -> dict[str, Block]:
        return {block.id: block for block in self.walk()}


def cut(text: str, *, front_matter: bool = True) -> Outline:
    """Cut any text into its blocks. Takes some 3 s for 1 MB: call it off the event loop.

    Beside CommonMark and tables: front matter (`---` or `+++`), `$$` math, and footnotes with their indented
    continuation. Link reference definitions in a row are one block. Say `front_matter=False` for a text that is a part
    of another one.
    """
    lines = _Lines(text)
    body = _front_matter_end(lines) if front_matter else 0
    found = [Node("front_matter", 0, body)] if body else []
    nodes = tree(lines.texts[body:], body)
    blocks: list[Block] = []
    for node in _with_footnotes(_with_definitions(found + nodes, lines), lines):
        if node.kind == "code" and blocks and blocks[-1].kind == "footnote":  # its continuation, four spaces in
            blocks[-1] = replace(blocks[-1], end=lines.end(node.last - 1))
            continue
        blocks.append(_block(f"b{len(blocks) + 1}", node, lines))
    return Outline(text, tuple(blocks))


class _Lines:
    """A text's lines without their ends, and where each starts."""

    def __init__(self, text: str) -> None:
        self.starts: list[int] = [len(BOM)] if text.startswith(BOM) else [0]
        ends: list[int] = []
        for match in LINE_END.finditer(text):
            ends.append(match.start())
            self.starts.append(match.end())
        ends.append(len(text))
        self.texts = [text[start:end] for start, end in zip(self.starts, ends, strict=True)]

    def end(self, line: int) -> int:
        return self.starts[line] + len(self.texts[line])

    def last_filled(self, first: int, last: int, blank: str = " \t") -> int:
        """`last` (exclusive) moved up over trailing blank lines, but not past `first`."""
        while last > first + 1 and not self.texts[last - 1].strip(blank):
            last -= 1
        return last


def _front_matter_end(lines: _Lines) -> int:
    """The line after the front matter; 0 without one. A rule followed by prose is no front matter."""
    fence = lines.texts[0].rstrip(" \t")
    if not _FRONT_MATTER.match(fence) or len(lines.texts) < 2 or not _KEY_LIKE.match(lines.texts[1].rstrip()):
        return 0
    closing = {fence, "..."} if fence == "---" else {fence}
    for number in range(1, len(lines.texts)):
        if lines.texts[number].rstrip(" \t") in closing:
            return number + 1
    return 0


def _with_definitions(nodes: list[Node], lines: _Lines) -> Iterator[Node]:
    """The nodes with trailing blank lines cut off, and each run of filled lines between them as `definitions`.

    The parser has no token for link reference definitions: they are all that is left over.
    """
    line = 0
    for node in [*nodes, None]:
        until = node.first if node else len(lines.texts)
        while line < until:
            first = line
            while line < until and lines.texts[line].strip(" \t"):
                line += 1
            if line > first:
                yield Node("definitions", first, line)
            line += line == first
        if node:
            line = lines.last_filled(node.first, node.last)
            yield replace(node, last=line)


def _with_footnotes(nodes: Iterable[Node], lines: _Lines) -> Iterator[Node]:
    """The nodes, footnotes that follow each other line by line parted from each other and from what precedes them."""
    for node in nodes:
        if node.kind not in ("paragraph", "definitions"):
            yield node
            continue
        starts = [n for n in range(node.first, node.last) if _FOOTNOTE.match(lines.texts[n])]
        if not starts or starts[0] > node.first:
            yield replace(node, last=starts[0] if starts else node.last)
        for first, last in pairwise([*starts, node.last]):
            yield Node("footnote", first, last)


def _block(block_id: str, node: Node, lines: _Lines, around: tuple[Node, ...] = ()) -> Block:
    """The node as a block; `around` holds the containers it lies in, outermost first."""
    line = lines.texts[node.first]
    begin = lines.starts[node.first] + (column(around, node, line) if around else 0)
    last = lines.last_filled(node.first, node.last, " \t>" if around else " \t")
    children = tuple(
        _block(f"{block_id}.{number}", child, lines, (*around, node)) for number, child in enumerate(node.children, 1)
    )
    return Block(block_id, node.kind, begin, max(begin, lines.end(last - 1)), node.level, children)
