"""A passage written anew, and what is held against it: it must differ, and lose nothing."""

import re
from difflib import SequenceMatcher
from itertools import pairwise

from redraft.agents.editing.asking import Dialog, Prompt
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.code import parses
from redraft.agents.editing.small.figures import figures
from redraft.agents.editing.small.news import lacking
from redraft.agents.editing.small.writing import letters, told
from redraft.agents.editing.words import fold, is_cjk, language, mentions, names, quoted, stems, values
from redraft.agents.tools import AgentTools
from redraft.llm import estimate

SAME_TEXT = 0.92
"""How alike two passages are, from 0 to 1, when one is not the other written anew."""
_TITLE = re.compile("《[^》]+》")
_MARKS = re.compile(r"\[\^[^\]\s]+\]|(?<=\])\([^()\s]+\)|`[^`\n]+`")
"""What no rewrite may lose: a footnote's mark, where a link goes, code."""
_LAST_MARKS = re.compile(r"(?:\[\^[^\]\s]+\])+\Z")
_FENCE = re.compile(
    r"(?P<open>(?P<mark>`{3,}|~{3,})(?P<language>[^\n]*)\n)(?P<body>.*?)(?P<close>\n(?P=mark)[`~]*\s*)\Z", re.S
)
LONG = 8
"""Words from which on a text's language is known by its commonest words alone."""
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


async def rewritten(tools: AgentTools, draft: Draft, old: str) -> str:
    """`old` as the request wants it; asked a second time, with what went wrong. Empty when nothing came of it."""
    fault, limit, fence = "", 80 + 2 * estimate(old), _FENCE.match(old)
    if estimate(old) > tools.context_tokens("edit") // 3:  # the text, and as much again for the answer
        return ""
    for temperature in (0.0, 0.6):  # a small model that only repeats the text has to be shaken
        parts = [f"The user: {told(draft)}{fault}", f"Text:\n{old}"]
        said = "\n\n".join(reversed(parts) if fault else parts)
        answer = await Dialog(tools, REWRITE, temperature).write(said, limit)
        new = _code(answer, fence) if fence else _bare(answer, old)
        new = _with_marks(old, new)
        fault = _fault(draft, old, new)
        if not fault:
            return _numbered(new) if mentions(draft.instruction, "numbering") else new
    return ""


def _with_marks(old: str, new: str) -> str:
    """The text with the footnotes' marks at the old one's end, which small models leave out."""
    marks = _LAST_MARKS.search(old)
    if not new or not marks or any(each in new for each in _MARKS.findall(marks[0])):
        return new
    return f"{new.rstrip()}{marks[0]}"


def _numbered(text: str) -> str:
    """A list's bullets as numbers, where every line has one."""
    lines = text.split("\n")
    if not all(re.match(r"[-*+] ", line) for line in lines):
        return text
    return "\n".join(f"{number}. {line[2:]}" for number, line in enumerate(lines, 1))


def _fault(draft: Draft, old: str, new: str) -> str:
    """What is wrong with a rewritten text, in words that are added to the request; empty when nothing is."""
    plain = letters(fold(new))
    dictated = draft.task.selection and draft.instruction.rstrip(" .!").endswith(new.strip(" .!"))
    if not plain or (plain in letters(fold(draft.request)) and not dictated) or len(new) < 0.25 * len(old):
        return " Write the whole text."
    code, spelling = bool(_FENCE.match(old)), mentions(draft.instruction, "spelling")
    prose = len(old) > 30 and not draft.task.selection and not code and not spelling
    if new.strip() == old.strip() or (prose and SequenceMatcher(None, old, new, autojunk=False).ratio() > SAME_TEXT):
        return " Use other words than the text."
    if spelling and (SequenceMatcher(None, old, new, autojunk=False).ratio() < NEARLY or _other_words(old, new)):
        return " Change only what is spelled wrong."
    if prose and not mentions(draft.instruction, "language") and not _keeps_words(old, new):
        return " Keep what the text says."
    given = [*quoted(draft.instruction), *values(draft.instruction)] if draft.task.selection else []
    if missing := [each for each in given if not draft.has(each) and fold(each) not in fold(new)]:
        return f" It lacks {missing[0]}."
    if made_up := [each for each in values(new) if fold(each) not in fold(f"{old} {draft.request}")]:
        return f" Nobody said {made_up[0]}."
    own = language(old) or (language(draft.task.editing[:20_000]) if len(new.split()) >= LONG else "")
    if own and language(new) not in (own, "") and not mentions(draft.instruction, "language"):
        return " Write it in the language of the text."
    if code:
        return _code_fault(draft, old, new)
    if _repeats(new) and not _repeats(old):
        return " Say nothing twice."
    dates = _dates(old)
    kept = [*dates, *(each for each in values(old) if each not in " ".join(dates).split()), *_MARKS.findall(old)]
    if gone := [each for each in kept if fold(each) not in fold(new)]:
        return f" Keep {', '.join(gone[:5])}."
    kept = [*values(old), *_TITLE.findall(old), *names(old)]
    lost = [each for each in dict.fromkeys(kept) if fold(each) not in fold(new)]
    if lost and len(lost) > 0.4 * len(set(kept)):
        return f" Keep {', '.join(lost[:5])}."
    return ""


def _repeats(text: str) -> bool:
    """Whether a line stands there twice, apart from its marker."""
    lines = [letters(re.sub(r"^\s*(?:[-*+]|\d+[.)])\s", "", line)) for line in text.split("\n")]
    said = [line for line in lines if len(line) > 3]
    return len(set(said)) < len(said)


def _dates(text: str) -> list[str]:
    """Every number that stands beside a month, with it: turned round it may be another's form of a date."""
    found = figures(text)
    return [
        text[a.start : b.end] for a, b in pairwise(found) if {"9", "month"} == {a.kind, b.kind} and b.start - a.end <= 2
    ]


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


def _bare(new: str, old: str) -> str:
    """The text without what small models put around it: a label, quotation marks, a fence that was not there."""
    new = re.sub(r"\A(?:Text|New text|Here is[^\n]*):\s*\n?", "", new.strip())
    fenced = re.match(r"\A```[^\n]*\n(.*?)\n?```\Z", new, re.S)
    if fenced and not old.lstrip().startswith("```"):
        new = fenced[1]
    if len(new) > 1 and new[0] == '"' == new[-1] and not old.startswith('"'):
        new = new[1:-1]
    return new.removesuffix(".") if old.rstrip()[-1:].isalnum() and not new.endswith("..") else new
