"""What a request's verbs say for certain of what is asked for, in some languages; elsewhere nothing.

Small models misread a kind now and then, and a thing removed that was to be ticked off is the worst they can do. A verb
that opens a clause decides what they may answer; and nothing is removed by a request without a word for removing.
"""

import re
from collections.abc import Mapping

from redraft.agents.editing.small.asked.parse import Kind
from redraft.agents.words import GENERIC, fold, is_cjk, tokens

READ = 2_000
"""Characters of a request that are read for such words: whoever writes more is not telling one change."""
QUOTED = re.compile(r"“[^”]*”|„[^“”]*[“”]|\"[^\"]*\"|「[^」]*」|『[^』]*』|《[^》]*》|«[^»]*»|`[^`]*`")


def any_of(table: str) -> str:
    """The alternatives of a table, which is written with ` | ` between them, and a line for each language."""
    return "(?:" + "|".join(each.strip() for each in re.split(r"\s\|\s|\n", table) if each.strip()) + ")"


POLITE = any_of(r"""
    please | kindly | also | then | now | ok(?:ay)? | yes | and | so | (?:can|could|would|will) you | just | let's
    bitte | dann | und | jetzt | kannst du | könntest du
    hãy | vui lòng | làm ơn | nhờ bạn | bạn | giúp mình | giúp tôi | rồi | và
    请 | 麻烦 | 帮我 | 帮忙 | 再 | 然后 | 把
    por favor | y | también | puedes | podrías | s'il te plaît | et | peux-tu
""")
_OPENS = rf"(?:\A|[.;:!?,。；：！？，\n]|(?<=[.;:!?,] ))\s*(?:{POLITE}[\s,，]*)*"

