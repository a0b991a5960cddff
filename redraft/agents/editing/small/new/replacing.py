"""A value, name or spelling becomes another: the model is shown the likeliest passages and says old and new words."""

import re
from difflib import SequenceMatcher

from redraft.agents.editing.asking import Dialog, Prompt, many, record, text
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.evidence import Candidate, Evidence
from redraft.agents.editing.passages import Passage, one_line
from redraft.agents.editing.small.asked.contrast import are_spellings, told_pair, told_pairs
from redraft.agents.editing.small.asked.news import news
from redraft.agents.editing.small.held.checking import account, checked
from redraft.agents.editing.small.meant.find import NotFound
from redraft.agents.editing.small.meant.locating import Change, Unusable, located
from redraft.agents.editing.small.meant.scope import meant_code
from redraft.agents.editing.small.new.cells import told_cells
from redraft.agents.editing.small.new.links import with_links
from redraft.agents.editing.small.new.placing import placed
from redraft.agents.editing.small.new.rows import changed_row
from redraft.agents.editing.small.new.spelling import corrected, misspelled
from redraft.agents.tools import Answers
from redraft.agents.words import fold, mentions, naming
from redraft.markdown import Operation
from redraft.markdown.operations import ReplaceRange

SHOWN, SHOWN_CHARACTERS = 6, 1000
TRIES = 2
"""How often the model is asked for words; what it says that nobody said is not asked for again, as no better comes."""
ALIKE, CLOSE = 0.6, 0.85
"""How alike, from 0 to 1, a passage is to the suggestion that replaces it, and how near the next may come to that."""
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


async def replace(tools: Answers, draft: Draft) -> list[Operation]:
    """The replacements the request asks for. Raises `NotFound` when the draft has nothing to replace."""
    return with_links(draft, await _replaced(tools, draft))


async def _replaced(tools: Answers, draft: Draft) -> list[Operation]:
    shown = likely(draft)
    if told := await _told(tools, draft, shown):
        return told
    row = await changed_row(tools, draft)
    if row is not None:
        if not row:
            raise NotFound(draft.instruction)
        return row
    return await _worded(tools, draft, shown)


async def _worded(tools: Answers, draft: Draft, shown: list[Passage]) -> list[Operation]:
    """Old and new words as the model tells them; asked a second time when the old ones are not in the draft."""
    dialog = Dialog(tools, PROMPT)
    said, old, new = f"{_show(shown)}\n\n{draft.material}The user: {draft.request}", text(160), text(160)
    fault = ""
    for _ in range(TRIES):
        chosen = await dialog.choose(fault or said, record(changes=many(record(old=old, new=new), least=0)), 1000)
        try:
            changes = checked(draft, chosen.get("changes") or [])
        except Unusable as problem:
            raise NotFound(draft.instruction) from problem
        try:
            operations = [each for change in changes for each in await located(tools, draft, change, shown)]
        except Unusable as problem:
            fault = f"{problem} Answer again."
            continue
        return _accounted(draft, operations)
    raise NotFound(draft.instruction)


def _accounted(draft: Draft, operations: list[Operation]) -> list[Operation]:
    try:
        account(draft, operations)
    except Unusable as problem:
        raise NotFound(draft.instruction) from problem
    return operations


async def _told(tools: Answers, draft: Draft, shown: list[Passage]) -> list[Operation]:
    """What the request says to the letter, so that no model has to be asked; empty when it leaves something open."""
    if draft.agreed:
        return agreed_passage(draft) or draft.once(placed)
    pairs = told_pairs(draft) or misspelled(draft)
    pairs = pairs or [pair for pair in (told_pair(draft),) if pair] or await corrected(tools, draft)
    if pairs and set(map(fold, news(draft))) <= {fold(new) for _, new in pairs}:
        everywhere = len(pairs) > 1 and mentions(draft.instruction, "all")
        changes = [Change(*pair, spelling=everywhere or are_spellings(*pair)) for pair in pairs]
        try:
            return [each for change in changes for each in await located(tools, draft, change, shown)]
        except Unusable:
            pass
    return told_cells(draft) or draft.once(placed)


def agreed_passage(draft: Draft) -> list[Operation]:
    """The suggestion in the place of the one passage that it is another form of; empty when none is, or several are."""
    alike = []
    for each in draft.passages:
        body = _BODY.match(each.text)
        if body and each.block.kind != "heading":
            start = each.start + body.start("words")
            ratio = max(
                SequenceMatcher(None, body["words"], draft.agreed, autojunk=False).ratio(),
                _shared(body["words"], draft.agreed),
            )
            alike.append((ratio, start, start + len(body["words"])))
    alike.sort(reverse=True)
    if not alike or alike[0][0] < ALIKE or (len(alike) > 1 and alike[1][0] > CLOSE * alike[0][0]):
        return []
    _, start, end = alike[0]
    new = draft.agreed.rstrip(" .。")
    return [ReplaceRange(start, end, new)] if draft.task.editing[start:end] != new else []


def _shared(one: str, other: str) -> float:
    """The part of the words of the text with fewer that the other has, 0 for less than four: the order may differ."""
    fewer, more = sorted((naming(one), naming(other)), key=len)
    return len(fewer & more) / len(fewer) if len(fewer) >= 4 and len(more) <= 2 * len(fewer) else 0.0


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
