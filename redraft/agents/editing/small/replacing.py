"""A value, name or spelling becomes another: the model is shown the likeliest passages and says old and new words."""

import re
from collections.abc import Container
from difflib import SequenceMatcher
from typing import Any

from redraft.agents.editing.asking import Dialog, Prompt, many, one_of, record, text
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.evidence import Candidate, Evidence
from redraft.agents.editing.passages import Passage, one_line
from redraft.agents.editing.small.cells import row_names, told_cells
from redraft.agents.editing.small.contrast import are_spellings, told_pair
from redraft.agents.editing.small.find import NotFound
from redraft.agents.editing.small.locating import Change, Unusable, located
from redraft.agents.editing.small.news import news
from redraft.agents.editing.small.scope import meant_code
from redraft.agents.editing.small.spelling import corrected
from redraft.agents.editing.words import fold, shape, stem, stems, tokens, values
from redraft.agents.tools import AgentTools
from redraft.markdown import Operation
from redraft.markdown.operations import ReplaceRange

SHOWN, SHOWN_CHARACTERS = 6, 1000
MOST_SPANS = 400
ALIKE, CLOSE = 0.6, 0.85
"""How alike, from 0 to 1, a passage is to the suggestion that replaces it, and how near the next may come to that."""
WHOLE, KEPT = 6, 0.4
"""Of so many words, at least this part stays when something in them becomes another."""
_OPPOSITES = (
    {"true", "false"},
    {"yes", "no"},
    {"on", "off"},
    {"enabled", "disabled"},
    {"ja", "nein"},
    {"có", "không"},
    {"是", "否"},
)
_BODY = re.compile(r"\s*(?:[-*+]|\d+[.)])?\s*(?:\[[ xX]\]\s)?(?P<words>.*?)[.。]?\s*\Z", re.S)
"""A passage without its marker and its full stop."""

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


async def replace(tools: AgentTools, draft: Draft) -> list[Operation]:
    """The replacements the request asks for. Raises `NotFound` when the draft has nothing to replace."""
    shown = await draft.aside(likely, draft)
    if told := await _told(tools, draft, shown):
        return told
    dialog = Dialog(tools, PROMPT)
    said, old, new = f"{_show(shown)}\n\nThe user: {draft.request}", text(160), text(160)
    least = 0
    for _ in range(2 if news(draft) else 1):
        chosen = await dialog.choose(said, record(changes=many(record(old=old, new=new), least=least)), 1000)
        if not chosen.get("changes"):
            break
        try:
            changes = _read(draft, chosen, shown)
            return [operation for change in changes for operation in await located(tools, draft, change, shown)]
        except Unusable as problem:
            repeated = {each["new"] for each in chosen["changes"] if each["old"] == each["new"]}
            pairs = counterparts(draft, shown, repeated)
            if len(pairs) == 1 and {fold(pairs[0][1])} >= set(map(fold, news(draft))):
                return await located(tools, draft, Change(*pairs[0]), shown)
            said, old = f"{problem} Answer again.", one_of(*_spans_of(shown))
            if pairs:
                old, new, least = one_of(*(each for each, _ in pairs)), one_of(*(each for _, each in pairs)), 1
    raise NotFound(draft.instruction)


async def _told(tools: AgentTools, draft: Draft, shown: list[Passage]) -> list[Operation]:
    """What the request says to the letter, so that no model has to be asked; empty when it leaves something open."""
    if draft.agreed:
        return await draft.aside(_agreed, draft)
    pair = told_pair(draft) or await corrected(tools, draft)
    if pair and set(map(fold, news(draft))) <= {fold(pair[1])}:
        try:
            return await located(tools, draft, Change(*pair, spelling=are_spellings(*pair)), shown)
        except Unusable:
            pass
    return await draft.aside(told_cells, draft)


def _agreed(draft: Draft) -> list[Operation]:
    """The suggestion in the place of the one passage that it is another form of; empty when none is, or several are."""
    alike = []
    for each in draft.passages:
        body = _BODY.match(each.text)
        if body and each.block.kind != "heading":
            start = each.start + body.start("words")
            ratio = SequenceMatcher(None, body["words"], draft.agreed, autojunk=False).ratio()
            alike.append((ratio, start, start + len(body["words"])))
    alike.sort(reverse=True)
    if not alike or alike[0][0] < ALIKE or (len(alike) > 1 and alike[1][0] > CLOSE * alike[0][0]):
        return []
    _, start, end = alike[0]
    return [ReplaceRange(start, end, draft.agreed)] if draft.task.editing[start:end] != draft.agreed else []


