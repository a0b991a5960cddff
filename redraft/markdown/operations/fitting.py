"""New text made to fit its destination.

Models, small ones above all, leave out list markers and table pipes, wrap an answer in a code fence, or repeat the
heading they were asked to write under. What the destination settles is settled here, by its kind, never by guessing
at the words.
"""

import re
import unicodedata

from redraft.markdown.blocks import LINE_END, Block, Outline
from redraft.markdown.operations.wrappers import holds_fences, is_markdown, is_one_fence, unfenced, unwrapped

MARKER = re.compile(r"([-+*]|\d{1,9}[.)])([ \t]+|\Z)")
TASK = re.compile(r"\[([ xX])\](?=[ \t]|\Z)[ \t]*")
_HEADING = re.compile(r"\A {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*\Z")


def clean(text: str) -> str:
    """The text with `\\n` line ends and without blank lines around it."""
    text = LINE_END.sub("\n", text).strip("\n")
    return re.sub(r"\A(?:[ \t]*\n)+|(?:\n[ \t]*)+\Z", "", text)


def title_of(text: str) -> str:
    """The words of a heading, given with or without its marks; only the first line counts."""
    line = clean(unfenced(clean(text))).split("\n", 1)[0].strip()
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


def continued(text: str, line_end: str, margin: str) -> str:
    """`text` as the continuation of a line: as `lines_in`, lines that come with the margin being left as they are."""
    head, *rest = text.split("\n")
    return lines_in("\n".join([head, *(line.removeprefix(margin) for line in rest)]), line_end, margin)


def quoted(text: str) -> str:
    """The lines as a block quote, unless they are one."""
    lines = text.split("\n")
    if all(line.lstrip().startswith(">") for line in lines if line.strip()):
        return text
    return "\n".join(f"> {line}".rstrip() for line in lines)


def fenced(text: str, old: str) -> str:
    """Code between the fence lines of `old`, made longer where the code holds such a fence.

    A text that comes with its own fence keeps it, with the language of `old` where it names none. So does a text that
    holds fenced code among other blocks, except where `old` is Markdown itself.
    """
    opening = re.match(r"[ \t]*((`{3,}|~{3,})[^\r\n]*)", old)
    if not opening:
        return text
    language = opening[1][len(opening[2]) :]
    if not is_markdown(old):
        text = clean(unwrapped(text, replaces=old, keeps_markdown=not is_one_fence(unfenced(text))))
    if is_one_fence(text):
        return _named(text, language)
    if not is_markdown(old) and holds_fences(text):
        return text
    mark = opening[2]
    while re.search(rf"^ {{0,3}}{re.escape(mark)}", text, re.M):
        mark += mark[0]
    return f"{mark}{language}\n{text}\n{mark}"


def _named(text: str, language: str) -> str:
    """A block of fenced code at the margin and closed, with the language where it names none."""
    lines = text.split("\n")
    inset = len(lines[0]) - len(lines[0].lstrip(" "))
    lines = [re.sub(rf"\A {{0,{inset}}}", "", line) for line in lines]
    if not lines[0].strip("`~ \t"):
        lines[0] = lines[0].rstrip() + language
    end = missing_end("\n".join(lines))
    return "\n".join([*lines, end] if end else lines)


def indented(text: str) -> str:
    """Code in the form of an indented block, without the fence of one that names no language; another fence stays."""
    if is_one_fence(text):
        if text.partition("\n")[0].strip("`~ \t"):
            return _named(text, "")
        text = "\n".join(_named(text, "").split("\n")[1:-1])
    if holds_fences(text):
        return text
    lines = text.split("\n")
    if all(line.startswith("    ") for line in lines if line.strip()):
        return text
    return "\n".join("    " + line if line else line for line in lines)


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
