"""Lines that are one line, though its words were changed."""

from collections import Counter
from collections.abc import Iterator, Sequence

from redraft.markdown.merging.tokens import words

_ALIKE = 0.5  # lines that share this part of their words are one line, changed
_MOST = 10_000  # pairs of lines up to which all are compared


def alike(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of lines that have mostly the same words, or all of one in the other, by number, in order.

    Each line is in one pair at most.
    """
    if len(old) * len(new) > _MOST:
        return
    said = [Counter(words(line)) for line in new]
    first = 0
    for number, line in enumerate(old):
        mine = Counter(words(line))
        for other in range(first, len(new)):
            shared, totals = (mine & said[other]).total(), (mine.total(), said[other].total())
            if shared and (2 * shared >= _ALIKE * sum(totals) or shared == min(totals)):
                yield number, other
                first = other + 1
                break
