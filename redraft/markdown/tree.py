"""The parser's tokens as a tree of line ranges."""

import re
from dataclasses import dataclass, field
from typing import Literal

from redraft.markdown.parser import block_tokens

Kind = Literal[
    "heading", "paragraph", "list", "item", "table", "row", "fence", "code", "html", "quote",
    "rule", "front_matter", "definitions", "footnote", "math",
]  # fmt: skip

_KINDS: dict[str, Kind] = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "list_item_open": "item",
    "blockquote_open": "quote",
    "table_open": "table",
    "tr_open": "row",
    "fence": "fence",
    "code_block": "code",
    "html_block": "html",
    "hr": "rule",
    "math_block": "math",
}
_CONTAINERS = {"list", "item", "quote", "table"}
_INDENT = re.compile(r"[ \t]*")
_QUOTE_MARK = re.compile(r"[ \t]*>[ \t]?")
_ITEM_MARK = re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]+|\Z)")


@dataclass(frozen=True, slots=True)
class Node:
    """A block as the parser sees it: lines `first` up to, not including, `last`."""

    kind: Kind
    first: int
    last: int
    level: int = 0
    children: "list[Node]" = field(default_factory=list)


def tree(lines: list[str], offset: int = 0) -> list[Node]:
    """The top-level nodes of `lines`, numbered from `offset` on."""
    top: list[Node] = []
    open_nodes: list[list[Node]] = [top]
    for token in block_tokens("\n".join(lines)):
        kind = _KINDS.get(token.type)
        if kind and token.map:
            level = int(token.tag[1:]) if kind == "heading" else 0
            node = Node(kind, token.map[0] + offset, token.map[1] + offset, level)
            open_nodes[-1].append(node)
            if kind in _CONTAINERS:
                open_nodes.append(node.children)
        elif token.nesting < 0 and _KINDS.get(token.type[:-5] + "open") in _CONTAINERS:
            open_nodes.pop()
    return top


def column(stack: tuple[Node, ...], child: Node, line: str) -> int:
    """Where in `line`, its first, the text of `child` begins: after the marks of the containers it lies in."""
    position = 0
    for outer in stack:
        mark = None
        if outer.kind == "quote":
            mark = _QUOTE_MARK.match(line, position)
        elif outer.kind == "item" and outer.first == child.first:
            mark = _ITEM_MARK.match(line, position)
        position = mark.end() if mark else position
    indent = _INDENT.match(line, position)
    return indent.end() if indent else position
