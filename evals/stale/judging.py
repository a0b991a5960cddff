"""Whether a late edit landed where it belongs, and whether a word was lost on the way."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from evals.stale.atoms import WORD, Atom, Atoms, Change, text_of, words_of
from evals.stale.cases import Late
from evals.stale.tools import Landed


@dataclass(frozen=True)
class Judged:
    """`whole`: every change of the edit is in the draft, at its place. `known`: whether that place can be told.

    It cannot where both sides changed the same words; then only words are counted. `undone`: all is at its place, but
    something that the edit deleted is still there, and nobody is told. `lost` are words that no side deleted and that
    are gone, or that the edit brought and that are neither in the draft nor reported as left out; the numbers of list
    items are not counted.
    """

    whole: bool
    known: bool
    wrong_place: bool
    undone: bool
    lost: tuple[str, ...]


def judged(late: Late, landed: Landed, targets: Sequence[str]) -> Judged:
    """`targets` are the texts that are right, from `right_ones`; none where that cannot be told."""
    lost = tuple(_lost(late, landed))
    right = landed.document in targets if targets else not lost
    whole = right and not landed.left_out
    wrong = bool(targets) and not right and not landed.left_out and not lost
    undone = wrong and any(_holds_more(landed.document, target) for target in targets)
    return Judged(whole, bool(targets), wrong and not undone, undone, lost)


def right_ones(late: Late) -> list[str]:
    """What the draft should be with the whole edit in it: two where both sides put something in the same gap.

    Empty where a change touches what the user changed too, so that no text is the only right one.
    """
    at = {atom: place for place, atom in enumerate(late.now)}
    draft = late.edit.draft
    old = dict(zip(draft, [None, *draft], strict=False))  # with the atom before each
    found = [_places(change, late.now, at, old) for change in late.edit.changes]
    if not all(found) or len([each for each in found if len(each) > 1]) > 2 or _may_be_read_otherwise(late):
        return []
    options = [
        [(place, text) for place in places for text in _texts(change, late.now, place[0])]
        for places, change in zip(found, late.edit.changes, strict=True)
    ]
    return list(dict.fromkeys(_changed(late.now, choice) for choice in product(*options)))


def _may_be_read_otherwise(late: Late) -> bool:
    """Whether a word was put in the place of another that was itself replaced beside it: it may as well have stayed."""
    for one, other in pairwise(late.edit.changes):
        if one.after is not None and one.after is other.before:
            texts = [
                {atom.text for atom in atoms} for atoms in (one.removed, one.inserted, other.removed, other.inserted)
            ]
            if texts[0] & texts[3] or texts[1] & texts[2]:
                return True
    return False


def _places(change: Change, now: Atoms, at: dict[Atom, int], old: dict[Atom, Atom | None]) -> list[tuple[int, int]]:
    """Where in `now` the change belongs, as start and end; none where it cannot be told."""
    if change.removed:
        places = [at.get(atom, -1) for atom in change.removed]
        start, end = places[0], places[-1] + 1
        if start < 0 or places != list(range(start, end)):
            return []
        if not change.inserted and change.removed[-1].text == "\n":
            start = _line_start(now, start, old)  # by how much the user indented a line goes with the line
        return [(start, end)]
    start = 0 if change.before is None else at.get(change.before, -2) + 1
    end = len(now) if change.after is None else at.get(change.after, -1)
    if start < 0 or end < start or any(atom in old for atom in now[start:end]):
        return []
    gaps = list(dict.fromkeys([(start, start), (end, end)]))
    if change.inserted and change.inserted[-1].text == "\n":
        # Whole lines never come between the beginning of a line and its rest: they stand above what the user moved in.
        gaps = [(place, place) for place in dict.fromkeys(_line_start(now, gap[0], old) for gap in gaps)]
        gaps = [gap for gap in gaps if gap[0] == 0 or now[gap[0] - 1].text == "\n"]
        above = _above_new_lines(now, start, old)
        gaps += [(above, above)] if above else []
        gaps += [(start - 1, start - 1)] if _is_below_new_blank_line(now, start, old) else []
    return gaps


def _is_below_new_blank_line(now: Atoms, start: int, old: dict[Atom, Atom | None]) -> bool:
    """Whether two blank lines are above `start`, one of them the user's: no text says which, and no reader asks."""
    ends = now[max(0, start - 3) : start]
    if [atom.text for atom in ends] != ["\n"] * 3:
        return False
    above = [old.get(atom) for atom in ends[1:]]
    return any(atom is None or atom.text != "\n" for atom in above)


def _line_start(now: Atoms, place: int, old: dict[Atom, Atom | None]) -> int:
    """`place`, or the start of its line where only spaces that the user put there are between."""
    start = place
    while start > 0 and now[start - 1] not in old and not now[start - 1].text.strip(" "):
        start -= 1
    return start if start == 0 or now[start - 1].text == "\n" else place


def _above_new_lines(now: Atoms, start: int, old: dict[Atom, Atom | None]) -> int:
    """The gap above whole lines that the user put at the end of the line before `start`; 0 where there are none.

    Enter at the end of a line puts them before its end, and yet they stand below it, as lines of the edit do.
    """
    first = start - 1
    while first > 0 and now[first - 1] not in old:
        first -= 1
    if 0 < first < start - 1 and now[first - 1].text == now[start - 1].text == "\n" != now[first].text:
        return first  # typed into the blank line: by the text, a line below that one and right above the next
    return first + 1 if 0 < first < start - 1 and now[first].text == "\n" else 0


def _texts(change: Change, now: Atoms, place: int) -> list[str]:
    """What the change puts there: a new item as it was written, or as far in as the items beside it are by now."""
    text = text_of(change.inserted)
    if change.removed or not text.lstrip().startswith("- "):
        return [text]
    rest = text_of(now)[len(text_of(now[:place])) :]
    above = text_of(now[:place]).rstrip("\n").rpartition("\n")[2]
    leads = [line[: len(line) - len(line.lstrip())] for line in (above, rest) if line.lstrip().startswith("- ")]
    own = len(text) - len(text.lstrip())
    return [text, *("".join(lead + line[own:] for line in text.splitlines(keepends=True)) for lead in leads)]


def _changed(now: Atoms, changes: Iterable[tuple[tuple[int, int], str]]) -> str:
    text, done = "", 0
    for (start, end), inserted in sorted(changes, key=lambda each: each[0]):
        text += text_of(now[done:start]) + inserted
        done = end
    return text + text_of(now[done:])


def _lost(late: Late, landed: Landed) -> Iterable[str]:
    removed = {atom for change in late.edit.changes for atom in change.removed}
    needed = Counter(words_of(atom for atom in late.now if atom not in removed))
    if not landed.left_out:
        needed += Counter(words_of(atom for change in late.edit.changes for atom in change.inserted))
    missing = needed - Counter(WORD.findall(landed.document))
    return (word for word in missing.elements() if not word.isdigit())


def _holds_more(document: str, target: str) -> bool:
    """Whether `document` is `target` with more lines in it."""
    lines = iter(document.split("\n"))
    return all(line in lines for line in target.split("\n"))
