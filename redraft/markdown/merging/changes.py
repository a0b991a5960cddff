"""What one side did to the base: a list of changed stretches, in a form in which two sides can be compared."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from redraft.markdown.align import Match, align
from redraft.markdown.merging.tokens import ends_line, is_word


class Change(NamedTuple):
    """base[start:end] became new[new_start:new_end]; an insertion has start == end."""

    start: int
    end: int
    new_start: int
    new_end: int

    @property
    def inserts(self) -> bool:
        return self.start == self.end

    @property
    def deletes(self) -> bool:
        return self.new_start == self.new_end


def changes(base: Sequence[str], new: Sequence[str]) -> list[Change]:
    """The changes from `base` to `new`: ordered, apart, and insertions and deletions as far down as they slide.

    Where a repeated element leaves open which one was added, both sides must give the same answer.
    """
    found: list[Change] = []
    at = new_at = 0
    for match in [*align(base, new), Match(len(base), len(new), 0)]:
        if match.a > at or match.b > new_at:
            found.append(Change(at, match.a, new_at, match.b))
        at, new_at = match.a + match.size, match.b + match.size
    return _slide_down(base, new, found)


SENTENCE = 4
"""Words from which on a line that stands there once is the same one in another text."""


def word_changes(base: Sequence[str], new: Sequence[str]) -> list[Change]:
    """`changes` between texts cut into words, where a line that both have once is itself.

    Else a rewritten text, which shares words with it, could take its words for what is left of others.
    """
    rows, new_rows = _once(base), _once(new)
    shared = [line for line in rows if line in new_rows]
    both = align(shared, [line for line in new_rows if line in rows])
    found: list[Change] = []
    at = new_at = 0
    for line in (shared[place] for match in both for place in range(match.a, match.a + match.size)):
        (start, end), (new_start, new_end) = rows[line], new_rows[line]
        found += (_moved(change, at, new_at) for change in changes(base[at:start], new[new_at:new_start]))
        at, new_at = end, new_end
    found += (_moved(change, at, new_at) for change in changes(base[at:], new[new_at:]))
    return _slide_down(base, new, found) if at else found


def _moved(change: Change, by: int, new_by: int) -> Change:
    return Change(change.start + by, change.end + by, change.new_start + new_by, change.new_end + new_by)


def _once(texts: Sequence[str]) -> dict[tuple[str, ...], tuple[int, int]]:
    """The lines of some words that stand there once, and from where to where."""
    ends = [number + 1 for number, token in enumerate(texts) if ends_line(token)]
    spans = [*pairwise([0, *ends])]
    lines = [tuple(texts[start:end]) for start, end in spans]
    times = Counter(lines)
    return {
        line: span
        for line, span in zip(lines, spans, strict=True)
        if times[line] == 1 and sum(map(is_word, line)) >= SENTENCE
    }


def _slide_down(base: Sequence[str], new: Sequence[str], found: list[Change]) -> list[Change]:
    done: list[Change] = []  # from the last to the first
    for change in reversed(found):
        while True:
            limit, new_limit = (done[-1].start, done[-1].new_start) if done else (len(base), len(new))
            steps = slack_below(base, new, change, limit - change.end)
            change = shifted(change, steps)
            if not done or (change.end, change.new_end) != (limit, new_limit):
                break
            below = done.pop()
            change = Change(change.start, below.end, change.new_start, below.new_end)
        done.append(change)
    done.reverse()
    return done


def slack_below(base: Sequence[str], new: Sequence[str], change: Change, limit: int) -> int:
    """By how many elements a pure insertion or deletion could stand further down and mean the same."""
    texts, first, last = (new, change.new_start, change.new_end) if change.inserts else (base, change.start, change.end)
    if not (change.inserts or change.deletes):
        return 0
    steps = 0
    while steps < limit and texts[first + steps] == texts[last + steps]:
        steps += 1
    return steps


def slack_above(base: Sequence[str], new: Sequence[str], change: Change, limit: int) -> int:
    """By how many elements a pure insertion or deletion could stand further up and mean the same."""
    texts, first, last = (new, change.new_start, change.new_end) if change.inserts else (base, change.start, change.end)
    if not (change.inserts or change.deletes):
        return 0
    steps = 0
    while steps < limit and texts[first - steps - 1] == texts[last - steps - 1]:
        steps += 1
    return steps


def by_whole_lines(base: Sequence[str], new: Sequence[str], found: list[Change]) -> list[Change]:
    """`found`, where insertions and deletions of lines begin with a line, if they can be seen so.

    Lines that begin alike leave open whether the first words of one were added, or those of the next.
    """
    done: list[Change] = []
    for index, change in enumerate(found):
        texts, first, last = (
            (new, change.new_start, change.new_end) if change.inserts else (base, change.start, change.end)
        )
        if any(map(ends_line, texts[first:last])) and not (first == 0 or ends_line(texts[first - 1])):
            above = slack_above(base, new, change, change.start - done[-1].end - 1 if done else change.start)
            limit = found[index + 1].start if index + 1 < len(found) else len(base)
            below = slack_below(base, new, change, limit - change.end)
            steps = sorted(range(-above, below + 1), key=abs)
            change = next(
                (shifted(change, step) for step in steps if first + step == 0 or ends_line(texts[first + step - 1])),
                change,
            )
        done.append(change)
    return done


def fewer(found: list[Change], most: int) -> list[Change]:
    """At most so many changes: those with the least between them as one."""
    if len(found) <= most:
        return found
    gaps = [after.start - before.end for before, after in pairwise(found)]
    widest = set(sorted(range(len(gaps)), key=lambda index: (-gaps[index], index))[: most - 1])
    done = [found[0]]
    for index, change in enumerate(found[1:]):
        if index in widest:
            done.append(change)
        else:
            done[-1] = Change(done[-1].start, change.end, done[-1].new_start, change.new_end)
    return done


def shifted(change: Change, steps: int) -> Change:
    return Change(*(place + steps for place in change))


def joined(base: Sequence[str], new: Sequence[str], found: list[Change]) -> list[Change]:
    """`found`, with changes made one where fewer words are left between them than the smaller of them has.

    What a rewritten sentence still shares with the old one is mostly chance ("the", a comma), and no ground
    on which the other side's words could stand.
    """
    words = [0]
    for token in base:
        words.append(words[-1] + is_word(token))
    new_words = [0]
    for token in new:
        new_words.append(new_words[-1] + is_word(token))

    def size(change: Change) -> int:
        return max(words[change.end] - words[change.start], new_words[change.new_end] - new_words[change.new_start])

    done: list[Change] = []
    for change in found:
        while done and words[change.start] - words[done[-1].end] < min(size(done[-1]), size(change)):
            before = done.pop()
            change = Change(before.start, change.end, before.new_start, change.new_end)
        done.append(change)
    return done


def joined_where_changed(
    base: Sequence[str], new: Sequence[str], found: list[Change], others: list[Change]
) -> list[Change]:
    """`found`, with two changes of words made one where the single word between them was changed by the other side.

    "of the" that became "the new" may be "of" taken away and "new" put behind, or both words replaced. If the other
    side replaced "the", that is what it disputes, whichever it was.
    """
    gone = {place for change in others for place in range(change.start, change.end) if is_word(base[place])}
    done: list[Change] = []
    for change in found:
        between = [place for place in range(done[-1].end, change.start) if is_word(base[place])] if done else []
        if len(between) == 1 and between[0] in gone and all(map(_has_words(base, new), (done[-1], change))):
            before = done.pop()
            change = Change(before.start, change.end, before.new_start, change.new_end)
        done.append(change)
    return done


def _has_words(base: Sequence[str], new: Sequence[str]) -> Callable[[Change], bool]:
    return lambda change: any(map(is_word, [*base[change.start : change.end], *new[change.new_start : change.new_end]]))


CHANCE = 3
"""Words of a line from which on one word that it shares with another line is no sign that it is that one."""


def apart_from_chance(base: Sequence[str], new: Sequence[str], found: list[Change]) -> list[Change]:
    """`found`, where lines were added or taken away, with those as one that only a word or signs of other lines part.

    What begins a line (a marker, a table's `|`) would else be that of a line with which it shares no word, and a word
    ("one", "is") that of another sentence.
    """
    if len(found) < 2 or sum(map(ends_line, base)) == sum(map(ends_line, new)):
        return found
    rows, new_rows = _rows(base), _rows(new)
    kept = [(before.end, before.new_end, after.start) for before, after in pairwise(found)]
    kept += [(0, 0, found[0].start), (found[-1].end, found[-1].new_end, len(base))]
    common = Counter(
        (rows[at], new_rows[new_start + at - start])
        for start, new_start, end in kept
        for at in range(start, end)
        if is_word(base[at])
    )
    said = Counter(row for row, token in zip(new_rows, new, strict=False) if is_word(token))
    shared = {rows for rows, times in common.items() if times > 1 or said[rows[1]] < CHANCE}
    done = [found[0]]
    for (start, new_start, end), change in zip(kept, found[1:], strict=False):
        run = base[start:end]
        by_chance = sum(map(is_word, run)) < 2 and not any(map(ends_line, run))
        if by_chance and (rows[start], new_rows[new_start]) not in shared:
            change = Change(done[-1].start, change.end, done[-1].new_start, change.new_end)
            done.pop()
        done.append(change)
    return done


def _rows(texts: Sequence[str]) -> list[int]:
    """The number of the line in which each element stands."""
    return [0, *accumulate(map(ends_line, texts))]
