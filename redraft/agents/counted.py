"""The numbers by which a request points at something in a list: "item 2", "your second suggestion", 第三个."""

import re
import unicodedata

_WORDS = {
    1: "first 1st one erste ersten erster erstes eins premier première primero primera primeiro primeira primo prima",
    2: "second 2nd two zweite zweiten zweiter zweites zwei deuxième seconde deux segundo segunda dos dois duas secondo "
    "seconda due",
    3: "third 3rd three dritte dritten dritter drittes drei troisième trois tercero tercera tercer tres terceiro "
    "terceira três terzo terza tre",
    4: "fourth 4th four vierte vierten vierter viertes vier quatrième quatre cuarto cuarta cuatro quarto quarta quatro "
    "quattro",
    5: "fifth 5th five fünfte fünften fünfter fünftes fünf cinquième cinq quinto quinta cinco cinque",
    6: "sixth 6th six sechste sechsten sechster sechstes sechs sixième sexto sexta seis sesto sesta sei",
    7: "seventh 7th seven siebte siebten siebter siebtes sieben septième sept séptimo séptima siete sétimo sétima sete "
    "settimo settima sette",
    8: "eighth 8th eight achte achten achter achtes acht huitième huit octavo octava ocho oitavo oitava oito ottavo "
    "ottava otto",
    9: "ninth 9th nine neunte neunten neunter neuntes neun neuvième neuf noveno novena nueve nono nona nove",
    10: "tenth 10th ten zehnte zehnten zehnter zehntes zehn dixième dix décimo décima diez dez decimo decima dieci",
    -1: "last letzte letzten letzter letztes letzteren dernier dernière último última ultimo ultima",
}
_NUMBERS = {unicodedata.normalize("NFC", word): number for number, words in _WORDS.items() for word in words.split()}
_VIETNAMESE = ("nhất", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười")
_CHINESE = "一二三四五六七八九十"
_JAPANESE = ("一つ目", "二つ目", "三つ目", "四つ目", "五つ目", "六つ目", "七つ目", "八つ目", "九つ目")
_WORD = re.compile(r"[^\W_]+")
_FIGURE = re.compile(r"(?<![\w.,:/-])#?(\d{1,2})(?:º|ª|°|\.|e|er|ère|ème|th|nd|rd|st)?(?![\w:/-]|[.,]\d)")
_FIGURE_EAST = re.compile(
    r"第\s*(\d{1,2})|(\d{1,2})\s*(?:番目|つ目|号|號|番|点|點|項|项|条|個目|个)|[案项項目議议]\s*(\d{1,2})(?!\d)"
)
_OF_AN_ITEM = re.compile(
    r"(?<!\w)(?:items?|options?|suggestions?|ideas?|points?|positions?|products?|entry|number|no|nr|#|punkt|posten|vorschlag"
    r"|nummer|artikel|produkt|élément|numéro|article|produit|punto|elemento|número|artículo|producto|prodotto|produto"
    r"|ponto|artigo|mục|số|điểm|phương án|gợi ý)\.?\s*#?(\d{1,2})(?![\w:/-]|[.,]\d)"
)
_LAST_EAST = re.compile(r"最后|最後|cuối cùng")
_SUGGESTED = re.compile(
    r"suggest|propos|option|\bidea|alternativ|recommend|advice|vorschl|vorgeschlag|idee|empf[eo]hl|sugger|sugier|sugest"
    r"|idée|conseil|consej|consig|\bgợi ý|đề xuất|phương án|ý tưởng|lựa chọn"
    r"|建议|建議|提议|提議|方案|选项|提案|案|候補|アイデア"
)


def numbers(request: str) -> list[int]:
    """The places that the request names, from 1, in its order; -1 is the last. Not what is part of a value."""
    told = unicodedata.normalize("NFC", request).casefold()
    found = [(match.start(), int(match[1])) for match in _FIGURE.finditer(told)]
    found += [(match.start(), _NUMBERS[match[0]]) for match in _WORD.finditer(told) if match[0] in _NUMBERS]
    found += [
        (match.start(), int(next(group for group in match.groups() if group))) for match in _FIGURE_EAST.finditer(told)
    ]
    for number, (word, sign) in enumerate(zip(_VIETNAMESE, _CHINESE, strict=True), 1):
        for said in (f"thứ {word}", f"số {word}", f"第{sign}", f"{sign}番目", "đầu tiên" if number == 1 else ""):
            found += [(told.index(said), number)] if said and said in told else []
    found += [(told.index(said), number) for number, said in enumerate(_JAPANESE, 1) if said in told]
    if last := _LAST_EAST.search(told):
        found.append((last.start(), -1))
    return list(dict.fromkeys(number for _, number in sorted(found) if number))


def of_items(request: str) -> set[int]:
    """The figures that stand beside a word for an item: they count something, and are no values themselves."""
    told = unicodedata.normalize("NFC", request).casefold()
    found = {int(match[1]) for match in _OF_AN_ITEM.finditer(told)}
    return found | {int(next(group for group in match.groups() if group)) for match in _FIGURE_EAST.finditer(told)}


def is_of_suggestions(request: str) -> bool:
    """Whether the request speaks of what the assistant suggested."""
    return bool(_SUGGESTED.search(unicodedata.normalize("NFC", request).casefold()))
