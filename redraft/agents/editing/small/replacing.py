"""A value, name or spelling becomes another: the model is shown the likeliest passages and says old and new words."""

import re
from collections.abc import Container
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from redraft.agents.editing.asking import Dialog, Prompt, many, one_of, record, text
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.evidence import Candidate, Evidence
from redraft.agents.editing.passages import Passage, one_line
from redraft.agents.editing.small.find import CLEAR_LEAD, NotFound
from redraft.agents.editing.words import fold, occurrences, shape, stems, values
from redraft.agents.tools import AgentTools
from redraft.markdown import Operation
from redraft.markdown.operations import ReplaceRange

SHOWN, SHOWN_CHARACTERS = 6, 1000
MOST_SPANS = 400
EVERYWHERE = "everywhere"

PROMPT = Prompt(
    "A user says what becomes different in a text. Answer with the words that stand there now (old), copied exactly "
    "from the text and as few as possible, and with what they become (new). When the text has nothing of the kind, "
    "give an empty list.",
    [
        (
            "[Trains]\nThe train to Bern leaves at 7:40 from platform 2.\nTickets cost 12 euros.\n\n"
            "The user: The train leaves at 8:15 now.",
            {"changes": [{"old": "7:40", "new": "8:15"}]},
        ),
        (
            "[Team]\n| Kim | design | away |\n| Lee | tests | here |\n\nThe user: Kim is back and does research now.",
            {"changes": [{"old": "design", "new": "research"}, {"old": "away", "new": "here"}]},
        ),
        (
            "[开放时间]\n- 周一到周五 9:00–17:00\n- 周末 10:00–15:00\n\nThe user: 周末现在开到 16:00。",
            {"changes": [{"old": "15:00", "new": "16:00"}]},
        ),
        (
            "[Mail]\nYou recieve a mail.\nWhoever recieves two should write.\n\n"
            'The user: It is "receive", not "recieve". Correct all of them.',
            {"changes": [{"old": "recieve", "new": "receive"}]},
        ),
        ("[Office]\nThe office is on floor 2.\n\nThe user: Paul's extension is 214 now.", {"changes": []}),
        (
            "[Start]\nserve --workers 2 --port 80\n\nThe user: In the example use 4 workers and port 8080.",
            {"changes": [{"old": "workers 2", "new": "workers 4"}, {"old": "port 80", "new": "port 8080"}]},
        ),
        (
            '[Bữa tối]\nThứ bảy, 18 giờ, quán Sen.\n\nThe user: (Assistant: "Chủ nhật, 12 giờ, quán Mộc" được không?)\n'
            'Được, chốt vậy. (That is: "Chủ nhật, 12 giờ, quán Mộc")',
            {"changes": [{"old": "Thứ bảy, 18 giờ, quán Sen", "new": "Chủ nhật, 12 giờ, quán Mộc"}]},
        ),
    ],
)

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
class _Change:
    old: str
    new: str


class Unusable(Exception):
    """The model's words cannot be used; says why, in words for its next try."""


async def replace(tools: AgentTools, draft: Draft) -> list[Operation]:
    """The replacements the request asks for. Raises `NotFound` when the draft has nothing to replace."""
    shown = await draft.aside(likely, draft)
    dialog = Dialog(tools, PROMPT)
    said, old, new = f"{_show(shown)}\n\nThe user: {draft.request}", text(160), text(160)
    least = 0
    for _ in range(2):
        chosen = await dialog.choose(said, record(changes=many(record(old=old, new=new), least=least)), 1000)
        if not chosen.get("changes"):
            break
        try:
            changes = _read(draft, chosen)
            return [operation for change in changes for operation in await _located(tools, draft, change, shown)]
        except Unusable as problem:
            repeated = {each["new"] for each in chosen["changes"] if each["old"] == each["new"]}
            pairs = counterparts(draft, shown, repeated)
            if len(pairs) == 1:
                return await _located(tools, draft, _Change(*pairs[0]), shown)
            said, old = f"{problem} Answer again.", one_of(*_spans_of(shown))
            if pairs:
                old, new, least = one_of(*(each for each, _ in pairs)), one_of(*(each for _, each in pairs)), 1
    raise NotFound(draft.instruction)


def counterparts(draft: Draft, shown: list[Passage], repeated: Container[str] = ()) -> list[tuple[str, str]]:
    """Values of the passages that a new value of the request can take the place of: they look alike.

    Only of the passage that the request points to most; those before or after the same word as the new one come alone:
    "18 months" for "30 months". A value that the draft has already is new only when the model gave it as such
    (`repeated`).
    """
    told = draft.agreed or draft.instruction
    fresh = [value for value in values(told) if value in repeated or not _is_there(draft, value)]
    evidence = Evidence([Candidate(each.text, each.section) for each in shown])
    for index in evidence.ranked(draft.query):
        pairs: dict[tuple[str, str], int] = {}
        for new in fresh:
            before, after = _beside(told, new)
            for old in values(shown[index].text):
                if shape(old) == shape(new) and old != new:
                    near = _beside(shown[index].text, old)
                    pairs[old, new] = (before == near[0] != "") + (after == near[1] != "")
        if pairs:
            return [pair for pair, alike in pairs.items() if alike == max(pairs.values())]
    return []


