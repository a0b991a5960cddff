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
    r"""\b(xlink:href|href|src|srcset|imagesrcset|srcdoc|poster|data|action|formaction|background|cite|content|ping|"""
    r"""longdesc|lowsrc|dynsrc|manifest|codebase|archive|classid|profile|usemap)\s*=\s*"""
    r"""("[^"]*(?:"|\Z)|'[^']*(?:'|\Z)|[^\s"'>]+)""",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?:\b[a-z][a-z0-9+.-]{1,31}://|\bwww\.|\bmailto:|\bdata:[a-z]+/)[^\s<>\"'`|]+", re.IGNORECASE)
# `//host` is an address wherever HTML lets one stand: in styles, in scripts, in attributes nobody thought of.
_HOST = re.compile(r"(?<![:/\w])//[\w-]+(?:\.[\w-]+)+[^\s<>\"'`|)]*")
_REFRESH = re.compile(r"\A[\d.\s]*[;,]\s*url\s*=\s*[\"']?([^\"']+)", re.IGNORECASE)
_DESCRIPTOR = re.compile(r"[\d.]+[wxh]", re.IGNORECASE)
_CSS = re.compile(r"url\(\s*[\"']?([^\"')]+)", re.IGNORECASE)
_ADDRESS = re.compile(r"\A(?:[a-z][a-z0-9+.-]*:|//|www\.)", re.IGNORECASE)


def links_added(before: str, after: str) -> list[str]:
    """Every link and image address of `after` that `before` does not have, each once, in order of appearance.

    Counted are inline, reference and automatic links, images, bare addresses, addresses anywhere in HTML (attributes,
    styles, scripts, documents within), `data:` addresses, and link reference definitions, used or not. Code is not
    looked into.
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
        yield from _in_attribute(match[1].lower(), unescape(match[2].strip("\"'")).strip())
    rest = unescape(_ATTRIBUTE.sub(" ", source))
    yield from (match[1].strip() for match in _CSS.finditer(rest))
    yield from _loose(_CSS.sub(" ", rest))


def _in_attribute(name: str, value: str) -> Iterator[str]:
    if name in ("srcset", "imagesrcset"):
        words = (word.strip(",") for word in value.split())
        yield from (word for word in words if word and not _DESCRIPTOR.fullmatch(word))
    elif name == "srcdoc":
        yield from _in_html(value)
    elif name == "content":
        refresh = _REFRESH.match(value)
        yield from [refresh[1].strip()] if refresh else _loose(value)
    else:
        yield value


def _loose(source: str) -> Iterator[str]:
    """Addresses that stand in HTML where no rule says that one does."""
    yield from _bare(source)
    yield from (match[0] for match in _HOST.finditer(_BARE.sub(" ", source)))


def _bare(source: str) -> Iterator[str]:
    for match in _BARE.finditer(source):
        yield match[0].rstrip(".,;:!?)]*_~")
