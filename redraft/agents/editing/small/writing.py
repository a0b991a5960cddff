"""New text, asked for in plain words: a passage written anew, a section, an item, a row."""

import re
from difflib import SequenceMatcher

from redraft.agents.editing.asking import Dialog, Prompt, compact, record, text
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.words import fold, values
from redraft.agents.tools import AgentTools
from redraft.llm import estimate

SAME_TEXT = 0.92
"""How alike two passages are, from 0 to 1, when one is not the other written anew."""
_TITLE = re.compile("《[^》]+》")
_NAME = re.compile(r"(?<=[a-zà-ỹ,;] )[A-ZÀ-Ỹ]\w+")
"""A word with a capital in mid-sentence."""

REWRITE = Prompt(
    "Rewrite the text as the user asks. Keep every fact, name and number, unless the user says otherwise. "
    "Answer with the new text only.",
    [  # the last ones are followed most, and a change of tone is what small models find hardest
        ("The user: Make it bold.\n\nText:\nthe end", "**the end**"),
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
    fault, limit = "", 60 + min(2000, len(old))
    if estimate(old) > tools.context_tokens("edit") // 3:  # the text, and as much again for the answer
        return ""
    for temperature in (0.0, 0.6):  # a small model that only repeats the text has to be shaken
        parts = [f"The user: {_told(draft)}{fault}", f"Text:\n{old}"]
        said = "\n\n".join(reversed(parts) if fault else parts)
        new = _bare(await Dialog(tools, REWRITE, temperature).write(said, limit), old)
        fault = _fault(draft, old, new)
        if not fault:
            return new
    return ""


def _fault(draft: Draft, old: str, new: str) -> str:
    """What is wrong with a rewritten text, in words that are added to the request; empty when nothing is."""
    plain = fold(new).strip(" .!\n")
    if not plain or plain in fold(draft.request) or len(new) < 0.25 * len(old):
        return " Write the whole text."
    prose = len(old) > 30 and not draft.task.selection and not old.lstrip().startswith(("```", "~~~"))
    if new.strip() == old.strip() or (prose and SequenceMatcher(None, old, new, autojunk=False).ratio() > SAME_TEXT):
        return " Use other words than the text."
    kept = [*values(old), *_TITLE.findall(old), *_NAME.findall(old)]
    lost = [each for each in dict.fromkeys(kept) if fold(each) not in fold(new)]
    if lost and len(lost) > 0.4 * len(set(kept)):
        return f" Keep {', '.join(lost[:5])}."
    return ""


def _words(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


async def section_text(tools: AgentTools, draft: Draft, title: str) -> str:
    """The text of a new section, without its heading."""
    said = f"Heading: {title}\n\nThe user: {_told(draft)}"
    written = (await Dialog(tools, SECTION).write(said, 200)).strip()
    lines = written.split("\n")
    if fold(lines[0]).strip("#* :") == fold(title).strip():
        lines = lines[1:]
    return "\n".join(lines).strip()


async def item(tools: AgentTools, draft: Draft, siblings: list[str]) -> str:
    """A new list item in the form of `siblings`; empty when the model only repeats what is there."""
    dialog = Dialog(tools, ITEM)
    said = "\n".join(siblings) + f"\n\nThe user: {draft.request}"
    known = {_words(fold(each)) for each in siblings}
    for _ in range(2):
        new = (await dialog.write(said, 120, ("\n",))).strip()
        if _words(fold(new)) and not any(_words(fold(new)) in each for each in known):
            return new
        said = "That line is there already. Write the new line that the user wants added."
    return ""


async def row(tools: AgentTools, draft: Draft, columns: list[str], example: list[str]) -> list[str]:
    """The cells of a new row; empty when the model only repeats what is there."""
    dialog = Dialog(tools, ROW)
    schema = record(**{name: text(200) for name in columns})
    said = f"{compact(dict(zip(columns, example, strict=False)))}\n\nThe user: {draft.request}"
    cells = [str(cell).strip() for cell in (await dialog.choose(said, schema)).values()]
    is_new = (
        any(cells) and cells != example and not all(cell == name for cell, name in zip(cells, columns, strict=False))
    )
    return cells if is_new else []


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
    return new
