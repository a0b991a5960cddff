"""What a scan finds."""

import re
from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What a renderer may do with an address; each does what those before it do, too."""

    TEXT = 1
    """It is written out, and some renderers and mail clients make a link of that by themselves."""
    LINK = 2
    """It is followed when somebody clicks."""
    LOAD = 3
    """It is fetched, or run, without a click: images, frames, styles, scripts, refreshes."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address as it is written, without entities and escapes, and the most that a renderer may do with it."""

    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Found:
    """An address at a position of the text. `loose`: too weak a sign where the text may be code."""

    position: int
    address: str
    kind: Kind
    loose: bool = False


def past(pattern: "re.Pattern[str]", text: str, position: int) -> int:
    """Where what the pattern matches at the position ends; the position itself where it does not match."""
    match = pattern.match(text, position)
    return match.end() if match else position
