"""Old and new when the user says both: "10 seconds, not 5", “receive” for “recieve”. No model need tell them."""

import re
from difflib import SequenceMatcher

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.asked.apart import EXCEPT
from redraft.agents.editing.small.asked.cues import READ
from redraft.agents.words import fold, occurrences, quoted, shape, tokens, values

SPELLINGS, SPELLED = 0.5, 0.75
"""How alike two words are, from 0 to 1, when one is the other put right: both quoted, or only the wrong one."""
VERY_ALIKE = 0.85
"""The same, when neither is quoted."""
NEAR = 80
"""Characters before and after a value in which a word may call it wrong."""
LONG_WORD = re.compile(r"[^\W\d_]{5,}")

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

_NAMED = (
    r"“[^”]{1,200}”|„[^“”]{1,200}[“”]|\"[^\"]{1,200}\"|「[^」]{1,200}」|«[^»]{1,200}»|《[^》]{1,200}》"
    r"|`[^`]{1,200}`|'[^']{1,200}'"
)
_ENDS = r"(?=\W*(?:\Z|[.,;:!?，。；！？)\n]|(?:everywhere|throughout|in|überall|im|partout|dans|en)\b))"
_BEGINS = r"(?<![^\s(（,，:：;；])"
_BARE = r"[^\s\"'“”„«»「」《》`，。；、：,.;:!?]+(?:[.:](?=\w)[^\s\"'“”„«»「」《》`，。；、：,.;:!?]+)*"
_WORD = rf"{_BEGINS}(?:{_NAMED}|{_BARE})", rf"(?:{_NAMED}|{_BARE}{_ENDS})"
_FIGURE = r"(?=[A-Za-z_./:%-]{0,40}\d)[A-Za-z0-9_./:%-]{1,60}(?<![.:])"
_VALUE = rf"(?:{_NAMED}|(?<![A-Za-z0-9_./:%-]){_FIGURE})", rf"(?:{_NAMED}|{_FIGURE})"
_OLD_AND_NEW = [
    re.compile(form.replace("OLD", f"(?P<old>{old})").replace("NEW", f"(?P<new>{new})"), re.IGNORECASE)
    for (old, new), forms in {
        _WORD: (
            r"OLD\s*(?:→|⇒|=>|-+>)\s*NEW",
            r"(?<!\w)replace\s+OLD\s+(?:with|by)\s+NEW",
            r"(?<!\w)ersetze?\s+OLD\s+durch\s+NEW",
            r"(?<!\w)thay\s+OLD\s+bằng\s+NEW",
            r"(?<!\w)(?:reempla[zc]\w+|sustitu\w+)\s+OLD\s+por\s+NEW",
            r"(?<!\w)rempla\w+\s+OLD\s+par\s+NEW",
        ),
        _VALUE: (  # "change status to done" says where, not what stands there
            r"(?<!\w)change\s+OLD\s+(?:in)?to\s+NEW",
            r"(?<!\w)ändere?\s+OLD\s+(?:in|zu|auf)\s+NEW",
            r"(?<!\w)(?:đổi|sửa)\s+OLD\s+thành\s+NEW",
            r"(?<!\w)cambi\w+\s+OLD\s+(?:por|a)\s+NEW",
            r"OLD\s*(?:都|全部?)?\s*(?:改成|改为|换成|换为|替换成|替换为)\s*NEW",
            r"OLD\s*を\s*(?:すべて|全て)?\s*NEW\s*(?:に|へ)",
        ),
    }.items()
    for form in forms
]
"""The forms in which a request says, one after the other, what stands there and what it becomes."""


def told_pairs(draft: Draft) -> list[tuple[str, str]]:
    """Every old and new that the request says in so many words: "80 → 8080", “replace red with blue”.

    Empty when the draft lacks one of the old ones, or has it as what a line is called: "status: open".
    """
    found = [match for form in _OLD_AND_NEW for match in form.finditer(draft.told[:READ])]
    pairs = list(dict.fromkeys((_bare(each["old"]), _bare(each["new"])) for each in found))
    olds = [old for old, _ in pairs]
    there = all(old != new and occurrences(draft.task.editing, old) for old, new in pairs)
    labels = any(is_label(draft, old) and not are_spellings(old, new) for old, new in pairs)
    return pairs if there and not labels and len(set(olds)) == len(olds) else []


def is_label(draft: Draft, words: str) -> bool:
    """Whether the words stand before a colon in the draft, as what a line is called."""
    return bool(re.search(rf"{re.escape(fold(words))}[*_`\"]*\s*[:：]", draft.folded))


def _bare(term: str) -> str:
    names = quoted(term)
    return names[0] if len(names) == 1 and len(term) <= len(names[0]) + 2 else term


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
    if not names and (pair := _two_spellings(draft)):
        return pair
    if len(names) == 2:
        return _oriented(draft, names, alike=are_spellings(*names))
    said = values(told)
    if names or len(said) != 2 or shape(said[0]) != shape(said[1]):
        return None
    return _oriented(draft, said, alike=False)


def _two_spellings(draft: Draft) -> tuple[str, str] | None:
    """A word of the request that the draft has, and the one like it that it has not: "Sunniva, I wrote Suniva"."""
    if EXCEPT.search(draft.told[:READ]):
        return None
    said = list(dict.fromkeys(LONG_WORD.findall(draft.told[:READ])))
    there = [word for word in said if occurrences(draft.task.editing, word)]
    pairs = [
        (old, new)
        for old in there
        for new in said
        if not draft.has(new) and not fold(new).startswith(fold(old)) and are_near(old, new)
    ]
    return pairs[0] if len(pairs) == 1 else None


def are_near(one: str, other: str) -> bool:
    """Whether two words begin alike and differ in next to nothing."""
    return one[:1] == other[:1] and SequenceMatcher(None, one, other, autojunk=False).ratio() >= VERY_ALIKE


def are_spellings(one: str, other: str) -> bool:
    """Whether these are most likely two spellings of one thing: words that look alike, not two numbers."""
    return not (values(one) or values(other)) and are_alike(one, other)


def are_alike(one: str, other: str) -> bool:
    """Whether two words look alike."""
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
    return any(
        _CUE.search(told[max(0, start - NEAR) : start]) or _CUE_AFTER.match(told[end : end + NEAR])
        for start, end in occurrences(told, value)
    )
