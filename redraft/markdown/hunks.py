"""A proposal as hunks: changes that a user takes or leaves one by one, each of them leaving well-formed Markdown."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s

from redraft.markdown.blocks import Outline, cut
from redraft.markdown.budget import bounded, steps_for
from redraft.markdown.compare import Range, compare
from redraft.markdown.diff import Word, words
from redraft.markdown.replacement import Replacement, splice
from redraft.markdown.together import joined

_DEEP = 100  # containers: an item put in at the end of a list is part of all that end there


@dataclass(frozen=True, slots=True)
class Hunk:
    """`after` in the place of `before`, which is the draft from `start` to `end` (code points)."""

    id: str
    """From what the hunk does and where: the same change has the same id, whatever else is proposed."""
    start: int
    end: int
    before: str
    after: str
    reason: str = ""
    group: str = ""
    """Hunks with the same one are taken or left together, as the two ends of a move; mostly empty."""

    def words(self) -> list[Word]:
        """The difference word by word, for rendering."""
        return words(self.before, self.after)

    def amended(self, after: str) -> "Hunk":
        """The hunk with other new text, written by the user."""
        return replace(self, after=after)


def hunks_of(draft: str | Outline, change: Sequence[Replacement] | str) -> list[Hunk]:
    """What a proposal changes, in order: given as replacements in the draft, or as the whole new document.

    Grain: sentences, items, rows, lines of code; blocks where a part would not be well-formed. All hunks together
    make the new document, none of them the draft.
    """
    outline = cut(draft) if isinstance(draft, str) else draft
    size = len(change) if isinstance(change, str) else sum(len(each.text) for each in change)
    with bounded(steps_for(len(outline.text) + size)):
        return _hunks_of(outline, change)


def _hunks_of(outline: Outline, change: Sequence[Replacement] | str) -> list[Hunk]:
    if isinstance(change, str):
        found = [_Found(each, change[each.b1 : each.b2], "", "") for each in compare(outline, cut(change))]
    else:
        found = [each for unit in _units(outline, change) for each in unit.found()]
    names = joined(outline, [each.replacement for each in found])
    ids: set[str] = set()
    made: list[Hunk] = []
    groups = Counter(names)
    for each, group in zip(found, names, strict=True):
        start, end = each.range.a1, each.range.a2
        name = _name(start, end, each.after, ids)
        group = group if groups[group] > 1 else ""
        made.append(Hunk(name, start, end, outline.text[start:end], each.after, each.reason, group))
    return made


def apply_hunks(draft: str, proposed: Sequence[Hunk], accepted: Collection[str] | None = None) -> str:
    """The draft with the accepted hunks (ids; `None`: all) made, and those that share a group with one of them.

    Raises `ValueError` when a hunk was made for another draft.
    """
    ids = {each.id for each in proposed} if accepted is None else set(accepted)
    groups = {each.group for each in proposed if each.id in ids and each.group}
    taken = [each for each in proposed if each.id in ids or each.group in groups]
    for each in taken:
        if draft[each.start : each.end] != each.before:
            raise ValueError(f"hunk {each.id} does not belong to this draft")
    return splice(draft, [Replacement(each.start, each.end, each.after) for each in taken])


@dataclass(frozen=True, slots=True)
class _Found:
    range: Range
    after: str
    reason: str
    group: str
    order: int | None = None
    """As the replacement had it that this is the whole of; `None` for a part of a touched block."""

    @property
    def replacement(self) -> Replacement:
        order = self.order if self.order is not None else _DEEP if self.after.endswith(("\r", "\n")) else -_DEEP
        return Replacement(self.range.a1, self.range.a2, self.after, self.reason, self.group, order)


@dataclass(slots=True)
class _Unit:
    """Replacements that touch the same top-level blocks, to be looked at together: `start` to `end` of the draft."""

    outline: Outline
    start: int
    end: int
    whole: bool
    """One replacement that puts in or takes out whole blocks: a hunk as it is."""
    replacements: list[Replacement]

    def found(self) -> list[_Found]:
        if self.whole:
            [only] = self.replacements
            return [_Found(Range(only.start, only.end, 0, 0), only.text, only.reason, only.group, only.order)]
        before = self.outline.text[self.start : self.end]
        inner = [replace(each, start=each.start - self.start, end=each.end - self.start) for each in self.replacements]
        after, top = splice(before, inner), self.start == 0
        ranges = compare(cut(before, front_matter=top), cut(after, front_matter=top))
        return _joined([self._found(each, after) for each in ranges], before, after)

    def _found(self, range_: Range, after: str) -> _Found:
        start, end = range_.a1 + self.start, range_.a2 + self.start
        near = [each for each in self.replacements if each.start <= end and start <= each.end]
        reasons = dict.fromkeys(each.reason for each in near if each.reason)
        groups = {each.group for each in near}
        group = groups.pop() if len(groups) == 1 else ""
        place = Range(start, end, range_.b1, range_.b2)
        return _Found(place, after[range_.b1 : range_.b2], " ".join(reasons), group)


def _joined(found: list[_Found], before: str, after: str) -> list[_Found]:
    """Neighbours of one group as one: an item that is added, and the numbers that it moves."""
    joined: list[_Found] = []
    for each in found:
        if joined and each.group and (last := joined[-1]).group == each.group:
            whole = Range(last.range.a1, each.range.a2, last.range.b1, each.range.b2)
            joined[-1] = replace(last, range=whole, after=after[whole.b1 : whole.b2])
        else:
            joined.append(each)
    return joined


def _units(outline: Outline, replacements: Sequence[Replacement]) -> Iterator[_Unit]:
    current: _Unit | None = None
    for each in replacements:
        first, last, partly = _touched(outline, each)
        if not partly and (not each.text.strip() or each.group or first > last):
            if current:
                yield current
            current = None
            yield _Unit(outline, each.start, each.end, True, [each])
            continue
        start = min(each.start, outline.blocks[first].start)
        end = max(each.end, outline.blocks[last].end)
        if current and start < current.end:
            current.end = max(current.end, end)
            current.replacements.append(each)
        else:
            if current:
                yield current
            current = _Unit(outline, start, end, False, [each])
    if current:
        yield current


def _touched(outline: Outline, each: Replacement) -> tuple[int, int, bool]:
    """The first and the last top-level block that a replacement changes (none: last < first), and whether in part.

    Text that begins with a line end and is put behind a block, or ends with one and is put before a block, is none of
    that block.
    """
    blocks = outline.blocks
    first = bisect_right(blocks, each.start, key=lambda block: block.end)
    last = bisect_left(blocks, each.end, key=lambda block: block.start) - 1
    if first <= last:
        return first, last, each.start > blocks[first].start or each.end < blocks[last].end
    if each.start == each.end and each.text:
        if last >= 0 and blocks[last].end == each.start and each.text[0] not in "\r\n":
            return last, last, True
        if first < len(blocks) and blocks[first].start == each.start and each.text[-1] not in "\r\n":
            return first, first, True
    return first, last, False


def _name(start: int, end: int, after: str, taken: set[str]) -> str:
    for salt in range(len(taken) + 1):
        digest = blake2s(f"{start}:{end}:{salt}:{after}".encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
        if f"h{digest}" not in taken:
            break
    taken.add(f"h{digest}")
    return f"h{digest}"
