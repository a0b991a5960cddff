"""New figures of a request put where old ones of their kind stand: in the one passage that is meant, or nowhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.evidence import Candidate, Evidence
from redraft.agents.editing.passages import Passage
from redraft.agents.editing.small.asked.figures import Figure, figures, in_place_of, is_of_date
from redraft.agents.editing.small.asked.news import news
from redraft.agents.editing.small.meant.find import CLEAR_LEAD
from redraft.agents.editing.small.meant.pointing import is_header, is_open, new_figures, pointing
from redraft.agents.editing.small.meant.scope import in_sections, meant_code
from redraft.agents.words import fold, naming
from redraft.markdown import Operation
from redraft.markdown.operations import ReplaceRange

COVERED = 0.22
"""The part, by weight, of a request's words that the passage it changes has at least."""
LEAST = 0.7
"""The part of the highest score of all passages that a passage which can take the figures has at least."""
NEAR = 2.0
"""What a word beside both the old figure and the new one tells, as much as a rather rare word does."""
SAID = 3.0
"""What a passage scores that has all the words, also in other forms."""
NAMED, SECTION, ANYWHERE = "named", "section", "anywhere"
_DATED = re.compile(r"[^\W\d_]{0,9}\.?\s*\d[\d.:/-]*\.?(?:\s*[^\W\d_]{1,9}\.?)?")
"""A cell that is a day, a time or a number."""
_SECONDS = re.compile(r"s|secs?|seconds?|sekunden?|secondes?|segundos?|giây|秒")
_DASH = re.compile(r"\s*(?:[-–—~～]|to|bis|đến|à|a|至|到|から)\s*")
_CLAUSE_END = re.compile(r"[,;]\s|[，、；。|]|\.\s|(?<!\w)(?:and|und|et|y|và|e)(?!\w)|和")
_CODE = {"fence", "code"}
_PROSE = {"paragraph", "item", "row", "quote", "fence", "code", "html", "footnote", "math"}


@dataclass(frozen=True)
class Fit:
    """A passage, how strongly the request points to it, and what would be written in it."""

    passage: Passage
    score: float
    made: list[tuple[int, int, str]]


def placed(draft: Draft) -> list[Operation]:
    """The replacements, when it is clear where every new figure of the request belongs; else none."""
    fits = fitting(draft)
    if not fits or (len(fits) > 1 and fits[0].score < CLEAR_LEAD * fits[1].score):
        return []
    said = fold(" ".join([fits[0].passage.text, *(text for _, _, text in fits[0].made)]))
    if any(fold(each) not in said for each in news(draft) if not figures(each)):
        return []  # more than figures is new
    return [ReplaceRange(*each) for each in fits[0].made]


def fitting(draft: Draft) -> list[Fit]:
    """The passages that can take the request's new figures, each of them one of its kind; the likeliest first."""
    new, told = new_figures(draft)
    if not new:
        return []
    words = pointing(draft)
    for known, scope in _scopes(draft):
        evidence = Evidence(list(map(_read, known)))
        covered = [evidence.covered(at, words) for at in range(len(known))]
        scores = [evidence.score(at, words) + SAID * part for at, part in enumerate(covered)]
        found = []
        for at, passage in enumerate(known):
            if made := _fit(draft, passage, new, told):
                found.append((Fit(passage, scores[at] + NEAR * made[1], made[0]), covered[at]))
        if len(found) == 1 and (scope == NAMED or (scope == SECTION and found[0][1] >= COVERED)):
            return [found[0][0]]
        if kept := sorted(_pointed_to(found, scores), key=lambda fit: -fit.score):
            return kept
    return []


def _pointed_to(found: list[tuple[Fit, float]], scores: list[float]) -> list[Fit]:
    """Those that the request has enough words for, or that it points to more than to anything else."""
    best, *others = sorted(scores, reverse=True)
    clear = CLEAR_LEAD * max([0.0, *others])
    kept = [fit for fit, covered in found if covered >= COVERED or (fit.score >= max(best, clear) and covered > 0)]
    return [fit for fit in kept if fit.score >= LEAST * best]


def _read(passage: Passage) -> Candidate:
    """How a passage is known: a row by its first cell, and the others around it."""
    if passage.block.kind != "row":
        return Candidate(passage.text, passage.section)
    first, _, rest = passage.text.strip().strip("|").partition("|")
    if _DATED.fullmatch(first.strip()):  # a day or a number names no row: then its next cell does as well
        more, _, rest = rest.partition("|")
        first = f"{first} {more}"
    return Candidate(first, f"{rest} {passage.section}")


