"""The addresses a text links to or loads from."""

import re
from collections.abc import Iterator
from functools import cache
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from redraft.markdown.blocks import LINE_END, cut

_ATTRIBUTE = re.compile(
    r"""\b(?:xlink:href|href|src|srcset|poster|data|action|formaction|background|cite|content)\s*=\s*"""
    r"""("[^"]*(?:"|\Z)|'[^']*(?:'|\Z)|[^\s"'>]+)""",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?:\b[a-z][a-z0-9+.-]{1,31}://|\bwww\.|\bmailto:|\bdata:[a-z]+/)[^\s<>\"'`|]+", re.IGNORECASE)
_CSS = re.compile(r"url\(\s*[\"']?([^\"')]+)", re.IGNORECASE)
_ADDRESS = re.compile(r"\A(?:[a-z][a-z0-9+.-]*:|//|www\.)", re.IGNORECASE)
_SRCSET = re.compile(r"(?:\A|,)\s*([^\s,]\S*?),?(?=\s|\Z)")


def links_added(before: str, after: str) -> list[str]:
    """Every link and image address of `after` that `before` does not have, each once, in order of appearance.

    Counted are inline, reference and automatic links, images, bare addresses, addresses in HTML attributes and styles,
    `data:` addresses, and link reference definitions, used or not. Code is not looked into.
    """
    known = set(links(before)) if before else set()
    return [link for link in dict.fromkeys(links(after)) if link not in known]


def links(text: str) -> Iterator[str]:
    """Every address, in order of appearance, as often as it appears; definitions come last."""
    outline = cut(text)
    body = outline.text
    if outline.blocks and outline.blocks[0].kind == "front_matter":
        yield from _bare(outline.source(outline.blocks[0]))
        body = body[outline.blocks[0].end :]
    env: dict[str, dict[str, dict[str, str]]] = {}
    for token in _parser().parse(LINE_END.sub("\n", body.removeprefix("\ufeff")), env):
        yield from _in_token(token)
    yield from (reference["href"] for reference in env.get("references", {}).values())


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    # An address is reported as it is written, and also when this parser would not trust it: another one may.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.core.ruler.before("inline", "footnotes", _drop_footnotes)
    return parser


def _drop_footnotes(state: StateCore) -> None:
    """`[^1]: word` is a footnote, so that `[^1]` is no link to `word`, unless that is an address."""
    references: dict[str, dict[str, str]] = state.env.get("references", {})
    for label, reference in list(references.items()):
        if label.startswith("^") and not _ADDRESS.match(reference["href"]):
            del references[label]


def _in_token(token: Token) -> Iterator[str]:
    for name in ("href", "src"):
        if (address := token.attrGet(name)) is not None:
            yield str(address)
    if token.type in ("html_block", "html_inline"):
        yield from _in_html(token.content)
    elif token.type == "text":
        yield from _bare(token.content)
    for child in token.children or ():
        yield from _in_token(child)


def _in_html(source: str) -> Iterator[str]:
    for match in _ATTRIBUTE.finditer(source):
        value = unescape(match[1].strip("\"'")).strip()
        name = match[0].lower()
        if name.startswith("srcset"):
            yield from (each[1] for each in _SRCSET.finditer(value))
        elif not name.startswith("content"):
            yield value
    yield from (unescape(match[1]).strip() for match in _CSS.finditer(source))
    yield from _bare(_ATTRIBUTE.sub(" ", source))


def _bare(source: str) -> Iterator[str]:
    for match in _BARE.finditer(source):
        yield match[0].rstrip(".,;:!?)]*_~")
