"""The sets of cases, read from the files beside this module."""

import json
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Case = dict[str, Any]
SETS = ("public", "develop", "held", "own", "all")
_HERE = Path(__file__).parent


def cases(which: str, category: str = "", limit: int | None = None) -> list[Case]:
    """The cases of a set, of one category if it is named, and at most `limit` of them, spread over the set."""
    found = [case for case in _of(which) if category in ("", case["category"])]
    if limit is None or limit >= len(found):
        return found
    return [found[at * len(found) // limit] for at in range(limit)]


def half(case: Case) -> str:
    """`develop` for the cases that prompts may be shaped on, `held` for those that are only counted."""
    return ("held", "develop")[zlib.crc32(case["id"].encode()) % 2]


def _of(which: str) -> Iterator[Case]:
    if which in ("public", "all"):
        yield from _read("public")
    if which in ("own", "all"):
        yield from _read("own")
    if which in ("develop", "held", "all"):
        yield from (case for case in _read("held_out") if which in ("all", half(case)))


def _read(name: str) -> Iterator[Case]:
    with lzma.open(_HERE / f"{name}.jsonl.xz", "rt", encoding="utf-8", newline="\n") as lines:
        yield from (json.loads(line) for line in lines)
