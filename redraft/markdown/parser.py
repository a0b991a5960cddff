"""The block parser: CommonMark with tables and `$$` math, inline syntax left unread."""

from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token


def block_tokens(source: str) -> "list[Token]":
    """The block tokens of `source`, whose lines end in `\\n` alone."""
    return _parser().parse(source)


@cache
def _parser() -> MarkdownIt:
    """Inline rules are off: they take half of the time, and positions come from block tokens alone."""
    parser = MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])
    parser.block.ruler.before("fence", "math", _math, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return parser


def _math(state: "StateBlock", line: int, end: int, silent: bool) -> bool:
    """A line that is `$$` up to the next such line, or one line `$$...$$`.

    Only these forms: a scan for a closing mark anywhere would be quadratic on a text full of dollars, and other
    multi-line math holds no blank line, so that it is one paragraph anyway.
    """
    if state.is_code_block(line):
        return False
    opening = _line(state, line)
    if opening == "$$":
        closing = line + 1
        while closing < end and _line(state, closing) != "$$":
            if state.sCount[closing] < state.blkIndent and not state.isEmpty(closing):
                return False
            closing += 1
        if closing >= end:
            return False
    elif len(opening) > 4 and opening.startswith("$$") and opening.endswith("$$") and "$$" not in opening[2:-2]:
        closing = line
    else:
        return False
    if silent:
        return True
    state.line = closing + 1
    token = state.push("math_block", "math", 0)
    token.map = [line, state.line]
    return True


def _line(state: "StateBlock", line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip(" \t")
