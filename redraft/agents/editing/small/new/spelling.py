"""A word that the user says is spelled wrong, without saying how it is spelled right."""

from difflib import SequenceMatcher

from redraft.agents.editing.asking import Dialog, Prompt
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.asked.contrast import LONG_WORD, are_near
from redraft.agents.editing.small.asked.cues import READ
from redraft.agents.editing.small.asked.news import news
from redraft.agents.tools import Answers
from redraft.agents.words import fold, mentions, naming, quoted, values

ALIKE = 0.6
"""How alike, from 0 to 1, a word is to itself spelled right."""
MOST_CALLED_WRONG = 4
"""Of more words that a request has in common with the draft, it does not say that they are spelled wrong."""


PROMPT = Prompt(
    "A word is spelled wrong. Answer with that word, spelled right, and nothing else.",
    [
        ("recieve", "receive"),
        ("Fahrad", "Fahrrad"),
        ("definately", "definitely"),
        ("huớng dẩn", "hướng dẫn"),
        ("enviroment", "environment"),
        ("Adresssen", "Adressen"),
        ("avalable", "available"),
    ],
)


async def corrected(tools: Answers, draft: Draft) -> list[tuple[str, str]]:
    """Wrong and right, for every word that the request calls wrong and the draft has; empty when that is not it."""
    found = []
    for wrong in _called_wrong(draft):
        right = _elsewhere(draft, wrong) or await _spelled_right(tools, wrong)
        found += [(wrong, right)] if right else []
    return found


def _called_wrong(draft: Draft) -> list[str]:
    """The word that the request quotes; without one the words of a request about spelling that the draft has too."""
    names = quoted(draft.told)
    if news(draft) or len(names) > 1:
        return []
    if names:
        known = f"`{names[0]}`" not in draft.told and not values(names[0]) and names[0] in draft.task.editing
        return names if known else []
    told = draft.instruction[:READ]
    if not mentions(told, "spelling"):
        return []
    there = set(LONG_WORD.findall(draft.task.editing))
    headings = {word for each in draft.headings() for word in LONG_WORD.findall(draft.words_of(each))}
    said = [each for each in dict.fromkeys(LONG_WORD.findall(told)) if each in there - headings and naming(each)]
    return said if len(said) <= MOST_CALLED_WRONG else []


async def _spelled_right(tools: Answers, wrong: str) -> str:
    """The word as the model spells it; empty when that is no other spelling of it."""
    right = (await Dialog(tools, PROMPT).write(wrong, 40, ("\n",))).strip(" .\"'")
    likeness = SequenceMatcher(None, fold(wrong), fold(right), autojunk=False).ratio()
    if right.rstrip("s") == wrong.rstrip("s") or likeness < ALIKE or len(right.split()) != len(wrong.split()):
        return ""
    return right


def misspelled(draft: Draft) -> list[tuple[str, str]]:
    """Wrong and right, for every word of a request about spelling that the draft has only in a form spelled wrong."""
    if not mentions(draft.instruction, "spelling") or quoted(draft.instruction):
        return []
    known = set(LONG_WORD.findall(draft.task.editing))
    folded = {fold(word) for word in known}
    found = []
    for right in dict.fromkeys(LONG_WORD.findall(draft.instruction[:READ])):
        if fold(right) not in folded:
            near = [word for word in known if _is_near(fold(word), fold(right)) and not draft.says(word)]
            found += [(near[0], right)] if len({fold(word) for word in near}) == 1 else []
    return found


def _is_near(word: str, other: str) -> bool:
    return abs(len(word) - len(other)) <= 1 and word != other and are_near(word, other)


def _elsewhere(draft: Draft, wrong: str) -> str:
    """The word as the draft spells it elsewhere; empty when it does not, or in several ways."""
    near = set()
    for word in set(LONG_WORD.findall(draft.task.editing)):
        if _is_near(word, wrong):
            near.add(word)
    return near.pop() if len(near) == 1 else ""
