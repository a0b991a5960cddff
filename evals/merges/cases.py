"""The merge cases, and how one answer to one case is judged."""

import json
import lzma
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

DATA = Path(__file__).parent / "data"
SETS = ("prose", "moves", "real")

# Each character of a script without spaces is a word; otherwise letters and digits.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}_]+")

Verdict = Literal["exact", "differs", "conflict", "crash"]


@dataclass(frozen=True)
class Case:
    """`expected` is what the author of the merge committed."""

    id: str
    repo: str
    base: str
    mine: str
    theirs: str
    expected: str
    git_clean: bool  # git merges it without a conflict, and then as expected
    attainable: bool  # `expected` has every word that a side added and none that nobody wrote
    overlap: int  # words of the base that both sides replaced, each by its own


def cases(name: str) -> Iterator[Case]:
    with lzma.open(DATA / f"{name}.jsonl.xz", "rt", encoding="utf-8") as file:
        for line in file:
            yield _case(json.loads(line))


def _case(row: dict[str, Any]) -> Case:
    texts = (row[key] for key in ("id", "repo", "base", "mine", "theirs", "expected"))
    return Case(*texts, row["git_clean"], row["attainable"], row.get("overlap") or 0)


@dataclass(frozen=True)
class Judged:
    case: Case
    verdict: Verdict
    lost: int  # words that a side added and a clean result lacks
    milliseconds: float


def judged(case: Case, document: str | None, conflicts: int, milliseconds: float) -> Judged:
    """`document` is None where the tool failed."""
    if document is None:
        return Judged(case, "crash", 0, milliseconds)
    if conflicts:
        return Judged(case, "conflict", 0, milliseconds)
    verdict: Verdict = "exact" if document == case.expected else "differs"
    return Judged(case, verdict, lost_words(case, document), milliseconds)


def lost_words(case: Case, document: str) -> int:
    """How many words that a side added the document has too few of, by counting: moved words are not lost.

    Where one side added a word and the other took it away elsewhere, both count; where both added it, it may have been
    the same addition, and once is enough.
    """
    base, mine, theirs, merged = (
        Counter(_WORD.findall(text)) for text in (case.base, case.mine, case.theirs, document)
    )
    lost = 0
    for word in mine.keys() | theirs.keys():
        gains = mine[word] - base[word], theirs[word] - base[word]
        if max(gains) > 0:
            least = base[word] + (max(gains) if min(gains) >= 0 else sum(gains))
            lost += max(0, max(0, least) - merged[word])
    return lost