_IMPERATIVES: Mapping[Kind, str] = {
    "tick": r"""
        tick | check off | check (?:it|this|that|them|those)(?: two| both| off)?(?=\s*(?:[.,!]|\Z|please)) | check both
        mark\b.*\b(?:done|completed?|finished|both)
        hake?\b.*\bab\b | abhaken
        đánh dấu | tích\b | 打勾 | 勾选 | 勾上 | 勾掉 | 划掉 | 标记.*完成 | m[aá]rca(?:l[oa]s?)?\b | coche\b
    """,
    "untick": r"""
        untick | uncheck | desmárca\w* | desmarca\w* | décoche\w*
        bỏ (?:tích|đánh dấu|dấu) | 取消勾选 | 取消打勾
    """,
    "remove": r"""
        delete | remove | drop | erase | cut out | get rid of | take out | scrap
        lösch\w* | entfern\w* | streich\w*
        xóa | xoá | bỏ (?:đi|phần|mục|dòng|đoạn|câu|bước|hẳn) | gỡ
        删除 | 删掉 | 删去 | 去掉 | 移除
        borra\w* | elimina\w* | quita\w* | suprim\w* | supprime\w* | enlève\w* | retire\w*
        apag(?:a|ue)\w* | remov(?:a|e)\w* | exclu[ai]\w* | togli\w* | cancella\w* | rimuovi\w* | verwijder\w*
    """,
    "move": r"""
        move | swap | switch | exchange | reorder | verschieb\w* | tausch\w* | vertausch\w*
        (?:chuyển|đưa) (?:phần|mục|bước|dòng|câu|đoạn) | đổi chỗ | hoán đổi | 对调 | 交换 | 互换
        mueve\w* | intercambia\w* | déplace\w* | échange\w*
    """,
    "rename": r"""
        rename | retitle | benenn\w*\b.*\bum | đổi tên | đặt lại tên | 重命名 | renombra\w* | renomme\w*
    """,
    "add section": r"""
        (?:add|append|insert|write)\s+(?:(?:a|an|another)\s+)?(?:\S+\s+){0,2}(?:section|chapter)
        (?:füge?|schreib\w*|ergänz\w*)\b.{0,30}\babschnitt
        thêm (?:một |vào cuối (?:bài )?)?(?:một )?(?:phần|mục mới|chương)
        (?:añade|agrega)\w*\s+(?:al final )?una? (?:sección|apartado) | ajoute\w*\s+une (?:section|partie)
    """,
    "add": r"""
        add | append | thêm | bổ sung | 加上 | 添加 | 增加 | 补上 | 追加
        füge?\b.*\b(?:hinzu|ein)\b | ergänz\w* | setz\w*\b.*\b(?:auf|ans?|in|unter)\b
        añád\w* | añade\w* | agrega\w* | agréga\w* | ajoute\w*
    """,
    "undo": r"""
        undo | revert | restore | (?:put|bring) (?:(?:it|them|that|this) )?back | discard my | forget my
        mach\b.*\brückgängig | stell\w*\b.*\bwieder her | hoàn tác | khôi phục | trả lại
        撤销 | 撤回 | 恢复 | 还原 | deshaz\w* | restaura\w* | annule\w* | rétabli\w*
    """,
    "rewrite": r"""
        rewrite | rephrase | reword | shorten | simplify | formulier\w* | kürz\w* | viết lại | rút gọn
        改写 | 重写 | reescrib\w* | reformula\w* | réécri\w* | raccourci\w*
    """,
}
_OPENING = {kind: re.compile(_OPENS + any_of(verbs)) for kind, verbs in _IMPERATIVES.items()}
_ANYWHERE: Mapping[Kind, re.Pattern[str]] = {
    "tick": re.compile(r"(?:勾掉|打勾|勾上|划掉|チェックを(?:入れ|つけ|付け))"),
    "move": re.compile(
        r"把.{1,60}?(?:移到|移至|挪到|放到|移动到|调到|放在).{0,40}?(?:前|后|上|下|开头|最后|末尾)|"
        r"\b(?:should|must|needs to) (?:come|go|stand|appear|be|be \w+) (?:right |directly |just )?"
        r"(?:before|after|above|below)\b|"
        r"\b(?:soll|muss|gehört) (?:direkt )?(?:vor|nach|hinter|über|unter)\b|"
        r"を.{0,40}?(?:前|後|上|下|先頭|最後)に(?:移動|移して)|和.{1,60}?(?:对调|交换|互换|写反)|入れ替え"
    ),
    "add section": re.compile(
        r"(?:節|セクション|章)を(?:追加|加え)|加(?:上)?一(?:节|章|个(?:小节|章节|部分))|(?:新增|增加|添加)一?个?(?:章节|小节|一节|部分)"
    ),
    "add": re.compile(
        r"を(?:追加|加え)|(?:里|中|表|后|前|末尾|最后)再?(?:加上?|添加|增加|补上)(?:一(?:行|条|项|步|个))?"
    ),
    "remove": re.compile(
        r"を(?:削除|消して|取り除)|把.{1,60}?(?:删掉|删了|删除|去掉|拿掉)|可以删"
        r"|(?<!\w)(?:can|may|should|has to|must) (?:all )?go(?= (?:too|now|please|entirely|away)|\W*(?:\Z|[.,;!]))"
        r"|(?<!\w)(?:kann|können|soll|muss) (?:ganz )?(?:weg|raus)(?!\w)"
    ),
    "undo": re.compile(
        r"(?:改|恢复|还原|变)(?:回|成)(?:原来|原样|保存)|(?:按|照|跟|和|像)(?:已|上次|之前)?保存(?:的|时|过)"
        r"|(?<!\w)(?:(?:as|like) (?:(?:it|they) (?:was|were) )?(?:in the )?(?:last )?saved"
        r"(?: version| text| file|(?=\W*\Z))"
        r"|wie (?:\w+ )?(?:in der )?(?:zuletzt )?gespeichert\w*"
        r"|comme (?:dans la version )?(?:enregistrée?s?|sauvegardée?s?)"
        r"|como (?:est[aá]\w* |en la versión |na versão )?(?:guardad|salv|gravad)[oa]s?"
        r"|như (?:bản |lúc |khi )?(?:đã |được )?lưu)(?!\w)"
    ),
    "rewrite": re.compile(r"把.{1,60}?(?:改写|改得|写得|重写)"),
    "rename": re.compile(r"(?:标题|名字|名称|小节名).{0,40}?(?:改为|改成|换成|叫做)|把.{1,60}?(?:节|章|标题)改名"),
}
_SIDES = {
    "before": (
        r"before|above|ahead of|in front of|over|vor|über|trước|antes de|encima de|avant|au-dessus de",
        "之前|前面|前|上面|の上",
    ),
    "after": (
        r"after|below|behind|beneath|following|nach|hinter|unter|sau|después de|tras|debajo de|après|sous",
        "之后|后面|后|後|下面",
    ),
}
_SWAP = re.compile(
    r"(?<!\w)(?:swap|switch|exchange|(?:in the|the) wrong (?:order|way (?:a)?round)"
    r"|tausch\w*|vertausch\w*|đổi chỗ|hoán đổi|intercambia\w*|échange\w*|invert\w*)|对调|交换|互换|写反|顺序反|入れ替え"
)
_REMOVING = re.compile(
    r"(?<!\w)"
    + any_of(r"""
        delet | remov | drop | eras | cut | get rid | tak(?:e|ing) (?:\w+ ){0,6}(?:out|off|away) | strike | scrap | lose
        omit | discard | clear | without | gone | obsolete | no longer | (?:not|n't) need | unnecessary | superfluous
        lösch | entfern | streich | weg(?!en) | raus | heraus | nicht mehr | überflüssig | brauch
        xóa | xoá | bỏ | gỡ | cắt | không cần | không còn | thừa
        borr | elimin | quit | suprim | sac | sobra | no hace falta | no necesit | ya no
        supprim | enl[eè]v | retir | efface | plus besoin
    """)
    + "|删|去掉|移除|去除|拿掉|不要|不需要|取消|多余"
)


