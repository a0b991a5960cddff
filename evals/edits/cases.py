"""The sets of cases, read from the files beside this module."""

import json
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Case = dict[str, Any]
SETS = ("public", "develop", "held", "own", "fresh-develop", "fresh-held", "blind-a", "blind-b", "all")
_HALVED = {
    "held_out": ("develop", "held"),
    "fresh": ("fresh-develop", "fresh-held"),
    "blind": ("blind-a", "blind-b"),
}
"""The files that are counted in two halves, and the names of the halves: the first may be looked at, the other not."""
_HERE = Path(__file__).parent


def cases(which: str, category: str = "", limit: int | None = None) -> list[Case]:
    """The cases of a set, of one category if it is named, and at most `limit` of them, spread over the set."""
    found = [case for case in _of(which) if category in ("", case["category"])]
    if limit is None or limit >= len(found):
        return found
    return [found[at * len(found) // limit] for at in range(limit)]


def _half(case: Case) -> int:
    """0 or 1, for the first or the second half of a file."""
    return 1 - zlib.crc32(case["id"].encode()) % 2


def _of(which: str) -> Iterator[Case]:
    if which in ("public", "all"):
        yield from _read("public")
    if which in ("own", "all"):
        yield from _read("own")
    for file, names in _HALVED.items():
        if which in (*names, "all"):
            yield from (case for case in _read(file) if which == "all" or _half(case) == names.index(which))


def _read(name: str) -> Iterator[Case]:
    with lzma.open(_HERE / f"{name}.jsonl.xz", "rt", encoding="utf-8", newline="\n") as lines:
        yield from (json.loads(line) for line in lines)
