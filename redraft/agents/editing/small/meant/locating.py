"""Where in the draft the words stand that are to become others."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from redraft.agents.editing.asking import Dialog, Prompt, one_of, record
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.evidence import Candidate, Evidence
from redraft.agents.editing.passages import MARKER, Passage, one_line
from redraft.agents.editing.small.asked.contrast import told_pair
from redraft.agents.editing.small.meant.find import CLEAR_LEAD
from redraft.agents.editing.small.meant.pointing import is_header
from redraft.agents.editing.small.meant.scope import in_scope
from redraft.agents.tools import Answers
from redraft.agents.words import fold, mentions, occurrences, quoted, values
from redraft.markdown import Operation
from redraft.markdown.operations import ReplaceRange

EVERYWHERE = "everywhere"
_PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
"""A word, a number, or a single mark."""

WHERE = Prompt(
    f'Words that a user wants changed stand in several places of a text. Tell which one is meant, or "{EVERYWHERE}".',
    [
        (
            '"5" stands in:\n- wait 5 minutes\n- add 5 eggs\n\nThe user: It is 6 eggs, not 5.',
            {"where": "- add 5 eggs"},
        ),
        (
            '"colour" stands in:\n# The colour of the house\nPick a colour.\n\n'
            'The user: Write "color" instead of "colour".',
            {"where": EVERYWHERE},
        ),
        (
            '"Anna" stands in:\n- tickets: Anna\n- food: Anna\n\nThe user: Bob cares for the food now.',
            {"where": "- food: Anna"},
        ),
        ('"甲" stands in:\n甲是作者。\n甲住在北京。\n\nThe user: 甲应该写成乙，全部改掉。', {"where": EVERYWHERE}),
    ],
)


@dataclass(frozen=True)
class Change:
    """Words of the draft, and what they become; `spelling`: they were never right, and change wherever they stand."""

    old: str
    new: str
    spelling: bool = False


class Unusable(Exception):
    """The model's words cannot be used; says why, in words for its next try."""


async def located(tools: Answers, draft: Draft, change: Change, shown: list[Passage]) -> list[Operation]:
    """The places to change, or `Unusable` when the old words are not in the draft."""
    within = draft.task.selection or (0, len(draft.task.editing))
    old = change.old
    spans = _everywhere(draft, old, within) if change.spelling else _spans(draft, old, within)
    if not spans and (spans := _loosely(draft, old, within)) and (words := _one_word(draft, spans, change)):
        return words
    if not spans:
        old = _nearest(old, shown)
        spans = _spans(draft, old, within)
    if not spans:
        raise Unusable(f"{change.old!r} is not in the text. Give as old the words of the text that change.")
    if not change.spelling:
        spans = _open(draft, spans)
    if len(spans) > 1 and not change.spelling:
        spans = in_scope(draft, old, spans)
    if len(spans) > 1 and not change.spelling:
        spans = await _meant(tools, draft, old, spans, shown)
    text = draft.task.editing
    changed = [_trimmed(text, start, end, _cased(change.new, text[start:end])) for start, end in spans]
    if not any(changed):
        raise Unusable("Old and new are the same. Give as old the words of the text that are no longer right.")
    return [each for each in changed if each]


