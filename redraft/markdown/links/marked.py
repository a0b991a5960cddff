"""Links and images that Markdown's brackets make, in any renderer: inline, by reference, and as wikis write them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from redraft.markdown.links.found import Found, Kind, past
from redraft.markdown.links.normal import cleaned, entities, is_absolute, unescaped

_BRACKET = re.compile(r"[\[\]]|\n[ \t>]*+(?=\n)")
_GAP = re.compile(r"\s*+(?:>\s*+)*+")
_ANGLED = re.compile(r"<([^<>\n]*+)>")
_PIECE = re.compile(r"(?:\\.|[^\s()\\\]]|\](?![(:\[]))++")
_AFTER = re.compile(r"\s*+(?:\)|[\"'(])")
_AFTER_DEFINITION = re.compile(r"[ \t]*+(?:[\"'(]|\r?$)", re.MULTILINE)
_CONTAINERS = re.compile(r"[ \t>*+\-\d.)]*+")
_PREFIX = 400  # characters of quote and list marks before a definition
_LABEL = 999  # characters: CommonMark's longest label
_WIKI = re.compile(r"(!?)\[\[([^\[\]\n]{1,500})\]\]")
_AUTOLINK = re.compile(r"<([a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^\s<>]*+|[^\s<>@:/]{1,64}@[^\s<>@]++)>")
_NUMBERS = re.compile(r"[\d\s.,;:+*/^()-]*\Z")


@dataclass(slots=True)
class Span:
    """An address where the text holds it: `found` is it, the text from `found.position` to `end` is its source."""

    found: Found
    end: int


@dataclass(slots=True)
class _Brackets:
    """The brackets so far."""

    text: str
    sure: bool
    # Twice the position of each, and one more for an image's: a million numbers are no work for the garbage collector.
    opened: list[int] = field(default_factory=list)
    images: int = 0
    last: int = -1
    before: tuple[int, bool] = (-1, False)  # where the last pair closed, and whether it was an image's
    defined: list[tuple[int, int, str, str]] = field(default_factory=list)
    loaded: set[str] = field(default_factory=set)


def marked(text: str, *, sure: bool) -> Iterator[Span]:
    """The addresses of links and images. `sure` takes brackets as CommonMark does, else any renderer might be wrong."""
    yield from _autolinks(text)
    if "[[" in text:
        yield from _wiki(text)
    if "](" not in text and "]:" not in text:
        return
    state = _Brackets(text, sure)
    for match in _BRACKET.finditer(text):
        at = match.start()
        if match[0] == "[":
            image = text[at - 1 : at] == "!"
            state.opened.append(2 * at + image)
            state.images += image
            state.last = at
        elif match[0] == "]":
            span = _closed(state, at)
            if span is not None:
                yield span
            state.last = at
        elif sure:
            state.opened.clear()
            state.images = 0
    for start, end, label, address in state.defined:
        yield Span(Found(start, address, Kind.LOAD if label in state.loaded else Kind.LINK), end)


def _closed(state: _Brackets, at: int) -> Span | None:
    """What a closing bracket makes, if it makes a link."""
    text, sure = state.text, state.sure
    opened, image = divmod(state.opened.pop(), 2) if state.opened else (-1, not sure)
    images, state.images = state.images, state.images - (opened >= 0 and image)
    label = None
    if 0 <= opened == state.last and at - opened <= _LABEL + 1:
        label = _label(text[opened + 1 : at])
        if image or state.before == (opened - 1, True):
            state.loaded.add(label)
    state.before = (at, bool(image))
    following = text[at + 1 : at + 2]
    if following == "(" and (opened >= 0 or not sure):
        return _destination(text, at + 2, _kind(bool(image or (images and not sure))))
    if following == ":" and label:
        _define(state, opened, at + 2, label)
    return None


def _kind(image: bool) -> Kind:
    return Kind.LOAD if image else Kind.LINK


def _label(text: str) -> str:
    return " ".join(text.split()).casefold()


def _destination(text: str, position: int, kind: Kind) -> Span | None:
    start = past(_GAP, text, position)
    angled = _ANGLED.match(text, start)
    end = angled.end() if angled else _run(text, start)
    if end == start and text[end : end + 1] != ")":
        return None
    address = cleaned(unescaped(angled[1] if angled else text[start:end]))
    if not is_absolute(address) and not _AFTER.match(text, end):
        return None
    return Span(Found(start, address, kind), end)


def _run(text: str, start: int) -> int:
    """Where a destination without angle brackets ends: at a blank, or a bracket that it has not opened."""
    depth, end = 0, start
    while end < len(text):
        if text[end] == "(":
            depth += 1
            end += 1
        elif text[end] == ")" and depth:
            depth -= 1
            end += 1
        else:
            piece = _PIECE.match(text, end)
            if piece is None:
                break
            end = piece.end()
    return end


def _define(state: _Brackets, opened: int, position: int, label: str) -> None:
    """Note what a line like `[label]: address` defines. A footnote's first word is no address, unless it looks it."""
    text = state.text
    start = past(_GAP, text, position)
    if text.count("\n", position, start) > 1:
        return
    angled = _ANGLED.match(text, start)
    end = angled.end() if angled else _run(text, start)
    address = cleaned(unescaped(angled[1] if angled else text[start:end]))
    if not address:
        return
    if not is_absolute(address):
        if label.startswith("^") or not _AFTER_DEFINITION.match(text, end):
            return
        line = text[max(0, opened - _PREFIX) : opened].rpartition("\n")[2]
        if not _CONTAINERS.fullmatch(line):
            return
    state.defined.append((start, end, label, address))


def _autolinks(text: str) -> Iterator[Span]:
    for match in _AUTOLINK.finditer(text):
        address = cleaned(entities(match[1]))
        if "@" in address and ":" not in address:
            address = f"mailto:{address}"
        yield Span(Found(match.start(1), address, Kind.LINK), match.end(1))


def _wiki(text: str) -> Iterator[Span]:
    for match in _WIKI.finditer(text):
        address = cleaned(entities(match[2].partition("|")[0]))
        if address and not _NUMBERS.match(address):
            yield Span(Found(match.start(2), address, _kind(bool(match[1]))), match.end(2))
