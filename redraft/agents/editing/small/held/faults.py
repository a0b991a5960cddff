"""What is held against a passage written anew: it must differ, as asked, and lose nothing."""

import re
from difflib import SequenceMatcher
from itertools import pairwise

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.asked.figures import figures
from redraft.agents.editing.small.asked.news import lacking
from redraft.agents.editing.small.held.code import parses
from redraft.agents.editing.small.held.form import form_fault
from redraft.agents.words import fold, is_cjk, language, mentions, names, quoted, script, stems, values

SAME_TEXT = 0.92
"""How alike two passages are, from 0 to 1, when one is not the other written anew."""
SAME_WORDS = 12
"""So many words in a row, none of them a fact, are not the same in a passage written anew."""
LONG = 8
"""Words from which on a text's language is known by its commonest words alone."""
ECHOED = 12
"""Letters that a request has at least which is told from the text when it comes back in it."""
KEPT = 0.25
"""The part of a passage's words that are also in the passage written anew."""
SPELLED = 0.5
"""How alike two words are, from 0 to 1, when one is the other put right."""
NEARLY = 0.8
"""How alike two passages are, from 0 to 1, when only spelling was put right."""
_TITLE = re.compile("《[^》]+》")
MARKS = re.compile(r"\[\^[^\]\s]+\]|(?<=\])\([^()\s]+\)|`[^`\n]+`")
"""What no rewrite may lose: a footnote's mark, where a link goes, code."""
_NUMBERS = (
    "two zwei deux dos dois",
    "three drei trois tres três",
    "four vier quatre cuatro quatro",
    "five fünf cinq cinco",
    "six sechs seis",
    "seven sieben sept siete sete",
    "eight acht huit ocho oito",
    "nine neun neuf nueve nove",
    "ten zehn dix diez dez",
    "eleven elf onze once",
    "twelve zwölf douze doce doze",
)
_COUNTS = {word: {*same.split(), str(number)} for number, same in enumerate(_NUMBERS, 2) for word in same.split()}


def fault(draft: Draft, old: str, new: str, *, code: bool) -> str:
    """What is wrong with a text written anew, in words that are added to the request; empty when nothing is."""
    plain, spelling = letters(fold(new)), mentions(draft.instruction, "spelling")
    dictated = draft.task.selection and draft.instruction.rstrip(" .!").endswith(new.strip(" .!"))
    if not plain or (plain in letters(fold(draft.request)) and not dictated) or len(new) < 0.25 * len(old):
        return " Write the whole text."
    prose = len(old) > 30 and not draft.task.selection and not code and not spelling
    asked = letters(fold(draft.instruction))
    if len(asked) >= ECHOED and asked in plain and asked not in letters(fold(old)):
        return " Write the text only, not the request."
    if new.strip() == old.strip() or (prose and SequenceMatcher(None, old, new, autojunk=False).ratio() > SAME_TEXT):
        return " Use other words than the text."
    if spelling and (SequenceMatcher(None, old, new, autojunk=False).ratio() < NEARLY or _other_words(old, new)):
        return " Change only what is spelled wrong."
    own = language(old) or (language(draft.task.editing[:20_000]) if len(new.split()) >= LONG else "")
    foreign = script(new) != script(old) if any(map(str.isalpha, new)) and any(map(str.isalpha, old)) else False
    if (foreign or (own and language(new) not in (own, ""))) and not mentions(draft.instruction, "language"):
        return " Write it in the language of the text."
    if prose and not mentions(draft.instruction, "language") and not _keeps_words(old, new):
        return " Keep what the text says."
    if missing := _missing(draft, new):
        return f" It lacks {missing[0]}."
    if made_up := [each for each in values(new) if fold(each) not in fold(f"{old} {draft.heard}")]:
        return f" Nobody said {made_up[0]}."
    if code:
        return _code_fault(draft, old, new)
    if not spelling and (wrong := form_fault(draft.instruction, old, new)):
        return wrong
    if prose and (same := _copied(draft, old, new)):
        return f' Say in other words: "{same}".'
    if _repeats(new) and not _repeats(old):
        return " Say nothing twice."
    gone = _lost(old, new, translated=mentions(draft.instruction, "language"))
    return f" Keep {', '.join(gone[:5])}." if gone else ""


def letters(text: str) -> str:
    """The letters and digits alone."""
    return "".join(char for char in text if char.isalnum())


def _missing(draft: Draft, new: str) -> list[str]:
    """What the user dictates for a selection, and the text does not have."""
    given = [*quoted(draft.instruction), *values(draft.instruction)] if draft.task.selection else []
    return [each for each in given if not draft.has(each) and fold(each) not in fold(new)]


def _copied(draft: Draft, old: str, new: str) -> str:
    """Many words in a row that are the same in both, none of them a number or a name, where others were asked for.

    Empty when the text became a good deal shorter, or a list: then the words may stay.
    """
    form = mentions(draft.instruction, "list") or mentions(draft.instruction, "language")
    if form or new.count("\n") > old.count("\n") or len(new) < NEARLY * len(old):
        return ""
    was, now, facts = old.split(), new.split(), {*names(old)}
    same = SequenceMatcher(None, was, now, autojunk=False).get_matching_blocks()
    for at, _, size in same:
        run: list[str] = []
        for word in was[at : at + size]:
            run = [] if values(word) or word.strip(".,;:!?()") in facts else [*run, word]
            if len(run) >= SAME_WORDS:
                return " ".join(run)
    return ""


def _lost(old: str, new: str, *, translated: bool) -> list[str]:
    """The facts that the new text lacks: any number, date, link or code; names when it lacks many."""
    dates, known = _dates(old), fold(new)
    kept = [*dates, *(each for each in values(old) if each not in " ".join(dates).split()), *MARKS.findall(old)]
    if gone := [each for each in kept if fold(each) not in known]:
        return gone
    said = set(re.findall(r"\w+", known))
    counts = [word for word in re.findall(r"[^\W\d_]+", fold(old)) if word in _COUNTS]
    if gone := [word for word in counts if not translated and not _COUNTS[word] & said]:
        return gone
    kept = [*values(old), *_TITLE.findall(old), *names(old)]
    lost = [each for each in dict.fromkeys(kept) if fold(each) not in known]
    return lost if len(lost) > 0.4 * len(set(kept)) else []


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
