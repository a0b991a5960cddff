"""New text made to fit its destination.

Models, small ones above all, leave out list markers and table pipes, wrap an answer in a code fence, or repeat the
heading they were asked to write under. What the destination settles is settled here, by its kind, never by guessing
at the words.
"""

import re
import unicodedata

from redraft.markdown.blocks import LINE_END, Block, Outline

MARKER = re.compile(r"([-+*]|\d{1,9}[.)])([ \t]+|\Z)")
TASK = re.compile(r"\[([ xX])\](?=[ \t]|\Z)[ \t]*")
_FENCED = re.compile(r"\A(`{3,}|~{3,})[ \t]*(?P<info>[^\n`]*)\n(?P<body>.*?)\n?\1[ \t]*\Z", re.S)
_HEADING = re.compile(r"\A {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*\Z")
_PROSE_INFO = {"", "md", "markdown", "text", "txt", "plaintext"}


def clean(text: str, *, unwrap: bool = True) -> str:
    """The text with `\\n` line ends, without blank lines around it, and without a code fence around all of it.

    `unwrap` takes off a fence that names no language, or Markdown: say `False` where code is wanted.
    """
    text = LINE_END.sub("\n", text).strip("\n")
    text = re.sub(r"\A(?:[ \t]*\n)+|(?:\n[ \t]*)+\Z", "", text)
    fenced = _FENCED.match(text)
    if unwrap and fenced and fenced["info"].strip().lower() in _PROSE_INFO and "\n" + fenced[1] not in fenced["body"]:
        return clean(fenced["body"], unwrap=False)
    return text


def title_of(text: str) -> str:
    """The words of a heading, given with or without its marks; only the first line counts."""
    line = clean(text).split("\n", 1)[0].strip()
    match = _HEADING.match(line)
    return (match[2] or "").strip() if match else line


def prefix(outline: Outline, block: Block) -> str:
    """What a further line of the block's container starts with: quote marks, and spaces under list markers."""
    before = outline.text[outline.line_start(block.start) : block.start]
    return re.sub(r"[^>\s]", " ", before.lstrip("\ufeff"))


def lines_in(text: str, line_end: str, margin: str) -> str:
    """`text` with the document's line ends, and `margin` before every line but the first."""
    head, *rest = text.split("\n")
    return line_end.join([head, *((margin + line if line else margin.rstrip(" \t")) for line in rest)])


def quoted(text: str) -> str:
    """The lines as a block quote, unless they are one."""
    lines = text.split("\n")
    if all(line.lstrip().startswith(">") for line in lines if line.strip()):
        return text
    return "\n".join(f"> {line}".rstrip() for line in lines)


def fenced(text: str, old: str) -> str:
    """Code between the fence lines of `old`, made longer where the code holds such a fence; a fence stays as given."""
    given = re.match(r"(`{3,}|~{3,})", text)
    opening = re.match(r"[ \t]*((`{3,}|~{3,}).*)", old)
    if not opening:
        return text
    if given and re.search(rf"^{re.escape(given[1])}[`~]*[ \t]*\Z", text, re.M) and "\n" in text:
        first, body = text.split("\n", 1)
        plain = first.strip("`~ \t") == ""
        return f"{given[1]}{opening[1][len(opening[2]) :]}\n{body}" if plain else text
    mark = opening[2]
    while re.search(rf"^ {{0,3}}{re.escape(mark)}", text, re.M):
        mark += mark[0]
    return f"{mark}{opening[1][len(opening[2]) :]}\n{text}\n{mark}"


def missing_end(source: str) -> str:
    """The line that a fence still lacks, as while somebody types it; empty for one that is closed."""
    lines = LINE_END.split(source)
    opening = re.match(r"`{3,}|~{3,}", lines[0])
    if opening is None:
        return ""
    mark = opening[0]
    closed = len(lines) > 1 and re.fullmatch(rf"[ \t>]*{re.escape(mark)}{re.escape(mark[0])}*[ \t]*", lines[-1])
    return "" if closed else mark


def width(text: str) -> int:
    """Columns on a screen of fixed-width type: wide East Asian characters take two, combining ones none."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)
