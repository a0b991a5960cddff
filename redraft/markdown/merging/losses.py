"""The last check of a merge: that no word which a side added is missing, and no line is back that a side deleted."""

from collections import Counter
from collections.abc import Iterable

from redraft.markdown.merging.tokens import lines, words


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


def returned_lines(base: Iterable[str], mine: Iterable[str], theirs: Iterable[str], merged: Iterable[str]) -> set[str]:
    """Lines with words that a side deleted and that stand in `merged`, since the other side moved them."""
    old, my, their, new = (Counter(lines("".join(texts))) for texts in (base, mine, theirs, merged))
    returned: set[str] = set()
    for line, times in old.items():
        grown = my[line] - times, their[line] - times
        most = times + (min(grown) if max(grown) < 0 else sum(grown))
        if min(grown) < 0 and new[line] > most and words(line):
            returned.add(line)
    return returned


def _counted(texts: Iterable[str]) -> Counter[str]:
    return Counter(words("\n".join(texts)))
