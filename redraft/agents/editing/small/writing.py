"""New text, asked for in plain words: a passage written anew, a section, an item, a row."""

import re
from difflib import SequenceMatcher

from redraft.agents.editing.asking import Dialog, Prompt, compact, record, text
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.code import parses
from redraft.agents.editing.small.news import lacking
from redraft.agents.editing.words import fold, is_cjk, language, mentions, names, naming, quoted, stems, values
from redraft.agents.tools import AgentTools
from redraft.llm import estimate

SAME_TEXT = 0.92
"""How alike two passages are, from 0 to 1, when one is not the other written anew."""
COVERED = 0.3
"""The part of the words a request has for a new section that its text has too."""
_TITLE = re.compile("《[^》]+》")
_FENCE = re.compile(
    r"(?P<open>(?P<mark>`{3,}|~{3,})(?P<language>[^\n]*)\n)(?P<body>.*?)(?P<close>\n(?P=mark)[`~]*\s*)\Z", re.S
)
KEPT = 0.25
"""The part of a passage's words that are also in the passage written anew."""
SPELLED = 0.5
"""How alike two words are, from 0 to 1, when one is the other put right."""
NEARLY = 0.8
"""How alike two passages are, from 0 to 1, when only spelling was put right."""

REWRITE = Prompt(
    "Rewrite the text as the user asks. Keep every fact, name and number, unless the user says otherwise. "
    "Answer with the new text only.",
    [  # the last ones are followed most, and a change of tone is what small models find hardest
        ("The user: Make it bold.\n\nText:\nthe end", "**the end**"),
        (
            "The user: Fix the spelling.\n\nText:\nHe walks too the scool every day.",
            "He walks to the school every day.",
        ),
        (
            "The user: Let f print a first.\n\nText:\n```python\ndef f(a):\n    return a\n```",
            "```python\ndef f(a):\n    print(a)\n    return a\n```",
        ),
        ("The user: Dịch câu này sang tiếng Anh.\n\nText:\nChúng tôi mở cửa lúc 8 giờ.", "We open at 8 o'clock."),
        (
            "The user: Make this a list.\n\nText:\nBring water, a hat and good shoes. Sun cream helps too.",
            "- Water\n- A hat\n- Good shoes\n- Sun cream",
        ),
        ("The user: 写得正式一些。\n\nText:\n这家店我去过三次，面挺好吃的。", "笔者曾三次光顾此店，其面食颇为可口。"),
        (
            "The user: Der Absatz klingt grob, bitte höflicher.\n\n"
            "Text:\nWer bis 9 Uhr nicht da ist, hat Pech gehabt und steht draußen. Frau Kurz macht keinem mehr auf.",
            "Bitte kommen Sie bis 9 Uhr, denn danach ist die Tür geschlossen. Frau Kurz kann dann nicht mehr öffnen.",
        ),
        (
            "The user: The part about the printer is rude. Make it polite.\n\n"
            "Text:\nThe stupid printer on floor 2 broke AGAIN and nobody cares, Tom is at 9 complaints.",
            "The printer on floor 2 has stopped working once more and needs attention. Tom has received 9 complaints.",
        ),
    ],
)
SECTION = Prompt(
    "Write the text of a new section, as the user asks: one to three sentences or a short list, in the user's "
    "language, only what the user says. Answer with the text only, without its heading.",
    [
        (
            'Heading: Parking\n\nThe user: Add a section "Parking" after Travel: free behind the house, two places.',
            "Parking is free behind the house. There are two places.",
        ),
        (
            "Heading: 许可\n\nThe user: 在最后加一节“许可”，写明是 MIT，作者是李雷。",
            "本项目采用 MIT 许可，作者是李雷。",
        ),
        (
            "Heading: Steps\n\n"
            "The user: Add a section Steps before Help that lists the steps: clone, build (5 minutes), run.",
            "1. Clone\n2. Build (5 minutes)\n3. Run",
        ),
    ],
)
ITEM = Prompt(
    "Write the new line that the user wants added, in the form of the lines there are. Answer with that line only.",
    [
        ("- apples\n- 2 pears\n\nThe user: Add 3 lemons to the list, before the pears.", "- 3 lemons"),
        (
            "* [Berlin](#berlin)\n* [Rome](#rome)\n\nThe user: Add Oslo after Rome, linked like the others.",
            "* [Oslo](#oslo)",
        ),
        ("- [x] Mua sữa\n- [ ] Gọi mẹ\n\nThe user: Nhớ thêm việc đi bưu điện vào cuối nhé.", "- [ ] Đi bưu điện"),
        ("1. 洗米\n2. 加水\n\nThe user: 最后加一步：煮二十分钟。", "3. 煮二十分钟"),
    ],
)
ROW = Prompt(
    "A table has rows like this one. Write the new row that the user wants added, in the same form.",
    [
        (
            '{"Item":"Coffee","Price":"4,00","State":"in stock"}\n\n'
            "The user: Add tea to the table at the end: 3,50, sold out.",
            {"Item": "Tea", "Price": "3,50", "State": "sold out"},
        ),
        (
            '{"Tên":"`name`","Ý nghĩa":"Tên của người dùng"}\n\nThe user: Thêm vào sau `name` một dòng cho `age`, '
            'mô tả là "Tuổi, tính bằng năm".',
            {"Tên": "`age`", "Ý nghĩa": "Tuổi, tính bằng năm"},
        ),
        (
            '{"城市":"上海","人口":"2487 万","备注":""}\n\nThe user: 表格里再加一行重庆，3191 万。',
            {"城市": "重庆", "人口": "3191 万", "备注": ""},
        ),
    ],
)


