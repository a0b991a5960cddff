"""A passage written anew by the model, and taken when nothing is held against it."""

import re

from redraft.agents.editing.asking import Dialog, Prompt
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.held.faults import MARKS, fault
from redraft.agents.editing.small.new.calming import calmed
from redraft.agents.editing.small.new.writing import told
from redraft.agents.tools import Answers
from redraft.agents.words import language, mentions, script
from redraft.llm import estimate
from redraft.markdown.operations.wrappers import unfenced, unwrapped

_LAST_MARKS = re.compile(r"(?:\[\^[^\]\s]+\])+\Z")
_KANA = re.compile("[\u3041-\u30ff]")
_TONGUES = {
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "pt": "Portuguese",
    "vi": "Vietnamese",
}
_FENCE = re.compile(
    r"(?P<open>(?P<mark>`{3,}|~{3,})(?P<language>[^\n]*)\n)(?P<body>.*?)(?P<close>\n(?P=mark)[`~]*\s*)\Z", re.S
)

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


async def rewritten(tools: Answers, draft: Draft, old: str) -> str:
    """`old` as the request wants it; asked a second time, with what went wrong. Empty when nothing came of it.

    Where a small model does not get rid of a tone, leaving out what only vents may do.
    """
    wrong, limit, fence = "", 80 + 2 * estimate(old), _FENCE.match(old)
    tongue = "" if fence or mentions(draft.instruction, "language") else _tongue(draft, old)
    room = tools.context_tokens("edit") // 3  # the text, and as much again for the answer
    if estimate(old) > room:
        return ""
    material = draft.material if estimate(old) <= room - estimate(draft.material) else ""
    for temperature in (0.0, 0.6):  # a small model that only repeats the text has to be shaken
        parts = [f"{material}The user: {told(draft)}{tongue}{wrong}", f"Text:\n{old}"]
        said = "\n\n".join(reversed(parts) if wrong else parts)
        answer = await Dialog(tools, REWRITE, temperature).write(said, limit)
        answer = answer.strip().removesuffix(wrong.strip()).rstrip()  # small models repeat the last they are told
        wants_code = mentions(draft.instruction, "code")
        new = _with_marks(old, _code(answer, fence) if fence else _bare(answer, old, wants_code=wants_code))
        wrong = fault(draft, old, new, code=bool(fence))
        if not wrong:
            return _numbered(new) if mentions(draft.instruction, "numbering") else new
        calm = "" if fence else calmed(draft.instruction, old)
        if calm and not fault(draft, old, calm, code=False):
            return calm
    return ""


def _tongue(draft: Draft, old: str) -> str:
    """That it is to be written in the text's language, where that is no English: small models tend to translate."""
    if _KANA.search(old):
        return " Write Japanese."
    if script(old) == "CJK":
        return " Write Chinese."
    name = _TONGUES.get(language(old) or language(draft.task.editing[:20_000]))
    return f" Write {name}." if name else ""


def _with_marks(old: str, new: str) -> str:
    """The text with the footnotes' marks at the old one's end, which small models leave out."""
    marks = _LAST_MARKS.search(old)
    if not new or not marks or any(each in new for each in MARKS.findall(marks[0])):
        return new
    return f"{new.rstrip()}{marks[0]}"


def _numbered(text: str) -> str:
    """A list's bullets as numbers, where every line has one."""
    lines = text.split("\n")
    if not all(re.match(r"[-*+] ", line) for line in lines):
        return text
    return "\n".join(f"{number}. {line[2:]}" for number, line in enumerate(lines, 1))


def _code(answer: str, fence: re.Match[str]) -> str:
    """The code of an answer between the old fence's own lines; what a small model says beside it is left out."""
    fenced = re.search(r"^(`{3,}|~{3,})[^\n]*\n(.*?)(?:\n\1|\Z)", answer.strip(), re.S | re.M)
    body = (fenced[2] if fenced else answer).strip("\n")
    return f"{fence['open']}{body}{fence['close']}"


def _bare(new: str, old: str, *, wants_code: bool) -> str:
    """The text without what small models put around it: a label, quotation marks, a fence that was not there.

    A fence stays where the request speaks of code, or where it names a language.
    """
    new = re.sub(r"\A(?:Text|New text|Here is[^\n]*):\s*\n?", "", new.strip())
    if not old.lstrip().startswith(("```", "~~~")):
        new = unwrapped(new, replaces=old)
        if not wants_code and not new.partition("\n")[0].strip("`~ "):
            new = unfenced(new).strip("\n")
    if len(new) > 1 and new[0] == '"' == new[-1] and not old.startswith('"'):
        new = new[1:-1]
    return new.removesuffix(".") if old.rstrip()[-1:].isalnum() and not new.endswith("..") else new