def _scopes(draft: Draft) -> Iterator[tuple[list[Passage], str]]:
    """Where to look, the narrowest first, and how surely the request says so."""
    within = draft.task.selection
    if within:
        yield [each for each in draft.passages if each.start < within[1] and within[0] < each.end], NAMED
        return
    known = [each for each in draft.passages if each.block.kind in _PROSE and not is_header(draft, each)]
    code = meant_code(draft)
    if inside := [each for each in known if each.block in code]:
        yield inside, NAMED
        return
    if inside := in_sections(draft, known):
        yield inside, SECTION
    if known:
        yield known, ANYWHERE


def _fit(
    draft: Draft, passage: Passage, new: list[Figure], told: list[Figure]
) -> tuple[list[tuple[int, int, str]], int] | None:
    """What is written in this passage, and how many words beside the figures agree; `None` when they do not fit."""
    there = figures(passage.text)
    names = {fold(each.text) for each in there} | {fold(each.text) for each in figures(passage.section)}
    new = [each for each in new if fold(each.text) not in names]
    kinds = {each.kind for each in new}
    if any(
        each.kind in kinds and fold(each.text) not in names and each not in new for each in told if draft.has(each.text)
    ):
        return None  # the old one perhaps, which stands elsewhere
    slots = [each for each in there if is_open(draft, passage, each, told)]
    made: list[tuple[int, int, str]] = []
    agreed = 0
    for figure in new:
        fits = [(_alike(figure, old), old) for old in slots if _in_place_of(passage, figure, old)]
        most = max((alike for alike, _ in fits), default=0)
        best = _most_said(draft, passage, [old for alike, old in fits if alike == most])
        if len(best) != 1:
            return None
        if not draft.task.selection and _is_in_range(passage.text, best[0], there):
            return None
        slots.remove(best[0])
        if change := _in_place_of(passage, figure, best[0]):
            made.append((passage.start + change[0], passage.start + change[1], change[2]))
            agreed += max(most, 0)
    return (made, agreed) if made else None


def _in_place_of(passage: Passage, new: Figure, old: Figure) -> tuple[int, int, str] | None:
    """Where and as what the new one is written; in code a time that stands in milliseconds stays one."""
    change = in_place_of(new, old)
    thousands = passage.block.kind in _CODE and old.text.isdigit() and int(old.text) >= 1000 and old.text.endswith("00")
    if change and thousands and _SECONDS.fullmatch(new.near[1]) and new.text.isdigit() and int(new.text) < 1000:
        return change[0], change[1], f"{new.text}000"
    return change


def _is_in_range(text: str, figure: Figure, there: list[Figure]) -> bool:
    """Whether it is an end of a range, as in "3.10 - 3.15", so that either end may be meant."""
    others = [each for each in there if each.kind == figure.kind and each != figure]
    between = [text[min(a.end, figure.end) : max(a.start, figure.start)] for a in others]
    return any(_DASH.fullmatch(each) for each in between)


def _most_said(draft: Draft, passage: Passage, some: list[Figure]) -> list[Figure]:
    """Of several figures those in whose clause the request has most words: "400 euros deposit, 620 on arrival"."""
    if len(some) < 2:
        return some
    borders = [0, *(match.end() for match in _CLAUSE_END.finditer(passage.text)), len(passage.text)]
    said = naming(draft.query)
    spans = [(max(b for b in borders if b <= each.start), min(b for b in borders if b >= each.end)) for each in some]
    if len(set(spans)) < len(spans):  # of two in one clause that one counts which the words stand before
        spans = [(start, each.end) for (start, _), each in zip(spans, some, strict=True)]
    words = [len(naming(passage.text[start:end]) & said) for start, end in spans]
    return [each for each, count in zip(some, words, strict=True) if count == max(words)]


def _alike(new: Figure, old: Figure) -> int:
    """How many of the words beside them agree; fewer than none when one is a day and the other is not."""
    if is_of_date(new) != is_of_date(old) and {new.kind, old.kind} == {"9"}:
        return -1
    return sum(one == other != "" for one, other in zip(new.near, old.near, strict=True))
