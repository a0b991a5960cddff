"""What a request says of all there is, and what it leaves out: "untick everything", "the new price is right"."""

import re

from redraft.agents.editing.small.asked.cues import POLITE, QUOTED, READ, any_of, imperatives
from redraft.agents.words import fold

EXCEPT = re.compile(
    r"(?<!\w)(?:except|but not|all but|apart from|other than|außer|aber nicht|bis auf|ngoại trừ|trừ|sauf|hormis|excepto"
    r"|salvo|exceto)(?!\w)|除了|以外",
    re.IGNORECASE,
)
_EVERYTHING = re.compile(
    r"(?<!\w)(?:(?<!after )(?<!at )(?<!not )all|every|everything|alles?|allen|sämtliche\w*|tous|toutes|tout|tod[oa]s?"
    r"|tudo|tất cả|toàn bộ|mọi|hết)(?!\w)|全部|所有|全都|统统"
)
_REST = re.compile(
    r"(?<!\w)(?:rest|others?|else|übrige\w*|restliche\w*|andere\w*|reste|autres?|resto|demás|demais"
    r"|outr[oa]s?|còn lại|khác)(?!\w)|其他|其余"
)
_TICKING = re.compile(
    r"(?<!\w)"
    + any_of(r"""
        (?:un)?ticked | (?:un)?tick | (?:un)?checked | (?:un)?check | boxes | mark | done | completed? | finished | off
        hake? | ab | abhaken | erledigt | kästchen | coche[rz]? | décoche[rz]? | faite?s? | cases
        (?:des)?m[aá]rc\w+ | hech[oa]s? | feit[oa]s? | casillas | đánh dấu | bỏ | tích | dấu | xong | hoàn thành | ô
    """)
    + r"(?!\w)|取消|打勾|勾选|勾上|勾掉|划掉|标记为?|已?完成|把|都"
)
_SAID_TO_TICK = re.compile(rf"\A\s*(?:{POLITE}[\s,，]*)+|{_TICKING.pattern}|{_EVERYTHING.pattern}")
_STAYS = re.compile(
    r"(?<!\w)(?:"
    r"(?:is|are|was|were) (?:right|correct|fine|good|ok(?:ay)?|intended)|stays?|keep|leave(?! out)"
    r"|stimm(?:t|en)|(?:ist|sind) (?:richtig|korrekt|gut|gewollt)|bleib(?:t|en)|behalte?|lass"
    r"|(?:est|sont) (?:justes?|correct\w*|bon(?:ne)?s?)|reste(?:nt)?|garde[rz]?|laisse[rz]?"
    r"|est[aá]n? bien|(?:es|son|está|estão) (?:correct|corret|cert)[oa]s?|se quedan?|deja|mant[eé]n|fica|mantenha|deixe"
    r"|đúng|giữ|để nguyên)(?!\w)|保留|留着|不变|没错|是对的|不要动"
)
_OLD = re.compile(
    r"(?<!\w)(?:old|previous|saved|original|alte?[nrs]?|vorige\w*|anciens?|anciennes?|antigu[oa]s?|antig[oa]s?|cũ)(?!\w)|原来|旧"
)
_CLAUSE_END = re.compile(
    r"[;:.!?](?=\s|\Z)|[；。！？\n]|[,，]|\s(?:but|and|aber|und|mais|et|pero|mas|y|nhưng|và)\s|但是?|而且?"
)


MOST = 8
"""Clauses of a request that are looked up."""


def of_all(request: str) -> str | None:
    """What stands beside "all" where tasks are to be ticked or unticked: the name of their list, or nothing.

    `None` when the request does not say "all", or makes an exception.
    """
    told = QUOTED.sub(lambda name: " " if _EVERYTHING.search(fold(name[0])) else name[0], request[:READ])
    if EXCEPT.search(told) or not imperatives(request) & {"tick", "untick"}:
        return None
    clauses = [each for each in _CLAUSE_END.split(fold(told)) if _EVERYTHING.search(each) and _TICKING.search(each)]
    return _SAID_TO_TICK.sub(" ", clauses[0]).strip() if len(clauses) == 1 else None


def speaks_of_all(request: str) -> bool:
    """Whether the request wants something done with "everything" or "the rest": not when that is what stays."""
    clauses = _CLAUSE_END.split(fold(request[:READ]))
    return any(not _stays(each) and (_EVERYTHING.search(each) or _REST.search(each)) for each in clauses)


def staying(request: str) -> list[str]:
    """What the request says is right, or stays, as it is now, and what it excepts; "the rest" names nothing."""
    told = fold(request[:READ])
    found = [_STAYS.sub(" ", each) for each in _CLAUSE_END.split(told) if _stays(each) and not _REST.search(each)]
    excepted = [_CLAUSE_END.split(each)[0] for each in EXCEPT.split(told)[1:]]
    return [each.strip() for each in (*found, *excepted)][:MOST]


def _stays(clause: str) -> bool:
    return bool(_STAYS.search(clause)) and not _OLD.search(clause) and "undo" not in imperatives(clause)