async def rewritten(tools: AgentTools, draft: Draft, old: str) -> str:
    """`old` as the request wants it; asked a second time, with what went wrong. Empty when nothing came of it."""
    fault, limit, fence = "", 80 + 2 * estimate(old), _FENCE.match(old)
    if estimate(old) > tools.context_tokens("edit") // 3:  # the text, and as much again for the answer
        return ""
    for temperature in (0.0, 0.6):  # a small model that only repeats the text has to be shaken
        parts = [f"The user: {_told(draft)}{fault}", f"Text:\n{old}"]
        said = "\n\n".join(reversed(parts) if fault else parts)
        answer = await Dialog(tools, REWRITE, temperature).write(said, limit)
        new = _code(answer, fence) if fence else _bare(answer, old)
        fault = _fault(draft, old, new)
        if not fault:
            return _numbered(new) if mentions(draft.instruction, "numbering") else new
    return ""


def _numbered(text: str) -> str:
    """A list's bullets as numbers, where every line has one."""
    lines = text.split("\n")
    if not all(re.match(r"[-*+] ", line) for line in lines):
        return text
    return "\n".join(f"{number}. {line[2:]}" for number, line in enumerate(lines, 1))


def _fault(draft: Draft, old: str, new: str) -> str:
    """What is wrong with a rewritten text, in words that are added to the request; empty when nothing is."""
    plain = _words(fold(new))
    dictated = draft.task.selection and draft.instruction.rstrip(" .!").endswith(new.strip(" .!"))
    if not plain or (plain in _words(fold(draft.request)) and not dictated) or len(new) < 0.25 * len(old):
        return " Write the whole text."
    code, spelling = bool(_FENCE.match(old)), mentions(draft.instruction, "spelling")
    prose = len(old) > 30 and not draft.task.selection and not code and not spelling
    if new.strip() == old.strip() or (prose and SequenceMatcher(None, old, new, autojunk=False).ratio() > SAME_TEXT):
        return " Use other words than the text."
    if spelling and (SequenceMatcher(None, old, new, autojunk=False).ratio() < NEARLY or _other_words(old, new)):
        return " Change only what is spelled wrong."
    if prose and not mentions(draft.instruction, "language") and not _keeps_words(old, new):
        return " Keep what the text says."
    told = [*quoted(draft.instruction), *values(draft.instruction)] if draft.task.selection else []
    if missing := [each for each in told if not draft.has(each) and fold(each) not in fold(new)]:
        return f" It lacks {missing[0]}."
    if made_up := [each for each in values(new) if fold(each) not in fold(f"{old} {draft.request}")]:
        return f" Nobody said {made_up[0]}."
    if language(old) and language(new) not in (language(old), "") and not mentions(draft.instruction, "language"):
        return " Write it in the language of the text."
    if code:
        return _code_fault(draft, old, new)
    if gone := [each for each in values(old) if fold(each) not in fold(new)]:
        return f" Keep {', '.join(gone[:5])}."
    kept = [*values(old), *_TITLE.findall(old), *names(old)]
    lost = [each for each in dict.fromkeys(kept) if fold(each) not in fold(new)]
    if lost and len(lost) > 0.4 * len(set(kept)):
        return f" Keep {', '.join(lost[:5])}."
    return ""


def _keeps_words(old: str, new: str) -> bool:
    """Whether enough of the words are the same; in scripts without spaces pairs of characters, of which fewer stay."""
    words = stems(old)
    return len(words & stems(new)) >= (KEPT / 2 if any(map(is_cjk, words)) else KEPT) * len(words)


def _other_words(old: str, new: str) -> bool:
    """Whether a word became one that is not spelled like it."""
    was, now = old.split(), new.split()
    pairs = SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
    return any(
        SequenceMatcher(None, " ".join(was[a:b]), " ".join(now[c:d]), autojunk=False).ratio() < SPELLED
        for tag, a, b, c, d in pairs
        if tag == "replace"
    )