def _open(draft: Draft, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of the places that may change: no list's own numbers, a table's header only where it is spoken of."""
    found = []
    for start, end in spans:
        passage = next((each for each in draft.passages if each.start <= start < each.end), None)
        marker = MARKER.match(passage.text) if passage and passage.block.kind == "item" else None
        if marker and passage and start < passage.start + marker.end():
            continue
        if passage and is_header(draft, passage) and not (told_pair(draft) or mentions(draft.instruction, "column")):
            continue
        found.append((start, end))
    if not found:
        raise Unusable("Nothing may change there. Give as old other words of the text.")
    return found


def _trimmed(text: str, start: int, end: int, new: str) -> ReplaceRange | None:
    """The replacement without the words both begin or end with: spaces and marks there stay as the user has them."""
    old_words, new_words = [list(_PIECE.finditer(each)) for each in (text[start:end], new)]
    head = _common(old_words, new_words)
    tail = _common(old_words[head:][::-1], new_words[head:][::-1])
    left, right = old_words[head : len(old_words) - tail], new_words[head : len(new_words) - tail]
    if not left and not right:
        return None
    if not left or not right:  # words come or go: their spaces with them, so all is taken as it is
        return ReplaceRange(start, end, new)
    said = new[right[0].start() : right[-1].end()]
    return ReplaceRange(start + left[0].start(), start + left[-1].end(), said)


def _common(one: list[re.Match[str]], other: list[re.Match[str]]) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a[0] != b[0]), min(len(one), len(other)))


def _loosely(draft: Draft, old: str, within: tuple[int, int]) -> list[tuple[int, int]]:
    """Where the words stand with other marks between them: `compress: false` in `"compress": false`."""
    words = re.findall(r"\w+", old)
    if len(words) < 2:
        return []
    pattern = r"(?<!\w)" + r"[^\w\n]{0,4}".join(map(re.escape, words)) + r"(?!\w)"
    found = [match.span() for match in re.finditer(pattern, draft.task.editing)]
    return _inside(found, within)


def _one_word(draft: Draft, spans: list[tuple[int, int]], change: Change) -> list[Operation]:
    """The one word that differs, in the one place: the marks between the words stay as they are there."""
    if len(spans) != 1:
        return []
    start, end = spans[0]
    old, new = list(re.finditer(r"\w+", draft.task.editing[start:end])), re.findall(r"\w+", change.new)
    differing = [(was, word) for was, word in zip(old, new, strict=False) if was[0] != word]
    if len(old) != len(new) or len(differing) != 1:
        return []
    was, word = differing[0]
    return [ReplaceRange(start + was.start(), start + was.end(), word)]


def _everywhere(draft: Draft, old: str, within: tuple[int, int]) -> list[tuple[int, int]]:
    """Where a wrong spelling stands, also within longer words."""
    found = [match.span() for match in re.finditer(re.escape(old), draft.task.editing, re.IGNORECASE)]
    return _inside(found, within)


def _spans(draft: Draft, old: str, within: tuple[int, int]) -> list[tuple[int, int]]:
    text = draft.task.editing
    found = occurrences(text, old)
    if not found and len(old) > 3:
        found = occurrences(fold(text), fold(old)) if len(fold(text)) == len(text) else []
    if not found and len(old) > 3:  # a part of a word, as in "recieved"
        found = [(at, at + len(old)) for at in range(len(text)) if text.startswith(old, at)]
    return _inside(found, within)


def _inside(spans: list[tuple[int, int]], within: tuple[int, int]) -> list[tuple[int, int]]:
    return [(start, end) for start, end in spans if within[0] <= start and end <= within[1]]


def _cased(new: str, old: str) -> str:
    """The new words, with a capital where the old ones had one."""
    if fold(old) == fold(new):
        return new
    if old[:1].isupper() and new[:1].islower() and old.lower() != old and len(old.split()) == 1:
        return new[:1].upper() + new[1:]
    return new


def _nearest(old: str, shown: list[Passage]) -> str:
    """The words of a shown passage that are nearly what the model gave as old; empty when none are near."""
    best, words = "", 0.85
    for each in shown:
        match = SequenceMatcher(None, each.text, old, autojunk=False)
        blocks = [block for block in match.get_matching_blocks() if block.size]
        if not blocks:
            continue
        start, end = blocks[0].a, blocks[-1].a + blocks[-1].size
        if values(each.text[start:end]) != values(old):
            continue
        likeness = SequenceMatcher(None, each.text[start:end], old, autojunk=False).ratio()
        if likeness > words:
            best, words = each.text[start:end], likeness
    return best


async def _meant(
    tools: Answers, draft: Draft, old: str, spans: list[tuple[int, int]], shown: list[Passage]
) -> list[tuple[int, int]]:
    """Those of the occurrences that the user means: one place, or all."""
    places: dict[str, list[tuple[int, int]]] = {}
    for each in draft.passages:
        inside = [span for span in spans if each.start <= span[0] < each.end]
        if inside:
            places.setdefault(one_line(each.text, 80), []).extend(inside)
    order = list(places)
    evidence = Evidence([Candidate(place) for place in order])
    scores = sorted(((evidence.score(at, draft.query), at) for at in range(len(order))), reverse=True)
    if len(order) > 1 and scores[0][0] >= CLEAR_LEAD * scores[1][0] and (values(old) or not draft.says(old)):
        return places[order[scores[0][1]]]
    order = [order[at] for _, at in scores[:6]]
    said = "\n".join([f'"{old}" stands in:', *order, "", f"The user: {draft.request}"])
    chosen = await Dialog(tools, WHERE).choose(said, record(where=one_of(*order, EVERYWHERE)))
    if chosen.get("where") == EVERYWHERE:
        if not (quoted(draft.told) or mentions(draft.instruction, "all")):
            raise Unusable("The user does not say that all of them change.")
        return spans
    return places.get(str(chosen.get("where")), spans[:0])
