"""Words that a text in the tone asked for does not have: insults, doubts, chat. In some languages; elsewhere none.

Small models copy a text that they are to put in another tone. So what gives its tone away is looked for by code: a
rewrite that still has it is none, and a clause that only vents can be left out without a model.
"""

import re
from collections.abc import Iterator

from redraft.agents.editing.small.asked.cues import READ, any_of
from redraft.agents.words import fold

_LETTER = r"[a-zà-ɏḀ-ỿ]"  # of the scripts with spaces
_LESS = r"(?<!less )(?<!weniger )(?<!moins )(?<!menos )(?<!bớt )"


def _words(table: str) -> re.Pattern[str]:
    return re.compile(rf"{_LESS}(?<!{_LETTER}){any_of(table)}(?!{_LETTER})")


_TONES = r"""
    polite\w* | neutral\w* | calm\w* | professional\w* | friendl\w+ | kind(?:er|ly)? | nicer? | civil | sober\w*
    formal\w* | objective\w* | factual\w* | diplomatic\w* | respectful\w* | courteous\w* | tone\b.*\bdown
    soften\w* | warm\w* | höflich\w* | sachlich\w* | unsachlich\w* | freundlich\w* | ruhig\w* | professionell\w*
    nett\w* | förmlich\w* | formell\w* | diplomatisch\w* | respektvoll\w* | poli\w* | neutre\w* | courtois\w*
    calme\w* | professionnel\w* | aimable\w* | gentil\w* | formel\w* | diplomat\w* | educad\w* | educación
    cortés\w* | amable\w* | profesional\w* | objetiv\w* | respetuos\w* | neutr[oa]s? | cordial\w* | profissional\w*
    lịch sự | trung lập | trang trọng | nhẹ nhàng | chuyên nghiệp | thân thiện | khách quan | tế nhị | nhã nhặn
    礼貌 | 客气 | 中性 | 客观 | 平和 | 冷静 | 专业 | 正式 | 友好 | 委婉 | 温和 | 得体 | 书面 | 丁寧 | 礼儀 | 中立
    穏やか | 優し | フォーマル | 敬語
"""
_CIVIL = _words(_TONES)
_COMPARED = re.compile(
    r"(?<!\w)(?:(?:more|less|too|a (?:bit|little)|in an?(?: more)?|mehr|weniger|zu|etwas|plus|moins|trop"
    r"|más|menos|mais)"
    rf" {any_of(_TONES)}|(?:sounds?|reads?|klingt|klingen|suena|soa|tone|tonfall)(?!\w).{{1,60}}(?<!\w){any_of(_TONES)}"
    r"|kinder|friendlier|nicer|calmer|politer|warmer|softer|(?:höf|freund|sach|förm)licher\w*|netter\w*|ruhiger\w*)"
    rf"(?!\w)|{any_of(_TONES)} (?:hơn|quá)|(?:更|太|得|再){any_of(_TONES)}|{any_of(_TONES)}(?:一点|一些|点|些)"
)
_HARSH = _words(r"""
    rude\w* | harsh\w* | angry | aggressive\w* | blunt\w* | cold | stiff | dry | dull | boring | unfriendly | impolite
    unhöflich\w* | schroff\w* | wütend\w* | aggressiv\w* | barsch\w* | steif\w* | trocken\w* | unfreundlich\w*
    impolie?s? | agressi\w+ | froide?s? | secs? | sèches? | raides? | grosser[oa]s? | agresiv\w+
    fr[ií][oa]s? | sec[oa]s?
    rud[eo]s? | áspero\w* | grosseir\w+ | gay gắt | thô lỗ | cộc lốc | nặng lời | khô khan | cứng nhắc
    粗鲁 | 生硬 | 刻薄 | 尖锐 | 冷冰冰 | 枯燥 | 凶
""")
"""What is said of a text that is to be written anew."""
_FIRM = _words(r"""
    firm(?:er|ly)? | confiden\w+ | assertive\w* | decisive\w* | definite\w* | bestimmte?r? | entschieden\w*
    verbindlich\w* | selbstbewusst\w* | selbstsicher\w* | fermes? | affirmati\w+ | catégoriques? | firmes?
    rotund\w+ | tajantes? | contundentes? | assertiv\w+ | dứt khoát | chắc chắn hơn | mạnh mẽ | quả quyết | 坚定
    肯定 | 果断 | 坚决 | 强硬 | はっきり | 言い切 | 断定 | きっぱり | 断言
""")
_FORMAL = _words(r"""
    formal\w* | professional\w* | förmlich\w* | formell\w* | professionell\w* | formel\w* | soutenue?
    professionnel\w* | profesional\w* | profissional\w* | trang trọng | chuyên nghiệp | 正式 | 专业 | 书面
    フォーマル | 敬語
""")
VENTED = _words(r"""
    a joke | a mess | a shambles | a farce | a disgrace | a nightmare | a circus | a pain | an insult | outrageous
    pathetic | ridiculous | disgusting | hopeless | useless | beyond belief | a waste of time | nobody cares
    what nonsense | what (?:on earth|the hell|a joke) | why on earth | how on earth
    for (?:god's|heaven's|crying out loud) sake | (?:could|couldn't|could not|can't) care less
    (?:has|have|had) had (?:enough|it) | (?:fed up|sick) (?:of|with) | sick and tired
    drives? (?:me|us|everybody) (?:mad|crazy|nuts) | to blame | (?:is|was) (?:just |so |simply )*typical | ein witz
    eine frechheit | eine zumutung | eine schande | ein saftladen | auf die reihe | die nase voll | zum kotzen
    eine katastrophe | unverschämt | lächerlich | geht gar nicht | das ist (?:ja )?typisch | gemecker
    reicht (?:es )?(?:\w+ )?(?:mir|uns|allen|jedem) | wir haben genug | was soll das | kein schwein | keine sau
    se (?:moque\w*|foute?n?t?) | moquer | n'importe quoi | ras[- ]le[- ]bol
    (?:en )?(?:a|ai|ont|avons) (?:assez|marre) | une honte | un scandale | inadmissible | insupportable | ridicule
    lamentable | une blague | un asco | una porquería | una vergüenza | un desastre | una tomadura | ridículo
    inaceptable | hart[oa]s? de | a llorar | de pena | tonterías? | uma vergonha | uma porcaria | uma palhaçada
    de saco cheio | um absurdo | dở ẹc | tệ hại | vớ vẩn | tào lao | bực (?:mình|hết chỗ nói) | quá đáng | ráng chịu
    chán (?:ngấy|chết) | hết chịu nổi | 太烂 | 烂透 | 垃圾 | 没素质 | 一塌糊涂 | 乱七八糟 | 受够 | 恶心 | 可恶
    离谱 | 岂有此理 | 丢人 | 根本不管 | 不像话 | 最悪 | ひどすぎ | ふざけ | くだらない | うんざり | いい加減にし
    話にならな
""")
DROPPED = _words(r"""
    honestly | frankly | seriously | to be (?:quite )?(?:frank|honest) | quite frankly | stupid | damn(?:ed)?
    bloody | crappy | goddamn | shitty | idiotic | whatsoever | as always | as usual | yet again | ehrlich gesagt
    offen gesagt | verdammte?[nrs]? | blöde?[nrs]? | dämliche?[nrs]? | bescheuerte?[nrs]? | mal wieder | scheiß
    franchement | honnêtement | sérieusement | foutue?s? | stupides? | francamente | sinceramente | honestamente
    maldit[oa]s? | estúpid[oa]s? | 老实说 | 说实话 | 说真的 | 正直 | まったく
""")
_INSULTS = _words(r"""
    idiots? | morons? | bullshit | shit | crap | sucks? | rubbish | nonsense | idiot(?:en)? | deppen? | mist
    quatsch | unsinn | blödsinn | merde | bordel | imbéciles? | débiles? | mierda | idiotas? | merda | droga | ngu
    chết tiệt | 混蛋 | 白痴 | 愚蠢 | 那帮人 | 废物 | バカ | 馬鹿 | クソ
""")
_DOUBTS = _words(r"""
    perhaps | maybe | possibly | probably | might | if (?:that is |that's |it is |it's )?possible
    i (?:think|guess|believe) | would be (?:very )?(?:nice|great|good) | we hope | hopefully | kind of | sort of
    not (?:entirely |quite |really )?sure | vielleicht | eventuell | möglicherweise | wahrscheinlich | wenn möglich
    falls möglich | irgendwie | wäre (?:schön|nett) | peut-être | éventuellement | sans doute | probablement
    si possible | il me semble | je (?:pense|crois) | quizás? | tal vez | posiblemente | probablemente
    si (?:es|fuera) posible | me parece | creo | talvez | possivelmente | acho | provavelmente
    se (?:for )?possível | có lẽ | hình như | chắc là | nếu được | nếu có thể | 也许 | 可能 | 大概 | 或许 | 恐怕
    似乎 | 我觉得 | 如果可以 | かもしれ | でしょう | と思い | と思う | おそらく | たぶん | 多分 | できれば
""")
_CHAT = _words(r"""
    hey | guys | heads[- ]up | gonna | wanna | kinda | yeah | folks | btw | asap | hallo leute | leute | krass\w*
    mega | salut | coucou | les gars | trucs? | ouais | boulot | oye | chicos | tíos | guay | mola | oi | gente
    galera | nhé | nha | 呗 | 啦 | だよ | じゃん | めっちゃ
""")
_AGAINST = ((_CIVIL, (VENTED, DROPPED, _INSULTS)), (_FIRM, (_DOUBTS,)), (_FORMAL, (_CHAT,)))


def is_civil(request: str) -> bool:
    """Whether the request asks for a text that does not vent: polite, calm, neutral, formal."""
    return bool(_CIVIL.search(fold(request)))


def asks_for_tone(request: str) -> bool:
    """Whether the request asks for a text in another tone than it has: "more kindly", "sounds too formal"."""
    return bool(_COMPARED.search(fold(request[:READ])))


def without_tone(phrase: str) -> str:
    """The phrase without what it says of a text's tone, which the text itself need not say."""
    return _HARSH.sub(" ", _CIVIL.sub(" ", fold(phrase)))


def out_of_tone(request: str, text: str) -> list[str]:
    """The words of the text that speak against the tone that the request asks for."""
    asked, said = fold(request), fold(text)
    return list(dict.fromkeys(_found(asked, said)))


def _found(asked: str, said: str) -> Iterator[str]:
    for tone, tables in _AGAINST:
        if tone.search(asked):
            for table in tables:
                yield from (match[0] for match in table.finditer(said))
