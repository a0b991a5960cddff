"""What is known and what was just learned, as one: nothing twice, and the newer of two that contradict."""

import re
from collections.abc import Sequence
from dataclasses import replace

from redraft.agents.memory import Reflection

WORD = re.compile(r"[^\W_]+")
NO_SPACES = re.compile(r"[⺀-鿿぀-ヿ豈-﫿฀-๿]+")
SAME = 0.8
CONTRADICTS = 0.5
"""Shares of common words, of all words of both. From `CONTRADICTS` on, two say something else of one thing ("Use
British spelling", "Use American spelling"), so the newer one holds."""


def merged(known: Sequence[Reflection], learned: Sequence[Reflection], most: int) -> list[Reflection]:
    """`known`, the oldest first, with `learned`; at most `most`, for which the oldest give way.

    One that says the same again keeps its id and gains the newer evidence.
    """
    kept = list(known)
    for item in learned:
        place, overlap = _nearest(item.text, kept)
        if overlap >= SAME:
            older = kept[place]
            evidence = tuple(dict.fromkeys([*older.message_ids, *item.message_ids]))
            kept[place] = replace(older, message_ids=evidence[-20:])
            continue
        if overlap >= CONTRADICTS:
            del kept[place]
        kept.append(item)
    return kept[-most:]


def _nearest(text: str, kept: Sequence[Reflection]) -> tuple[int, float]:
    wanted = _terms(text)
    overlaps = [_overlap(wanted, _terms(each.text)) for each in kept]
    best = max(range(len(kept)), key=overlaps.__getitem__, default=-1)
    return best, overlaps[best] if kept else 0.0


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0


def _terms(text: str) -> set[str]:
    terms: set[str] = set()
    for word in WORD.findall(text.casefold()):
        if NO_SPACES.fullmatch(word):
            terms.update(word[at : at + 2] for at in range(max(1, len(word) - 1)))
        else:
            terms.add(word)
    return terms
