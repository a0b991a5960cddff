"""Links to the headings of a text itself (`#like-this`), which follow when a heading is renamed."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from redraft.markdown.blocks import LINE_END, Block, Outline
from redraft.markdown.replacement import Replacement

_CODE = {"fence", "code", "front_matter", "math"}
_LINK = re.compile(
    r"(?P<code>(?<!`)(`+)(?!`)[^\r\n]*?(?<!`)\2(?!`))"
    r"|(?:\[(?P<words>[^\[\]\r\n]*)\])?\(#(?P<inline>[^\s()]+)(?=[\s)])"
    r"|\]:[ \t]*#(?P<defined>\S+)"
    r"|\bhref\s*=\s*[\"']#(?P<html>[^\"']+)(?=[\"'])",
    re.IGNORECASE,
)
_GIVEN = re.compile(r"\{#[^}]*\}\s*\Z")


def words_of(outline: Outline, heading: Block) -> str:
    """A heading's Markdown without its marks."""
    lines = LINE_END.split(outline.source(heading))
    if re.match(r" {0,3}#", lines[0]):
        return re.sub(r"^\s*#{1,6}[ \t]*|(?:[ \t]+#+)?[ \t]*\Z", "", lines[0])
    return " ".join(line.strip(" \t>") for line in lines[:-1])


def slug(title: str) -> str:
    """The anchor that GitHub gives a heading of these words; most renderers do the same."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)|<[^>]*>", r"\1", title)
    text = re.sub(r"[`*~]|(?<!\w)_+|_+(?!\w)", "", text).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def relinked(outline: Outline, renamed: Mapping[str, tuple[str, int]]) -> Iterator[Replacement]:
    """The links in the text that have to follow headings: their address, and their words where these were the title.

    `renamed` holds, by the heading's id, its new title and the operation that gives it. Where two headings share their
    words, the anchors of others may move too (`notes-1` becomes `notes`).
    """
    headings = [block for block in outline.walk() if block.kind == "heading"]
    titles = {block.id: words_of(outline, block) for block in headings}
    kept = {block.id for block in headings if block.id in renamed and _GIVEN.search(titles[block.id])}
    new = {**titles, **{name: title for name, (title, _) in renamed.items() if name not in kept}}
    before, after = _anchors(titles), _anchors(new)
    operation = max(number for _, number in renamed.values())
    moved = {
        before[name]: (after[name], titles[name], new[name], renamed[name][1] if name in renamed else operation)
        for name in titles
        if before[name] != after[name]
    }
    if moved:
        for block in outline.blocks:
            if block.kind not in _CODE and block.kind != "heading":
                yield from _in_block(outline, block, moved)


def _anchors(titles: Mapping[str, str]) -> dict[str, str]:
    """Each heading's anchor; the second of one name gets `-1`."""
    seen: Counter[str] = Counter()
    anchors: dict[str, str] = {}
    for name, title in titles.items():
        plain = slug(title)
        anchors[name] = f"{plain}-{seen[plain]}" if seen[plain] else plain
        seen[plain] += 1
    return anchors


def _in_block(outline: Outline, block: Block, moved: Mapping[str, tuple[str, str, str, int]]) -> Iterator[Replacement]:
    code = [each for each in block.walk() if each.kind in _CODE]
    for match in _LINK.finditer(outline.text, block.start, block.end):
        name = next((name for name in ("inline", "defined", "html") if match[name]), None)
        found = moved.get(unquote(match[name]).lower()) if name else None
        if name is None or found is None or any(each.start <= match.start() < each.end for each in code):
            continue
        anchor, old_title, title, operation = found
        reason, group = f"“{old_title}” is now called “{title}”", f"o{operation + 1}"
        if match["words"] and match["words"].strip() == old_title.strip():
            start, end = match.span("words")
            yield Replacement(start, end, title, reason, group, operation=operation)
        yield Replacement(*match.span(name), anchor, reason, group, operation=operation)
