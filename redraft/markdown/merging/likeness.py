"""Lines that are one line, though its words were changed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from redraft.markdown.merging.changes import Change, changes
from redraft.markdown.merging.tokens import says, words

_ALIKE = 0.5  # lines that share this part of their words are one line, changed
_MOST = 10_000  # pairs of lines up to which all are compared


def alike(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of lines that have mostly the same words, in order, by number; each line is in one pair at most."""
    if len(old) * len(new) > _MOST:
        return
    said = [Counter(words(line)) for line in new]
    first = 0
    for number, line in enumerate(old):
        mine = Counter(words(line))
        for other in range(first, len(new)):
            shared = (mine & said[other]).total()
            if shared and 2 * shared >= _ALIKE * (mine.total() + said[other].total()):
                yield number, other
                first = other + 1
                break


def by_likeness(base: Sequence[str], new: Sequence[str], found: list[Change]) -> list[Change]:
    """`found`, where a line that was changed is told from a line that was added beside it.

    Blank lines are all equal: which of them stayed is seen by what stands around them.
    """
    done: list[Change] = []
    for group in _groups(base, found):
        done += _by_likeness(base, new, group) if len(group) > 1 else group
    return done


def _groups(base: Sequence[str], found: list[Change]) -> Iterator[list[Change]]:
    """Changes with nothing but blank lines in between."""
    group: list[Change] = []
    for change in found:
        if group and any(map(says, base[group[-1].end : change.start])):
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _by_likeness(base: Sequence[str], new: Sequence[str], group: list[Change]) -> list[Change]:
    start, end = group[0].start, group[-1].end
    new_start, new_end = group[0].new_start, group[-1].new_end
    pairs = [(start + a, new_start + b) for a, b in alike(base[start:end], new[new_start:new_end])]
    if all(_stays(pair, group) for pair in pairs):
        return group
    made: list[Change] = []
    at, new_at = start, new_start
    for number, other in [*pairs, (end, new_end)]:
        inner = changes(base[at:number], new[new_at:other])
        made += (Change(at + a, at + b, new_at + c, new_at + d) for a, b, c, d in inner)
        if number < end and base[number] != new[other]:
            made.append(Change(number, number + 1, other, other + 1))
        at, new_at = number + 1, other + 1
    return [*_apart(made)]


def _apart(found: Iterable[Change]) -> Iterator[Change]:
    """Changes that touch as one, so that all are apart."""
    last: Change | None = None
    for change in found:
        if last is not None and (last.end, last.new_end) == (change.start, change.new_start):
            change = Change(last.start, change.end, last.new_start, change.new_end)
        elif last is not None:
            yield last
        last = change
    if last is not None:
        yield last


def _stays(pair: tuple[int, int], group: list[Change]) -> bool:
    """Whether both lines are in one change already."""
    return any(
        change.start <= pair[0] < change.end and change.new_start <= pair[1] < change.new_end for change in group
    )
