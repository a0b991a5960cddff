"""Addresses in HTML, JSX and CSS, however broken: attributes in any case, order and quoting, styles, refreshes."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from redraft.markdown.links.found import Found, Kind, past
from redraft.markdown.links.marked import Span
from redraft.markdown.links.normal import cleaned, entities, is_absolute

_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9:-]*+)(?=[\s/>.\"'{]|\Z)")
_BROKEN_OFF = re.compile(r"\n[ \t]*+(?=\n)|\Z")
_REST = re.compile(r"(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+")
_ASSIGNED = re.compile(r"(?<![\w:.@-])[:@]?([a-zA-Z][\w:.-]*+)\s*+=\s*+(?=[^\s=>])")
_UNQUOTED = re.compile(r"[^\s\"'<>`]*+")
_LONGEST = 4096  # characters of a quoted value that holds a blank line; longer ones are taken for not closed
_ELEMENT = re.compile(
    r"<(/?)(style|script|svg|iframe|object|math|template|noscript|picture|video|audio)\b", re.IGNORECASE
)
_CSS = re.compile(r"url\(\s*+[\"']?([^\"')(\s]*+)|@import\s*+[\"']([^\"'\n]*+)", re.IGNORECASE)
_REFRESH = re.compile(r"\s*+[\d.]*+\s*+[;,]\s*+(?:url\s*+=\s*+)?[\"']?([^\"']+)", re.IGNORECASE)
_DESCRIPTOR = re.compile(r"[\d.]+[wxh]", re.IGNORECASE)

_LINKS = {"cite", "longdesc", "action", "formaction", "ping", "profile", "usemap"}
_LOADS = {"src", "srcset", "imagesrcset", "srcdoc", "poster", "data", "background", "lowsrc", "dynsrc", "manifest",
          "codebase", "archive", "classid", "icon", "content", "xlinkhref", "image", "imagesrc"}  # fmt: skip
_ALSO_WORDS = {"data", "content", "action", "cite", "profile", "manifest", "archive", "icon", "codebase", "background",
               "image", "usemap"}  # fmt: skip
"""Names that stand before an equals sign outside of HTML, too."""
_NAMES = _LINKS | _LOADS | {"href"}
_DEPTH = 3  # documents within attributes


class Zones:
    """Where HTML may be: in tags, and in elements that load or run what they hold."""

    def __init__(self, text: str) -> None:
        found = list(_TAG.finditer(text))
        self.starts = [match.start() for match in found]
        self.names = [match[1].lower() for match in found]
        self._ends = [match.start() for match in re.finditer(">", text)] if found else []
        self._quoted = list(_quoted(text, self.starts)) if found else []
        self._elements = list(_elements(text)) if found else []

    def tag(self, position: int) -> str | None:
        """The name of the tag that the position lies in, whether or not quotes may hold a `>`."""
        index = bisect_right(self.starts, position) - 1
        if index < 0:
            return None
        end = bisect_left(self._ends, self.starts[index])
        if end == len(self._ends) or self._ends[end] >= position:
            return self.names[index]
        span = bisect_right(self._quoted, position, key=lambda each: each[0]) - 1
        if span >= 0 and self._quoted[span][1] >= position:
            return self.names[bisect_right(self.starts, self._quoted[span][0]) - 1]
        return None

    def loads(self, position: int) -> bool:
        """Whether an address there is in a tag, or in an element like a style or a script."""
        if self.tag(position) is not None:
            return True
        span = bisect_right(self._elements, position, key=lambda each: each[0]) - 1
        return span >= 0 and self._elements[span][1] > position


def _quoted(text: str, starts: list[int]) -> Iterator[tuple[int, int]]:
    """Tags whose quotes are heeded, from their starts to their ends; one that is not closed ends with its paragraph."""
    ends = (match.start() for match in _BROKEN_OFF.finditer(text))
    done = end = 0
    for start in starts:
        if start < done:
            continue
        while end <= start:
            end = next(ends)
        rest = _REST.match(text, start, end)
        done = rest.end() if rest and text[rest.end() : rest.end() + 1] == ">" else end
        yield start, done


def _elements(text: str) -> Iterator[tuple[int, int]]:
    name, start = "", 0
    for match in _ELEMENT.finditer(text):
        if not name and not match[1]:
            name, start = match[2].lower(), match.start()
        elif name and match[1] and match[2].lower() == name:
            yield start, match.start()
            name = ""
    if name:
        yield start, len(text)


def html(text: str, zones: Zones, *, sure: bool, depth: int = 0) -> Iterator[Span]:
    """The addresses of attributes and styles. `sure` looks in tags only, else wherever a tag was somewhere before."""
    if not zones.starts and not depth:
        return
    first = zones.starts[0] if zones.starts else 0
    for match in _ASSIGNED.finditer(text, first):
        name = re.split(r"[:.-]", match[1].lower())[-1]
        if name not in _NAMES:
            continue
        tag = zones.tag(match.start())
        if tag is None and sure:
            continue
        weak = tag is None and name in _ALSO_WORDS
        start, end, value = _value(text, match.end())
        for address, kind in _in_attribute(name, tag, value, depth):
            if not weak or is_absolute(address):
                yield Span(Found(start, address, kind), end)
    for match in _CSS.finditer(text, first):
        group = 1 if match[1] is not None else 2
        if match[group] and (not sure or zones.loads(match.start())):
            yield Span(Found(match.start(group), cleaned(entities(match[group])), Kind.LOAD), match.end(group))


def _value(text: str, start: int) -> tuple[int, int, str]:
    """The value that begins there, in quotes or braces or none, and where its source begins and ends."""
    if text[start] == "{":
        start += 1
    quote = text[start : start + 1]
    if quote and quote in "\"'`":
        start += 1
        end = text.find(quote, start)
        if end >= 0 and (end - start <= _LONGEST or "\n\n" not in text[start:end]):
            return start, end, entities(text[start:end])
    end = past(_UNQUOTED, text, start)
    return start, end, entities(text[start:end])


def _in_attribute(name: str, tag: str | None, value: str, depth: int) -> Iterator[tuple[str, Kind]]:
    kind = Kind.LINK if name in _LINKS or (name == "href" and tag in ("a", "area", None)) else Kind.LOAD
    if name in ("srcset", "imagesrcset"):
        words = (word.strip(",") for word in value.split())
        yield from ((word, kind) for word in words if word and not _DESCRIPTOR.fullmatch(word))
    elif name == "srcdoc":
        if depth < _DEPTH:
            for span in html(value, Zones(value), sure=False, depth=depth + 1):
                yield span.found.address, Kind.LOAD
    elif name == "content":
        refresh = _REFRESH.match(value)
        if refresh or is_absolute(value):
            yield cleaned(refresh[1] if refresh else value), kind
    elif value := cleaned(_inside(value)):
        yield value, kind


def _inside(value: str) -> str:
    """The value without quotes that were character references: a document within an attribute has them so."""
    quoted = value[:1] in ('"', "'")
    return value[1:].partition(value[0])[0] if quoted else value
