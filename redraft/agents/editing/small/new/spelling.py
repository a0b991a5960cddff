"""A word that the user says is spelled wrong, without saying how it is spelled right."""

from difflib import SequenceMatcher

from redraft.agents.editing.asking import Dialog, Prompt
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.asked.contrast import LONG_WORD, are_near
from redraft.agents.editing.small.asked.cues import READ
from redraft.agents.editing.small.asked.news import news
from redraft.agents.editing.words import fold, mentions, quoted, values
from redraft.agents.tools import Answers

ALIKE = 0.6
"""How alike, from 0 to 1, a word is to itself spelled right."""


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


async def corrected(tools: Answers, draft: Draft) -> tuple[str, str] | None:
    """The wrong spelling, which the request quotes and the draft has, and the right one; None when that is not it."""
    wrong = quoted(draft.told)
    if (
        len(wrong) != 1
        or f"`{wrong[0]}`" in draft.told
        or news(draft)
        or values(wrong[0])
        or wrong[0] not in draft.task.editing
    ):
        return None
    if known := _elsewhere(draft, wrong[0]):
        return wrong[0], known
    right = (await Dialog(tools, PROMPT).write(wrong[0], 40, ("\n",))).strip(" .\"'")
    likeness = SequenceMatcher(None, fold(wrong[0]), fold(right), autojunk=False).ratio()
    if right.rstrip("s") == wrong[0].rstrip("s") or likeness < ALIKE or len(right.split()) != len(wrong[0].split()):
        return None
    return wrong[0], right


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
