"""Additions without a verb: "Last point for the shed: “Lock the door.”", or a yes to "Shall I add it?"."""

import re

from redraft.agents.editing.small.asked.cues import READ, any_of
from redraft.agents.words import fold, quoted

_ARTICLE = any_of(
    r"the | an? | as | als | comme | como | der | die | das | den | ein\w* | le | la | el | o | un\w? | one"
)
_LAST = any_of(r"""
    last | final | next | new | more | another | further | letzte\w* | nächste\w* | neue\w* | weitere\w*
    derni(?:er|ère) | prochaine? | nouve(?:au|lle) | autre | últim[oa] | próxim[oa] | siguiente | nuev[oa] | nov[oa]
    otr[oa]
""")
_FIRST = any_of(r"first | erste\w* | premi(?:er|ère) | primer[oa]? | primeir[oa]")
_ITEM = any_of(r"""
    points? | items? | steps? | bullets?(?: point)? | lines? | entry | entries | rows? | tasks? | to-?dos?
    rules? | questions?
    punkt\w* | schritt\w* | zeile\w* | eintrag\w* | aufgabe\w* | regel\w* | frage\w*
    étapes? | lignes? | entrées? | tâches?
    puntos? | pasos? | líneas? | entradas? | filas? | tareas? | pontos? | passos? | linhas? | itens? | tarefas?
""")
_VI = r"(?:mục|điểm|bước|dòng|ý|việc|câu hỏi)"
_OF = (
    r"(?P<of>(?:\s+(?:for|in|of|on|to|under|für|im|von|vom|zu|zum|zur|auf|der|des|unter|de|du|d|pour|dans|sous|para|en|del"
    r"|do|da|no|na|của|trong|cho|ở)\W.*)?)"
)
_FORMS = (
    ("last", rf"(?:{_ARTICLE}\s+)*{_LAST}\s+(?:{_LAST}\s+)?{_ITEM}(?!\w){_OF}"),
    ("first", rf"(?:{_ARTICLE}\s+)*{_FIRST}\s+{_ITEM}(?!\w){_OF}"),
    ("last", rf"(?:thêm )?{_VI} (?:cuối(?: cùng)?|tiếp theo|kế tiếp|mới)(?!\w){_OF}"),
    ("first", rf"{_VI} đầu(?: tiên)?(?!\w){_OF}"),
    ("last", r"(?P<of>.*?)的?(?:最后|下|再来|新)(?:一)?(?:条|项|点|步|行|个)"),
    ("first", r"(?P<of>.*?)的?(?:首|第一)(?:条|项|点|步|行|个)"),
)


_OFFERS = re.compile(
    r"(?:(?<!\w)(?:add|include|append)|hinzufüg|hinzunehm|ergänz|(?<!\w)(?:thêm|bổ sung|añad|agreg|ajout"
    r"|adicion|acrescent)|加上|添加|加进|加入|补上)[^.!?。！？\n]{0,60}[?？]\W*\Z"
)


def offers_to_add(said: str) -> bool:
    """Whether the assistant's message ends with the question whether to add what it suggests."""
    return bool(_OFFERS.search(fold(said[-READ:])))


def announced(request: str) -> tuple[str, str, str] | None:
    """The quoted words, the place ("first" or "last") and of what, when a colon is all that stands for a verb."""
    names = quoted(request)
    told, colon, text = request[:READ].replace("：", ":", 1).partition(":")
    if len(names) != 1 or not colon or len(text.strip(" .。!！")) > len(names[0]) + 4 or names[0] not in text:
        return None
    for place, form in _FORMS:
        if found := re.fullmatch(form, fold(told).strip(), re.DOTALL):
            return names[0], place, found["of"].strip()
    return None
