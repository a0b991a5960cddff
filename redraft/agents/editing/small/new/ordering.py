"""Where a new line goes among lines that stand in an order: by time, by date, by number, or by the alphabet."""

import re
from collections.abc import Sequence

from redraft.agents.editing.passages import MARKER
from redraft.agents.editing.small.asked.cues import READ
from redraft.agents.editing.small.asked.figures import month_number
from redraft.agents.words import fold

_WRAPS = " \t*_`[(|"
_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})(?!\d)")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)?\s+([^\W\d_]{3,})|([^\W\d_]{3,})\s+(\d{1,2})(?!\d)")
_YEAR = re.compile(r"(1[5-9]\d\d|20\d\d)(?!\d)")
_ALPHABETICAL = re.compile(
    r"alphabet|abc|alfabét|alfabet|alphabét|a[- ](?:to|bis|à|a)[- ]z\b|bảng chữ cái|字母|拼音|五十音|アルファベット"
)
FEWEST = 2
"""So many lines tell an order at least."""
Key = tuple[int, ...]


def place_in_order(request: str, lines: Sequence[str], new: str) -> int | None:
    """Before which of the lines the new one goes, their number when after the last; None when they have no order.

    An order is one of times, of dates or of years that the lines begin with, upwards or downwards; of the alphabet only
    when the request says so, as names may stand in it by chance.
    """
    bare = [_bare(each) for each in lines]
    for key in (_clock, _date, _year):
        known = [key(each) for each in bare]
        own = key(_bare(new))
        if own is not None and all(each is not None for each in known):
            return _among([each for each in known if each is not None], own)
    if _ALPHABETICAL.search(fold(request[:READ])):
        return _among([fold(each) for each in bare], fold(_bare(new)))
    return None


def _among(known: Sequence[Key | str], own: Key | str) -> int | None:
    if len(known) < FEWEST:
        return None
    keys, key = list(map(_comparable, known)), _comparable(own)
    if keys == sorted(keys):
        return sum(each <= key for each in keys)
    if keys == sorted(keys, reverse=True):
        return sum(each >= key for each in keys)
    return None


def _comparable(key: Key | str) -> tuple[Key, str]:
    return ((), key) if isinstance(key, str) else (key, "")


def _bare(line: str) -> str:
    """A line without its marker, its box and what makes its first word bold or a link."""
    marker = MARKER.match(line)
    return line[marker.end() if marker else 0 :].lstrip(_WRAPS)


def _clock(line: str) -> Key | None:
    found = _CLOCK.match(line)
    return (int(found[1]), int(found[2])) if found else None


def _date(line: str) -> Key | None:
    if iso := _ISO.match(line):
        return int(iso[1]), int(iso[2]), int(iso[3])
    found = _DAY_MONTH.match(line)
    month = month_number(found[2] or found[3]) if found else 0
    return (month, int(found[1] or found[4])) if found and month else None


def _year(line: str) -> Key | None:
    found = _YEAR.match(line)
    return (int(found[1]),) if found else None