def _beside(text: str, value: str) -> tuple[str, str]:
    """The words before and after a value, where it first stands; in scripts without spaces, the characters."""
    before, _, after = fold(text).partition(fold(value))
    words = (*re.findall(r"[^\W\d_]+\s*\Z", before), "")[0].strip(), (*re.findall(r"\A\s*([^\W\d_]+)", after), "")[0]
    return (words[0][-1:] if not words[0].isascii() else words[0]), (
        words[1][:1] if not words[1].isascii() else words[1]
    )


def _spans_of(shown: list[Passage]) -> list[str]:
    """Runs of up to four words of the shown passages, for a model that does not copy."""
    found: dict[str, None] = {}
    for each in shown:
        words = re.findall(r"[^\s|*_`\"“”,;，。；、（）()]+", each.text)[:60]
        for length in (1, 2, 3, 4):
            for at in range(len(words) - length + 1):
                run = re.search(
                    r"[\s|*_`\"“”,;，。；、（）()]+".join(map(re.escape, words[at : at + length])), each.text
                )
                if run and len(found) < MOST_SPANS:
                    found[run[0]] = None
    return list(found)


def likely(draft: Draft) -> list[Passage]:
    """The passages the request points to, in the order of the text; within the selection when there is one."""
    within = draft.task.selection or (0, len(draft.task.editing))
    known = [each for each in draft.passages if each.start < within[1] and within[0] < each.end]
    evidence = Evidence([Candidate(each.text, each.section) for each in known])
    chosen: list[Passage] = []
    for index in evidence.ranked(draft.query)[:SHOWN] or range(min(SHOWN, len(known))):
        if sum(len(each.text) for each in chosen) + len(known[index].text) <= SHOWN_CHARACTERS or not chosen:
            chosen.append(known[index])
    return sorted(chosen, key=lambda each: each.start)


def _show(shown: list[Passage]) -> str:
    lines: list[str] = []
    section = None
    for each in shown:
        if each.section != section and each.block.kind != "heading":
            lines.append(f"[{each.section}]")
        section = each.section
        lines.append(one_line(each.text, 600))
    return "\n".join(lines)


def _read(draft: Draft, chosen: dict[str, Any]) -> list[_Change]:
    """The changes, old and new put right way round; raises `Unusable` when they do not do what the user says."""
    changes = []
    for each in chosen["changes"]:
        old, new = each["old"].strip(), each["new"].strip()
        if _is_there(draft, new) and not _is_there(draft, old):
            old, new = new, old
        if old and old != new:
            changes.append(_least(old, new))
    if not changes:
        raise Unusable("Old and new are the same. Give as old the words of the text that are no longer right.")
    told = draft.agreed or draft.instruction
    new = fold(" ".join(change.new for change in changes))
    missing = [value for value in values(told) if fold(value) not in new and not _is_there(draft, value)]
    if missing:
        raise Unusable(f"The new words lack {missing[0]!r}.")
    return list(dict.fromkeys(changes))


def _least(old: str, new: str) -> _Change:
    """The value alone, where the model gave more words as old and then left some of them out."""
    before, after = values(old), values(new)
    if len(before) == len(after) == 1 and shape(before[0]) == shape(after[0]) and before != after:
        left = stems(new) - stems(after[0])
        if left < stems(old) - stems(before[0]):
            at = old.index(before[0])
            return _Change(old[: at + len(before[0])], old[:at] + after[0])
    return _Change(old, new)


def _is_there(draft: Draft, words: str) -> bool:
    return bool(occurrences(fold(draft.task.editing), fold(words)))


async def _located(tools: AgentTools, draft: Draft, change: _Change, shown: list[Passage]) -> list[Operation]:
    """The places to change, or `Unusable` when the old words are not in the draft."""
    within = draft.task.selection or (0, len(draft.task.editing))
    old = change.old
    spans = _spans(draft, old, within)
    if not spans:
        old = _nearest(old, shown)
        spans = _spans(draft, old, within)
    if not spans:
        raise Unusable(f"{change.old!r} is not in the text. Give as old the words of the text that change.")
    if len(spans) > 1:
        spans = await _meant(tools, draft, old, spans, shown)
    return [ReplaceRange(start, end, _cased(change.new, draft.task.editing[start:end])) for start, end in spans]


def _spans(draft: Draft, old: str, within: tuple[int, int]) -> list[tuple[int, int]]:
    text = draft.task.editing
    found = occurrences(text, old)
    if not found and len(old) > 3:
        found = occurrences(fold(text), fold(old)) if len(fold(text)) == len(text) else []
    if not found and len(old) > 3:  # a part of a word, as in "recieved"
        found = [(at, at + len(old)) for at in range(len(text)) if text.startswith(old, at)]
    return [(start, end) for start, end in found if within[0] <= start and end <= within[1]]


def _cased(new: str, old: str) -> str:
    """The new words, with a capital where the old ones had one."""
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
    tools: AgentTools, draft: Draft, old: str, spans: list[tuple[int, int]], shown: list[Passage]
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
        return spans
    return places.get(str(chosen.get("where")), spans[:0])