def counterparts(draft: Draft, shown: list[Passage], repeated: Container[str] = ()) -> list[tuple[str, str]]:
    """Values of the passages that a new value of the request can take the place of: they look alike.

    Only of the passage that the request points to most; those before or after the same word as the new one come alone:
    "18 months" for "30 months". A value that the draft has already is new only when the model gave it as such
    (`repeated`).
    """
    told = draft.told
    fresh = [value for value in values(told) if value in repeated or not draft.has(value)]
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
    code = [] if draft.task.selection else meant_code(draft)
    known = [each for each in known if each.block in code] or known
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


def _read(draft: Draft, chosen: dict[str, Any], shown: list[Passage]) -> list[Change]:
    """The changes, old and new put right way round; raises `Unusable` when they do not do what the user says."""
    changes = []
    for each in chosen["changes"]:
        old, new = each["old"].strip(), each["new"].strip()
        if draft.has(new) and not draft.has(old):
            old, new = new, old
        if old and old != new:
            changes.append(_least(old, new))
    if not changes:
        raise Unusable("Old and new are the same. Give as old the words of the text that are no longer right.")
    for change in changes:
        if values(change.new) == [change.new] and not values(change.old) and counterparts(draft, shown):
            raise Unusable(f"{change.old!r} is no value like {change.new!r}.")
        if change.old in change.new and draft.has(change.new):
            raise Unusable(f"{change.new!r} stands there already.")
        if any(fold(change.old).strip("`* ") == fold(name).strip("`* ") for name in row_names(draft)):
            raise Unusable(f"{change.old!r} is what the row is called.")
        words = stems(change.old)
        if len(words) >= WHOLE and len(words & stems(change.new)) < KEPT * len(words):
            raise Unusable(f"{change.new!r} is something else, not another form of {change.old!r}.")
        if len(change.new) > 0.8 * len(draft.instruction) and fold(change.new) in fold(draft.instruction):
            raise Unusable("That is the request itself.")
        if made_up := _made_up(draft, change):
            raise Unusable(f"Nobody said {made_up!r}.")
    new = fold(" ".join(change.new for change in changes))
    missing = [each for each in news(draft) if fold(each) not in new]
    if missing:
        raise Unusable(f"The new words lack {missing[0]!r}.")
    return list(dict.fromkeys(changes))


def _made_up(draft: Draft, change: Change) -> str:
    """A word that the new ones gain and nobody said; empty where it may be right all the same.

    So it may be when it is another form of the old one, the other of two words like "on" and "off", a value worked out
    from the old one, or a translation.
    """
    old, new = change.old, change.new
    if draft.is_foreign or set(tokens(old)) ^ set(tokens(new)) in _OPPOSITES:
        return ""
    if not values(draft.told) and shape(old) == shape(new) and values(new) == [new]:
        return ""
    told, known = stems(f"{draft.query} {draft.told}"), stems(draft.task.editing)
    gained = [word for word in tokens(new) if stem(word) not in stems(old)]
    invented = [word for word in gained if len(word) > 3 and stem(word) not in told | known]
    if invented:
        return invented[0]
    unsaid = [word for word in gained if stem(word) not in told]
    return unsaid[0] if len(unsaid) > max(1, len(gained) - len(unsaid)) or (gained and unsaid == gained) else ""


def _least(old: str, new: str) -> Change:
    """The value alone, where the model said more than it: "costs 450 now" for "costs 400" changes a number.

    Only when what stands behind the value stays, so that a unit can change with it.
    """
    before, after = values(old), values(new)
    if len(before) == len(after) == 1 and shape(before[0]) == shape(after[0]) and before != after:
        rest, said = old.partition(before[0])[2], new.partition(after[0])[2]
        if rest.strip(" .。").startswith(said.strip(" .。")):
            until = old[: len(old) - len(rest)]
            return Change(until, f"{until.removesuffix(before[0])}{after[0]}")
    return Change(old, new)
