"""All addresses of a text, in each way of reading it."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import chain

from redraft.markdown.links.bare import bare
from redraft.markdown.links.found import Address, Found, Kind
from redraft.markdown.links.hosts import is_host
from redraft.markdown.links.html import Zones, html
from redraft.markdown.links.marked import marked
from redraft.markdown.links.normal import cleaned, decoded, key
from redraft.markdown.links.readings import Reading, readings, shown

_CANDIDATE = re.compile(
    r"[:<@&\[](?=\S)|[\]\\=](?=\S)|//|www|[^\W_]\.[^\W\d_]{2}|url\(|@import|[\u00ad\u200b-\u206f\ufeff．／：]",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:|www\d*\.|//([^/?#:]*+)", re.IGNORECASE)
_SPACE = re.compile(r"\s")
_FRONT_MATTER = re.compile(r"\ufeff?\s*+(---|\+\+\+|;;;)[^\S\n]*+\n")

Levels = dict[str, tuple[Address, tuple[int, int, int]]]


def addresses(text: str) -> list[Address]:
    """Every address that a renderer may act on, each once with the most that may be done, in order of appearance.

    Renderers are CommonMark and GitHub's, Obsidian, MDX, HTML that is passed through, and mail clients. Addresses in
    code are of kind `TEXT`, if they say where they lead: a scheme, a host, or a mail address.
    """
    return [address for address, _ in levels(text).values()]


def levels(text: str) -> Levels:
    """By its `normal.key`, each address and its kind in the strictest, middle and loosest reading; 0 is none."""
    if not _CANDIDATE.search(text):
        return {}
    seen: dict[str, _Seen] = {}
    each = [_strongest(reading, seen) for reading in readings(text)]
    strict, middle, loose = each[0], each[-2], each[-1]
    found: Levels = {}
    for name in _by_place(each):
        kinds = tuple(kind[name].kind if name in kind else 0 for kind in (strict, middle, loose))
        first = next(kind[name] for kind in (loose, middle, strict) if name in kind)
        found[name] = (Address(first.address, Kind(max(kinds))), (kinds[0], kinds[1], kinds[2]))
    return found


def _by_place(each: list[dict[str, Found]]) -> list[str]:
    places: dict[str, int] = {}
    for found in each:
        for name, one in found.items():
            places[name] = min(one.position, places.get(name, one.position))
    return sorted(places, key=places.__getitem__)


class _Seen:
    """What readings have in common that leave the same text."""

    def __init__(self, text: str) -> None:
        self.zones = Zones(text)
        self.written = [(start, address, loose) for start, _, address, loose in bare(text)]
        plain = decoded(text)
        if plain is not None:
            self.written += [(plain[1](start), address, loose) for start, _, address, loose in bare(plain[0])]


def _strongest(reading: Reading, seen: dict[str, _Seen]) -> dict[str, Found]:
    """Each address by its key, where it is first found, with the most that is done with it anywhere."""
    strongest: dict[str, Found] = {}
    for found in _live(reading, seen):
        name = key(found.address)
        known = strongest.get(name)
        if known is None or (found.kind, -found.position) > (known.kind, -known.position):
            first = min(found.position, known.position) if known else found.position
            strongest[name] = Found(first, known.address if known else found.address, found.kind)
    return strongest


def _live(reading: Reading, seen: dict[str, _Seen]) -> Iterator[Found]:
    """What is found, without what is only a guess and lies in code."""
    starts = [start for start, _ in reading.code]
    for found in _found(reading, seen):
        index = bisect_right(starts, found.position) - 1
        in_code = index >= 0 and found.position < reading.code[index][1]
        if in_code and (found.loose or not _says_where(found.address)):
            continue
        yield Found(found.position, shown(found.address), found.kind)


def _says_where(address: str) -> bool:
    """Whether an address in code is no relative one, and no remark of the programming language."""
    match = _ELSEWHERE.match(address)
    return match is not None and (match[1] is None or is_host(match[1], with_path=True))


def _found(reading: Reading, seen: dict[str, _Seen]) -> Iterator[Found]:
    """What markup holds, and then what is written out where no markup holds it; front matter may load it."""
    text = reading.text
    if text not in seen:
        seen[text] = _Seen(text)
    zones = seen[text].zones
    taken = bytearray(len(text) + 1)
    for span in chain(marked(text, sure=reading.sure), html(text, zones, sure=reading.sure)):
        start, end = span.found.position, span.end
        if not _SPACE.search(text, start, end):
            taken[start:end] = b"\1" * (end - start)
        yield span.found
    front = _front_matter(text)
    for position, address, loose in seen[text].written:
        if not taken[position]:
            kind = Kind.LOAD if position < front or zones.loads(position) else Kind.TEXT
            yield Found(position, cleaned(address), kind, loose)


def _front_matter(text: str) -> int:
    """Where the front matter ends; 0 without any."""
    opened = _FRONT_MATTER.match(text)
    if opened is None:
        return 0
    end = text.find(f"\n{opened[1]}", opened.end() - 1)
    return max(end, 0)
