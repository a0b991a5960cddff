"""What a request says of the text that it wants: its tone, how long it is, what stays in it and what goes."""

import re

from redraft.agents.editing.small.asked.cues import any_of
from redraft.agents.editing.small.asked.tone import out_of_tone
from redraft.agents.words import fold, mentions, naming

SHORTER = 0.9
"""How long, beside the old one, a text is at most that was asked to be shorter."""
TELLING = 4
"""Letters that a word of the Latin alphabet has at least when it names something."""
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|\Z)|[。！？]+")
_ONE_TO_THREE = (
    any_of("1 | one | a single | ein(?:em|en)? | une? | una | um(?:a)? | một | 一"),
    any_of("2 | two | zwei | deux | dos | duas | hai | 两 | 二"),
    any_of("3 | three | drei | trois | tres | três | ba | 三"),
)
_AT_MOST = any_of(r"""
    at most | no more than | maximum | max\.? | (?:in)?to | in
    höchstens | maximal | auf | au plus | maximum | en | como máximo | máximo | em | tối đa | không quá | trong
    最多 | 不超过 | 用 | 成
""")
_SENTENCES = any_of(
    r"short sentences? | sentences? | sätzen? | satz | phrases? | frases? | oraci[oó]n(?:es)? | câu | 句"
)
_MAKE = any_of(r"make | turn | condense | compress | mach\w* | fass\w* | fais | faites | haz\w* | gộp | viết")
_THIS = any_of("it | this | that | them | these | both | daraus | das | es | ça | lo | esto | nó | thành")
_LIMITS = [
    re.compile(
        rf"(?:(?<!\w)|(?=[\u3400-\u9fff])){_AT_MOST}\s*{number}\s*(?:个)?{_SENTENCES}"
        rf"|(?<!\w){_MAKE}(?: {_THIS})+ {number} (?:single )?{_SENTENCES}"
    )
    for number in _ONE_TO_THREE
]
_STAYS = re.compile(any_of(r"""
    \bkeep | must stay | \bpreserv | should still | bleib | behalt | \bgarde | \bconserv | \bmant[eé]n | \bmantendo
    giữ | 保留 | 残し
"""))  # fmt: skip
_GOES = re.compile(any_of(r"""
    no longer (?:mention|talk|speak|say|name) | don't mention | leave out | nicht mehr (?:erwähn|von|über) | ohne
    ne (?:parle|mentionne|dit) plus | sans parler | ya no (?:habl|mencion) | sin mencionar | sem mencionar
    không nhắc | 不提 | 不再提
"""))  # fmt: skip
_CLAUSES = re.compile(r"[,;:.()，。；：（）、]")


def form_fault(request: str, old: str, new: str) -> str:
    """What the request asks for and the new text is not, in words that are added to the request; else empty."""
    known = fold(old)
    if wrong := [each for each in out_of_tone(request, new) if each in known]:
        return f" Leave out: {', '.join(wrong[:5])}."
    if mentions(request, "shorter") and len(new) > SHORTER * len(old):
        return " Make it much shorter."
    for most, limit in enumerate(_LIMITS, 1):
        if limit.search(fold(request)) and len(_SENTENCE_END.findall(new)) > most:
            return f" Write at most {most} sentence{'s' * (most > 1)}."
    stays, goes = wishes(request, old)
    if 2 * len(lost := stays - naming(new)) > len(stays):
        return f" Keep what it says of {', '.join(sorted(lost))}."
    left = goes & naming(new)
    return f" Leave out: {', '.join(sorted(left))}." if left else ""


def wishes(request: str, text: str) -> tuple[set[str], set[str]]:
    """The stems of the text's words that the request wants to stay, and those that it wants to go."""
    stays: set[str] = set()
    goes: set[str] = set()
    for clause in _CLAUSES.split(fold(request)):
        named = {each for each in naming(clause) & naming(text) if len(each) >= TELLING or not each.isascii()}
        if _GOES.search(clause):
            goes |= named
        elif _STAYS.search(clause):
            stays |= named
    return stays - goes, goes
