"""Old and new when the user says both: "10 seconds, not 5", “receive” for “recieve”. No model need tell them."""

import re
from difflib import SequenceMatcher

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.words import fold, occurrences, quoted, shape, tokens, values

SPELLINGS, SPELLED = 0.5, 0.75
"""How alike two words are, from 0 to 1, when one is the other put right: both quoted, or only the wrong one."""

_BEFORE_OLD = (
    *("not", "instead of", "rather than", "in place of", "no longer"),
    *("nicht", "statt", "anstatt", "anstelle von", "nicht mehr"),
    *("thay vì", "thay cho", "thay", "chứ không phải", "không phải", "không còn"),
    *("en lugar de", "en vez de", "no", "ya no", "au lieu de", "au lieu du", "et non", "et pas", "plus"),
    *("em vez de", "não", "invece di", "non"),
)
_BEFORE_OLD_CJK = "而不是|并不是|不是|不再是|代替|取代"
_AFTER_OLD_CJK = "ではなく|じゃなく|の代わりに|改成|改为|換成|换成"
_MARKS = r"[\s\"'“”„«»「」*_`(]*"
_WORDS = "|".join(sorted(_BEFORE_OLD, key=len, reverse=True))
_CUE = re.compile(rf"(?:(?<!\w)(?:{_WORDS})\s(?:[^\W\d_]+\s)?|(?:{_BEFORE_OLD_CJK})){_MARKS}\Z")
_CUE_AFTER = re.compile(rf"\A{_MARKS}(?:{_AFTER_OLD_CJK})")


def told_pair(draft: Draft) -> tuple[str, str] | None:
    """The old words, which the draft has, and the new ones, when the request says exactly these two.

    Two values of one form of which one is said not to be right, or two spellings in quotation marks.
    """
    told = draft.told
    names = quoted(told)
    if len(names) == 1 and names[0] in draft.task.editing and not values(told):
        right = [word for word in tokens(told) if len(word) >= 4 and word != fold(names[0])]
        right = [
            word for word in right if SequenceMatcher(None, word, fold(names[0]), autojunk=False).ratio() > SPELLED
        ]
        return (names[0], right[0]) if len(right) == 1 and " " not in names[0] else None
    if len(names) == 2:
        return _oriented(draft, names, alike=are_spellings(*names))
    said = values(told)
    if names or len(said) != 2 or shape(said[0]) != shape(said[1]):
        return None
    return _oriented(draft, said, alike=False)


def are_spellings(one: str, other: str) -> bool:
    """Whether these are most likely two spellings of one thing: words that look alike, not two numbers."""
    if values(one) or values(other):
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= SPELLINGS


def _oriented(draft: Draft, both: list[str], *, alike: bool) -> tuple[str, str] | None:
    if both[0] == both[1]:
        return None
    refuted = [each for each in both if is_refuted(draft.told, each)]
    there = [each for each in both if occurrences(draft.task.editing, each)]
    if len(refuted) == 1 and refuted[0] in there:
        old = refuted[0]
    elif alike and len(there) == 1:
        old = there[0]
    else:
        return None
    return old, next(each for each in both if each != old)


def is_refuted(told: str, value: str) -> bool:
    """Whether the request says of a value that it is not so: "not 5", "statt 5", “不是 5”."""
    told, value = fold(told), fold(value)
    return any(_CUE.search(told[:start]) or _CUE_AFTER.match(told[end:]) for start, end in occurrences(told, value))
