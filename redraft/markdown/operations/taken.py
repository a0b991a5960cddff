"""The replacements of all operations side by side, and those in a text that is moved, which go with it."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from redraft.markdown.replacement import CannotApply, Replacement, splice

_Span = tuple[int, int]


def _place(each: Replacement) -> tuple[int, int, int, int]:
    """What they are sorted by: what is put beside a block stands nearer to it than what is moved beside it."""
    far = (1 if each.order <= 0 else -1) if each.carries else 0
    return (*each.place, far)


class Taken:
    """Replacements that do not overlap, in order: those of the text, and apart from them those in each moved part."""

    def __init__(self, carried: Iterable[tuple[int, int, int] | None] = ()) -> None:
        spans = {each[:2] for each in carried if each}
        self._spans = sorted(spans, key=lambda span: span[1] - span[0])  # the innermost first
        self._in: dict[_Span | None, list[Replacement]] = {None: [], **{span: [] for span in self._spans}}

    @property
    def all(self) -> Iterator[Replacement]:
        """Each of them, in moved parts too."""
        return chain(*self._in.values())

    def add(self, made: Sequence[Replacement]) -> None:
        """Take all of them, or raise and take none. Insertions at one place stand in the order they came.

        What is asked for twice in the same words is done once.
        """
        takes = [each for each in made if each.carries and each.start < each.end]
        placed = [(self._in[self._span(each, made)], each) for each in made]
        new = [(there, each) for there, each in placed if each in takes or not _is_done(there, each)]
        for there, each in new:
            _check(there, each)
        for there, each in new:
            insort(there, each, key=_place)

    def add_following(self, following: Iterable[Replacement]) -> None:
        """Take those that nothing else touches: an item that is replaced as a whole has no number to change.

        What indents the line that a moved part begins in stays behind: its new place has its own.
        """
        starts = {start for start, _ in self._spans}
        for each in following:
            if each.start == each.end and each.start in starts and each.order < 0:
                continue
            try:
                self.add([each])
            except CannotApply:
                continue

    def lost(self) -> int | None:
        """An operation that moves text into what is moved into that text; `None` where all has a place."""
        found: set[_Span | None] = set()
        waiting: list[_Span | None] = [None]
        while waiting:
            there = waiting.pop()
            found.add(there)
            waiting += [each.carries[:2] for each in self._in[there] if each.carries]
        missing = [span for span in self._spans if span not in found]
        return max((each.operation for each in self.all if each.carries and each.carries[:2] in missing), default=None)

    def folded(
        self, moved: Callable[[Replacement], Replacement], text: str
    ) -> tuple[list[Replacement], list[set[int]]]:
        """All in order of the text, what is moved as it is changed; and the operations that this ties together.

        `moved` is done to each first; to what is moved too, but for the part that comes with its own replacements.
        """
        groups: dict[str, str] = {}
        tied: list[set[int]] = []

        def done(each: Replacement) -> Replacement:
            if not each.carries:
                return moved(each)
            start, end, at = each.carries
            head, tail = (
                moved(replace(each, text=part)).text for part in (each.text[:at], each.text[at + end - start :])
            )
            inner = [done(one) for one in self._in[start, end]]
            others = [one for one in inner if one.operation != each.operation]
            groups.update({one.group: each.group for one in others if one.group and each.group})
            tied.append({each.operation, *(one.operation for one in others)})
            changed = splice(
                text[start:end], [replace(one, start=one.start - start, end=one.end - start) for one in inner]
            )
            return replace(
                each,
                text=head + changed + tail,
                reason="; ".join(dict.fromkeys([each.reason, *(one.reason for one in others)])),
                operation=max((one.operation for one in others), default=each.operation),
            )

        made = [done(each) for each in self._in[None]]
        return [replace(each, group=_last(groups, each.group)) for each in made], tied

    def _span(self, each: Replacement, made: Sequence[Replacement]) -> _Span | None:
        """The innermost moved part that it lies in, but for the one that it takes from its place."""
        own = {other.carries[:2] for other in made if other.carries}
        for span in self._spans:
            start, end = span
            if not (start <= each.start and each.end <= end) or (span in own and (each.start, each.end) == span):
                continue
            if each.start == each.end and span not in own:
                if each.start == start and each.order > 0:
                    continue  # in front of the part
                if each.start == end and each.order > 0:
                    continue
            return span
        return None


def _last(groups: dict[str, str], group: str) -> str:
    while group in groups and groups[group] != group:
        group = groups[group]
    return group


def _is_done(there: Sequence[Replacement], new: Replacement) -> bool:
    index = bisect_left(there, _place(new), key=_place)
    if index == len(there) or new.start == new.end:
        return False
    return there[index].place == new.place and there[index].text == new.text


def _check(there: Sequence[Replacement], new: Replacement) -> None:
    index = bisect_left(there, _place(new), key=_place)
    for other in there[max(index - 1, 0) : index + 1]:
        if _overlap(new, other):
            raise CannotApply(
                "This changes text that an earlier operation changes too: make it one operation, "
                "or quote text that occurs once and lies outside the other."
            )


def _overlap(a: Replacement, b: Replacement) -> bool:
    """Whether they share a character, or one inserts strictly inside what the other takes."""
    if a.start == a.end == b.start == b.end:
        return False
    if a.start == a.end or b.start == b.end:
        point, span = (a, b) if a.start == a.end else (b, a)
        return span.start < point.start < span.end
    return a.start < b.end and b.start < a.end