def imperatives(request: str) -> set[Kind]:
    """The kinds whose verb opens a clause of the request; what stands in quotation marks is not read."""
    told = fold(QUOTED.sub(" “” ", request[:READ]))
    found = {kind for kind, verb in _OPENING.items() if verb.search(told)}
    found |= {kind for kind, verb in _ANYWHERE.items() if verb.search(told)}
    if "add section" in found:
        found.discard("add")
    if "untick" in found:
        found -= {"tick", "remove"}
    return found


def without_verbs(phrase: str) -> str:
    """The phrase without the clauses that only say to tick or untick: "hake beides ab"."""
    clauses = re.split(r"(?<=[,;.!，；。！])", phrase)
    ticking = (_OPENING["tick"], _OPENING["untick"])
    kept = [each for each in clauses if not any(verb.match(fold(each.strip())) for verb in ticking)]
    return "".join(kept).strip(" ,;.!，；。！") if kept else phrase


_SECTION = re.compile(
    r"(?<!\w)(?i:the|your|my|our) ((?:[^\W\d_][\w'’-]*\s){1,3})(?i:section|chapter)(?!\w)"
    r"|(?<!\w)(?i:section|chapter|abschnitt|kapitel|sección|seção|capítulo|chapitre|phần|mục|chương) ([^\W\d_][\w'’-]*)"
)


def named_sections(request: str) -> list[str]:
    """The names with a capital that stand beside a word for a section: "in the Food section"."""
    found = [(match[1] or match[2]).strip() for match in _SECTION.finditer(request[:READ])]
    return [each for each in found if all(word[0].isupper() for word in each.split())]


def without_quotes(request: str) -> str:
    """The request without what stands in quotation marks."""
    return QUOTED.sub(" ", request)


def removed_thing(request: str) -> str:
    """What the verb of removing takes with it, to the end of its clause; empty when no such verb opens a clause."""
    found = _OPENING["remove"].search(fold(request[:READ]))
    return re.split(r"[,;.!?，；。！？(]", fold(request[:READ])[found.end() :])[0] if found else ""


def side_of(request: str, name: str) -> str:
    """On which side of what it names the request wants something: "before", "after", or empty when it does not say."""
    told, name = fold(request), fold(name).strip()
    at = told.rfind(name) if name else -1
    if at < 0:
        return ""
    before, after = told[max(0, at - 30) : at], told[at + len(name) : at + len(name) + 6]
    for side, (words, cjk) in _SIDES.items():
        if re.search(
            rf"(?<!\w)(?:{words})(?!\w)\W*(?:the |die |der |das |den |dem |phần |mục |la |el |le )?\W*\Z", before
        ):
            return side
        if re.match(rf"\W*(?:这一?节|一?节|那一?节|部分)?(?:的|の)?(?:{cjk})", after):
            return side
    return ""


_BETWEEN = re.compile(
    r"(?<!\w)(?:between|zwischen|entre|giữa|tra|fra)\s.{1,120}?\s(?:and|und|et|y|và|e)\s|[和与と].{1,60}?(?:之间|中间|の間)"
)
_LAST_BUT_ONE = re.compile(
    r"(?<!\w)(?:(?:last but|next to) (?:one|last)|second(?: |-)(?:to|from) last|second last|penultimate"
    r"|vorletzte\w*|penúltim\w|avant-dernière?|áp chót|penultim\w)(?!\w)|倒数第二|最後から(?:二|2)"
)


def between(request: str) -> bool:
    """Whether something is to stand between two things."""
    return bool(_BETWEEN.search(fold(without_quotes(request[:READ]))))


def last_but_one(request: str) -> bool:
    """Whether something is to stand before the last of its like."""
    return bool(_LAST_BUT_ONE.search(fold(without_quotes(request[:READ]))))


def swaps(request: str) -> bool:
    """Whether two things are to change places."""
    return bool(_SWAP.search(fold(without_quotes(request[:READ]))))


def may_remove(request: str) -> bool:
    """Whether the request has a word for removing, or is in a language whose words are not known here."""
    told = fold(without_quotes(request[:READ]))
    return bool(_REMOVING.search(told)) or not any(token in GENERIC or is_cjk(token) for token in tokens(told))
