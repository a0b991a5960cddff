"""Made-up Markdown that is nasty on purpose."""

from hypothesis import strategies as st

_PIECES = [
    "# Heading", "## Other ##", "Setext\n---", "text", "two words.", "A sentence. Another one! 第三句。", "lazy",
    "- item", "* star", "  - nested", "1. one", "2) two", "10. ten", "- [ ] task", "- [x] done", "- ", "1.", "- - a",
    "> quote", "> - in quote", "> > deep", ">", "```", "```py\ncode()\n```", "~~~", "    indented", "\tindented",
    "| a | b |\n|---|:-:|\n| 1 | 2 |", "|a|b|", "|--|--|", "\\| \\* `a|b`", "---", "***", "title: x",
    "[ref]: https://example.org 'T'", "[^1]: note", "![i](a.png)", "<div>", "</div>", "<!-- c\n\nd -->",
    "$$", "$$x$$", "$$\ny\n$$", "🏮 emoji", "e\u0301", "\u2028", "\x0c", "\ufeff", "", "",
]  # fmt: skip


@st.composite
def markdown_texts(draw: st.DrawFn) -> str:
    """Markdown-like lines with any line ends, now and then mixed, with or without a last one."""
    pieces = draw(st.lists(st.sampled_from(_PIECES), max_size=14))
    ends = draw(st.sampled_from([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\r", "\n\n", "\r\n\r\n"], ["\n", "\n\n"]]))
    text = "".join(piece.replace("\n", ends[0]) + draw(st.sampled_from(ends)) for piece in pieces)
    prefix = draw(st.sampled_from(["", "", "\ufeff", "---\na: b\n---\n"]))
    return prefix + (text if draw(st.booleans()) else text.rstrip("\r\n"))
