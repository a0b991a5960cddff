"""Which parts of one sequence are still there in another: the core of every diff here.

Minimal (Myers) while the two are close, by anchors (patience) when they are not. What is left when the budget is spent
counts as changed.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from redraft.markdown.budget import Budget, bounded, steps_for

DISTANCE = 256  # insertions plus deletions up to which the alignment is minimal
DEPTH = 12  # how often the gaps between anchors are looked into again
_END_OF_A, _END_OF_B = object(), object()  # equal to nothing

Pair = tuple[int, int]


class Match(NamedTuple):
    """`size` equal elements: `first[a : a + size] == second[b : b + size]`."""

    a: int
    b: int
    size: int


def align(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Match]:
    """The matching runs of `a` and `b`, in order, never empty; what is between two runs was deleted or inserted.

    A minimal edit script when it has at most `DISTANCE` insertions and deletions (elements that occur on one side
    alone not counted); above that a good one. Within the steps of the `budget`, whatever the input.
    """
    start = common_prefix(a, b)
    end = common_suffix(a, b, start)
    pairs: list[Pair] = []
    with bounded(steps_for(len(a) + len(b))) as budget:
        _align(a, b, (start, len(a) - end, start, len(b) - end), DEPTH, pairs, budget)
    matches = [Match(0, 0, start)] if start else []
    for i, j in pairs:
        _append(matches, i, j, 1)
    if end:
        _append(matches, len(a) - end, len(b) - end, end)
    return matches


def common_prefix(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """How many elements `a` and `b` share at their start."""
    limit = min(len(a), len(b))
    for i in range(limit):
        if a[i] != b[i]:
            return i
    return limit


def common_suffix(a: Sequence[Hashable], b: Sequence[Hashable], start: int = 0) -> int:
    """How many elements `a` and `b` share at their end, the first `start` of each left out."""
    limit = min(len(a), len(b)) - start
    for i in range(1, limit + 1):
        if a[-i] != b[-i]:
            return i - 1
    return limit


def _append(matches: list[Match], i: int, j: int, size: int) -> None:
    if matches:
        last = matches[-1]
        if last.a + last.size == i and last.b + last.size == j:
            matches[-1] = Match(last.a, last.b, last.size + size)
            return
    matches.append(Match(i, j, size))


def _align(
    a: Sequence[Hashable],
    b: Sequence[Hashable],
    window: tuple[int, int, int, int],
    depth: int,
    pairs: list[Pair],
    budget: Budget,
) -> None:
    """Append the matching positions of a[a0:a1] and b[b0:b1] to `pairs`, in order."""
    a0, a1, b0, b1 = window
    if a0 == a1 or b0 == b1 or not budget.spend(20 + a1 - a0 + b1 - b0):
        return
    # Elements without a partner are in no match: leaving them out costs no quality and most of the distance.
    in_a, in_b = set(a[a0:a1]), set(b[b0:b1])
    at_a = [i for i in range(a0, a1) if a[i] in in_b]
    at_b = [j for j in range(b0, b1) if b[j] in in_a]
    found = _myers([a[i] for i in at_a], [b[j] for j in at_b], budget)
    if found is not None:
        pairs.extend((at_a[i], at_b[j]) for i, j in found)
        return
    if not depth or not budget.spend(8 * (len(at_a) + len(at_b))):
        return
    anchors = _anchors(a, b, at_a, at_b)
    for i, j in anchors:
        if a0 < i and b0 < j:
            _align(a, b, (a0, i, b0, j), depth - 1, pairs, budget)
        pairs.append((i, j))
        a0, b0 = i + 1, j + 1
    if anchors:
        _align(a, b, (a0, a1, b0, b1), depth - 1, pairs, budget)


def _anchors(a: Sequence[Hashable], b: Sequence[Hashable], at_a: list[int], at_b: list[int]) -> list[Pair]:
    """Pairs that may be trusted: the longest run of unique elements that rises on both sides.

    Where nothing is unique: of elements that occur equally often, or else of any, the n-th with the n-th.
    """
    count_a, count_b = Counter(a[i] for i in at_a), Counter(b[j] for j in at_b)
    equal = {element: n for element, n in count_a.items() if count_b[element] == n}
    unique = {element for element, n in equal.items() if n == 1}
    chosen = unique or equal.keys() or count_a.keys()
    places: dict[Hashable, list[int]] = {}
    for j in at_b:
        if b[j] in chosen:
            places.setdefault(b[j], []).append(j)
    turn: Counter[Hashable] = Counter()
    candidates: list[Pair] = []
    for i in at_a:
        if a[i] in chosen and turn[a[i]] < len(places[a[i]]):
            candidates.append((i, places[a[i]][turn[a[i]]]))
            turn[a[i]] += 1
    return rising(candidates)


def rising(pairs: list[Pair]) -> list[Pair]:
    """The longest subsequence of `pairs` whose second numbers rise; the first numbers rise already."""
    tails: list[int] = []  # the lowest second number that ends a run of each length
    ends: list[int] = []  # and the pair it belongs to
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        length = bisect_left(tails, j)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [j]
        ends[length : length + 1] = [index]
    run: list[Pair] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        run.append(pairs[index])
        index = before[index]
    run.reverse()
    return run


def _myers(a: list[Hashable], b: list[Hashable], budget: Budget) -> list[Pair] | None:
    """The matches of a shortest edit script, or None when it is longer than `DISTANCE`, or the budget is spent.

    Myers' greedy algorithm: `reach[k]` is how far into `a` the furthest path on diagonal k (a's position minus b's)
    has come; each round allows one insertion or deletion more. The rounds are kept to walk back.
    """
    n, m = len(a), len(b)
    if _least_distance(a, b) > DISTANCE:
        return None
    limit = min(n + m, DISTANCE)
    reach = [-1] * (2 * limit + 3)  # negative diagonals wrap to the end of the list
    reach[1] = 0
    a, b = [*a, *[_END_OF_A] * (limit + 2)], [*b, *[_END_OF_B] * (limit + 2)]  # a path may leave by so much
    rounds: list[list[int]] = []
    for distance in range(limit + 1):
        low = -distance if distance <= m else distance - 2 * m  # beyond these a path would leave the rectangle
        high = distance if distance <= n else 2 * n - distance
        rounds.append(reach[: distance + 1] + reach[-distance:] if distance else reach[:1])
        slid = 0
        for k in range(low, high + 1, 2):
            x, inserted = reach[k - 1] + 1, reach[k + 1]
            if x <= inserted:
                x = inserted
            if a[x] == b[x - k]:
                start = x
                x += 1
                while a[x] == b[x - k]:
                    x += 1
                slid += x - start
            reach[k] = x
        if not budget.spend(distance + 3 + slid // 2):
            return None
        if abs(n - m) <= distance and reach[n - m] == n:
            return _walk_back(rounds, n, m)
    return None


def _least_distance(a: list[Hashable], b: list[Hashable]) -> int:
    """An edit script is at least so long: what occurs more often on one side is deleted or inserted."""
    if len(a) + len(b) <= DISTANCE:
        return 0
    more = Counter(a)
    more.subtract(b)
    return sum(map(abs, more.values()))


def _walk_back(rounds: list[list[int]], n: int, m: int) -> list[Pair]:
    pairs: list[Pair] = []
    x, y = n, m
    for distance in range(len(rounds) - 1, -1, -1):
        reach = rounds[distance]
        k = x - y
        inserted = k == -distance or (k != distance and reach[k - 1] < reach[k + 1])
        start = 0 if not distance else reach[k + 1] if inserted else reach[k - 1] + 1
        while x > start:
            x -= 1
            y -= 1
            pairs.append((x, y))
        if inserted:
            y -= 1
        else:
            x -= 1
    pairs.reverse()
    return pairs