def _code_fault(draft: Draft, old: str, new: str) -> str:
    """What is wrong with code written anew: it lacks what was asked for, loses lines, or no longer parses."""
    if missing := lacking(draft, new):
        return f" It lacks {missing[0]}."
    lines, kept = [line.strip() for line in old.splitlines()[1:-1]], {line.strip() for line in new.splitlines()}
    if sum(line in kept for line in lines) < 0.5 * len(lines):
        return " Keep the rest of the code as it is."
    return "" if parses(new) or not parses(old) else " The code must be correct."


def _code(answer: str, fence: re.Match[str]) -> str:
    """The code of an answer between the old fence's own lines; what a small model says beside it is left out."""
    fenced = re.search(r"^```[^\n]*\n(.*?)(?:\n```|\Z)", answer.strip(), re.S | re.M)
    body = (fenced[1] if fenced else answer).strip("\n")
    return f"{fence['open']}{body}{fence['close']}"


def _words(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


async def section_text(tools: AgentTools, draft: Draft, title: str) -> str:
    """The text of a new section, without its heading; empty when it lacks what the user said, or says more."""
    dialog, said = Dialog(tools, SECTION), f"Heading: {title}\n\nThe user: {_told(draft)}"
    for _ in range(2):
        lines = (await dialog.write(said, 200)).strip().split("\n")
        if fold(lines[0]).strip("#* :") == fold(title).strip():
            lines = lines[1:]
        text = "\n".join(lines).strip()
        missing = lacking(draft, f"{title} {text}")
        if text and not missing and not _made_up(draft, text) and _covers(draft, title, text):
            return text
        said = f"Say also: {', '.join(missing)}." if missing else "Say what the user says, and only that."
    return ""


def _covers(draft: Draft, title: str, text: str) -> bool:
    """Whether the text has enough of the words that the request has behind the title."""
    wanted = naming(draft.instruction.partition(title)[2])
    return len(wanted) < 3 or len(wanted & naming(f"{title} {text}")) >= COVERED * len(wanted)


def _made_up(draft: Draft, text: str) -> list[str]:
    """The values in a text that neither the user nor the draft has; a list's own numbers apart."""
    told = re.sub(r"^\s*\d+[.)]\s", "", text, flags=re.M)
    return [each for each in values(told) if not draft.has(each) and fold(each) not in fold(draft.request)]


async def item(tools: AgentTools, draft: Draft, siblings: list[str]) -> str:
    """A new list item in the form of `siblings`; empty when it is there already or lacks what the user said."""
    dialog = Dialog(tools, ITEM)
    said = "\n".join(siblings) + f"\n\nThe user: {draft.request}"
    known = {_words(fold(each)) for each in siblings}
    for _ in range(2):
        new = (await dialog.write(said, 120, ("\n",))).strip()
        missing = lacking(draft, new)
        if _words(fold(new)) and not missing and not any(_words(fold(new)) in each for each in known):
            return new
        said = "That line is there already. Write the new line that the user wants added."
        if missing:
            said = f"Say also: {', '.join(missing)}. Write the line again."
    return ""


async def row(tools: AgentTools, draft: Draft, columns: list[str], example: list[str], own: list[str]) -> list[str]:
    """The cells of a new row; empty when the model repeats what is there, or leaves out what the user said.

    `own` are the cells of the example that no other row has in their column: a new row has others.
    """
    dialog = Dialog(tools, ROW)
    schema = record(**{name: text(200) for name in columns})
    said = f"{compact(dict(zip(columns, example, strict=False)))}\n\nThe user: {draft.request}"
    for _ in range(2):
        cells = [str(cell).strip() for cell in (await dialog.choose(said, schema)).values()]
        missing = lacking(draft, " ".join(cells))
        repeats = any(cell in own for cell, old in zip(cells, example, strict=False) if cell == old)
        if any(cells) and cells != columns and not missing and not repeats:
            return cells
        said = f"Say also: {', '.join(missing)}." if missing else "That is the row there is. Write the new one."
    return []


def _told(draft: Draft) -> str:
    rules = [each.text for each in draft.task.reflections.style[:6]]
    return draft.request + (f"\n(The user's style: {'; '.join(rules)})" if rules else "")


def _bare(new: str, old: str) -> str:
    """The text without what small models put around it: a label, quotation marks, a fence that was not there."""
    new = re.sub(r"\A(?:Text|New text|Here is[^\n]*):\s*\n?", "", new.strip())
    fenced = re.match(r"\A```[^\n]*\n(.*?)\n?```\Z", new, re.S)
    if fenced and not old.lstrip().startswith("```"):
        new = fenced[1]
    if len(new) > 1 and new[0] == '"' == new[-1] and not old.startswith('"'):
        new = new[1:-1]
    return new.removesuffix(".") if old.rstrip()[-1:].isalnum() and not new.endswith("..") else new
