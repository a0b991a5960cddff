"""New text, asked for in plain words: a section, an item, a row."""

import re

from redraft.agents.editing.asking import Dialog, Prompt, compact, record, text
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.asked.cues import between
from redraft.agents.editing.small.asked.news import lacking
from redraft.agents.editing.small.held.faults import letters
from redraft.agents.fences import fenced
from redraft.agents.prompts import remembered
from redraft.agents.tools import Answers
from redraft.agents.words import fold, language, names, naming, quoted, stems, values

COVERED = 0.3
"""The part of the words a request has for a new section that its text has too."""
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


async def section_text(tools: Answers, draft: Draft, title: str) -> str:
    """The text of a new section, without its heading; empty when it lacks what the user said, or says more."""
    dialog, said = Dialog(tools, SECTION), f"Heading: {title}\n\n{draft.material}The user: {told(draft)}"
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
    plain = re.sub(r"^\s*\d+[.)]\s", "", text, flags=re.M)
    return [each for each in values(plain) if not draft.has(each) and fold(each) not in fold(draft.heard)]


async def item(tools: Answers, draft: Draft, siblings: list[str]) -> str:
    """A new list item in the form of `siblings`; empty when it is there already or lacks what the user said."""
    dialog = Dialog(tools, ITEM)
    said = "\n".join(siblings) + f"\n\n{draft.material}The user: {draft.request}"
    known = {letters(fold(each)) for each in siblings}
    beside = fold(" ".join(siblings)) if between(draft.instruction) else ""
    people = [each for each in _people(draft) if fold(each) not in beside]
    missing: list[str] = []
    for _ in range(2):
        new = (await dialog.write(said, 120, ("\n",))).strip()
        if missing and stems(new) <= stems(" ".join(missing)):
            return ""  # only what it was told to say as well
        missing = list(dict.fromkeys((*lacking(draft, new), *(each for each in people if fold(each) not in fold(new)))))
        if letters(fold(new)) and not missing and not any(letters(fold(new)) in each for each in known):
            return new
        said = "That line is there already. Write the new line that the user wants added."
        if missing:
            said = f"Say also: {', '.join(missing)}. Write the line again."
    return ""


def _people(draft: Draft) -> list[str]:
    """The names that a request without quotations says, no heading's words: they belong to what is new."""
    request = draft.instruction
    if quoted(request) or language(request) == "de":  # there every noun has a capital
        return []
    known = naming(" ".join(map(draft.words_of, draft.headings())))
    return [each for each in names(request) if not naming(each) & known]


async def row(tools: Answers, draft: Draft, columns: list[str], example: list[str], own: list[str]) -> list[str]:
    """The cells of a new row; empty when the model repeats what is there, or leaves out what the user said.

    `own` are the cells of the example that no other row has in their column: a new row has others.
    """
    dialog = Dialog(tools, ROW)
    schema = record(**{name: text(200) for name in columns})
    said = f"{compact(dict(zip(columns, example, strict=False)))}\n\n{draft.material}The user: {draft.request}"
    for _ in range(2):
        cells = [str(cell).strip() for cell in (await dialog.choose(said, schema)).values()]
        missing = lacking(draft, " ".join(cells))
        repeats = any(cell in own for cell, old in zip(cells, example, strict=False) if cell == old)
        if any(cells) and cells != columns and not missing and not repeats:
            return cells
        said = f"Say also: {', '.join(missing)}." if missing else "That is the row there is. Write the new one."
    return []


def told(draft: Draft) -> str:
    """The request, with how the app and the user want things written."""
    parts = [draft.request]
    if draft.app_rules:
        parts.append(f"The app's rules:\n{fenced('app', draft.app_rules)}")
    if rules := remembered("style", draft.task.reflections.style[:6]):
        parts.append(f"The user's style, for wording and form only:\n{rules}")
    return "\n\n".join(parts)
