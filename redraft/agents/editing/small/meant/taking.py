"""Which of the assistant's suggestions the user takes: "your second one", "Option B", 第一个."""

import re
from typing import Any

from redraft.agents.editing.asking import Dialog, Prompt, one_of, record
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.meant.find import NONE, NotFound
from redraft.agents.tools import Answers
from redraft.agents.words import fold, naming, quoted

LONGEST = 200
"""Characters of a message that may still be a word of agreement; a longer one says itself what it wants."""

PROMPT = Prompt(
    f'An assistant made suggestions. Tell which one the user takes, or "{NONE}".',
    [
        ("1. Red\n2. Blue\n3. Green\n\nThe user: The second one, please.", {"take": "2. Blue"}),
        (
            "1. A walk by the sea\n2. Sea and sand\n\nThe user: Cái đầu tiên nhé, dùng làm tiêu đề.",
            {"take": "1. A walk by the sea"},
        ),
        ("1. 早上八点\n2. 下午三点\n\nThe user: 删除关于天气的那一段。", {"take": NONE}),
        ("1. Write tests first\n\nThe user: Yes, add that.", {"take": "1. Write tests first"}),
        ("1. Kurz\n2. Lang\n3. Mittel\n\nThe user: C gefällt mir.", {"take": "3. Mittel"}),
        ("1. Salt\n2. Sugar\n\nThe user: I like the last option.", {"take": "2. Sugar"}),
    ],
)

_CLAUSE_END = re.compile(r"[,;:.!?]\s|[，、；。！？\n]|\s(?:or|oder|hoặc|hay|o|ou)\s")
_LAST = -1
_ORDINALS = {
    0: ("first", "1st", "former", "erste", "ersten", "erster", "erstes", "primera", "primero", "première", "premier",
        "đầu tiên", "thứ nhất", "đầu", "primeira", "primo", "prima", "第一", "首个"),
    1: ("second", "2nd", "zweite", "zweiten", "zweiter", "zweites", "segunda", "segundo", "deuxième", "seconde",
        "thứ hai", "thứ 2", "secondo", "seconda", "第二"),
    2: ("third", "3rd", "dritte", "dritten", "drittes", "tercera", "tercero", "troisième", "thứ ba", "thứ 3",
        "terceira", "terzo", "terza", "第三"),
    3: ("fourth", "4th", "vierte", "vierten", "cuarta", "cuarto", "quatrième", "thứ tư", "第四"),
    _LAST: ("last", "latter", "letzte", "letzten", "letztere", "última", "último", "dernière", "dernier", "cuối cùng",
            "cuối", "ultima", "ultimo", "最后一"),
}  # fmt: skip
_OPTION = (
    r"(?:one|options?|suggestions?|ideas?|versions?|variants?|choices?|proposals?|alternatives?|numbers?|no\.?|"
    r"vorschlag\w*|variante|möglichkeit|nummer|ý kiến|phương án|lựa chọn|gợi ý|cái|câu|bản|số|opción|sugerencia|"
    r"propuesta|número|proposition|suggestion|idée|numéro|opção|proposta|opzione|个|種|种|条|項|项|版|选项|建议|方案)"
)
_LETTER = re.compile(rf"(?<!\w){_OPTION}\s*#?([a-h]|[1-9])(?!\w)|\A\W*([b-h]|[1-9])(?:\W|\Z)", re.IGNORECASE)


async def taken(tools: Answers, draft: Draft) -> str:
    """The suggestion of the assistant's last message that the user takes; empty when there is none."""
    offered = draft.suggestions()
    if not offered or len(draft.instruction) > LONGEST or quoted(draft.instruction):
        return ""
    pointed = numbered(draft.instruction, len(offered))
    if len(pointed) > 1:
        raise NotFound(draft.instruction)  # several are to be taken: none is better than one
    if pointed:
        return offered[pointed[0]]
    if (described := _described(draft, offered)) is not None:
        return offered[described]
    shown = [f"{number}. {each}" for number, each in enumerate(offered, 1)]
    said = "\n".join(shown) + f"\n\nThe user: {draft.instruction}"
    chosen = (await Dialog(tools, PROMPT).choose(said, record(take=one_of(*shown, NONE)))).get("take")
    return offered[shown.index(chosen)] if chosen in shown else ""


def repeated(draft: Draft, parsed: dict[str, Any]) -> str:
    """The suggestion that the user means without naming it, as the request shows; else empty."""
    read = {fold(str(parsed.get(field, ""))) for field in ("text", "to", "title")}
    found = [each for each in draft.suggestions() if fold(each) in read and fold(each) not in fold(draft.instruction)]
    return found[0] if len(found) == 1 else ""


def _described(draft: Draft, offered: list[str]) -> int | None:
    """The suggestion in whose clause of the assistant's message the user's words stand: "that with the long walk"."""
    said = naming(draft.instruction)
    clauses = _CLAUSE_END.split(draft.said)
    words = [
        set().union(*(naming(clause.replace(each, " ")) for clause in clauses if each in clause)) for each in offered
    ]
    common = [len(said & (own - set().union(*words[:at], *words[at + 1 :]))) for at, own in enumerate(words)]
    best = max(common)
    return common.index(best) if best and common.count(best) == 1 else None


def numbered(told: str, count: int) -> list[int]:
    """The places, from 0, that the message names among `count` suggestions; one that is not there names none.

    An ordinal counts beside a word for a suggestion or at the end of a clause: in "the second step" it counts steps.
    """
    told = fold(told)
    found = {place % count for place, words in _ORDINALS.items() if place < count and _has_ordinal(told, words)}
    for match in _LETTER.finditer(told):
        name = match[1] or match[2]
        place = int(name) - 1 if name.isdigit() else ord(name) - ord("a")
        found.add(place if place < count else -count - 1)
    return sorted(found) if found and min(found) >= 0 else []


def _has_ordinal(told: str, words: tuple[str, ...]) -> bool:
    among = "|".join(map(re.escape, words))
    ends = rf"\s+{_OPTION}(?!\w)|\s+(?:and|und|et|y|và|e)\s|\s*(?:[,.;:!?，。！；]|\Z)"
    near = rf"(?<!\w)(?:{among})(?={ends})|{_OPTION}\s+(?:{among})(?!\w)"
    return bool(re.search(rf"{near}|(?:{among})\s*{_OPTION}" if not words[-1].isascii() else near, told))
