"""The last check of a merge: that no word which a side added is missing."""

from collections import Counter
from collections.abc import Iterable

from redraft.markdown.merging.tokens import words


def lost_words(base: Iterable[str], mine: Iterable[str], theirs: Iterable[str], merged: Iterable[str]) -> set[str]:
    """Words that a side added and `merged` has too few of, by counting: what moved is not lost.

    Counted so that it may cry wolf (both added a word in one place, and one deleted it in another), never the reverse.
    """
    old, my, their, new = (_counted(texts) for texts in (base, mine, theirs, merged))
    lost: set[str] = set()
    for word in my.keys() | their.keys():
        gains = my[word] - old[word], their[word] - old[word]
        if max(gains) > 0 and new[word] < old[word] + max(gains) + min(0, *gains):
            lost.add(word)
    return lost


def _counted(texts: Iterable[str]) -> Counter[str]:
    return Counter(words("\n".join(texts)))
