"""What takes the place of its like: a number of a number, a day of a day, `april.csv` of `march.csv`.

Read with its place in the text, so that a new one can be put where an old one stands.
"""

import re
from dataclasses import dataclass

from redraft.agents.words import fold, placed_values, shape

_NUMBER = re.compile(r"\d(?:[\d.,:/-]*\d)?")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_DOTTED = re.compile(r"(?<![\w./@:-])[^\W\d_][\w-]*(?:[./][^\W\d_][\w-]*)+(?![\w/(])")
_ORDINAL = {"st", "nd", "rd", "th"}
_DAY = (
    "mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?"
    "|montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|sonntags?"
    "|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo"
    "|segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira|lunedì|martedì|mercoledì|giovedì|venerdì|sabato"
    "|domenica|thứ (?:hai|ba|tư|năm|sáu|bảy)(?! (?:tự|nhất))|chủ nhật"
)
_MONTH = (
    "january|february|march|april|june|july|august|september|october|november|december"
    "|januar|februar|märz|mai|juni|juli|oktober|dezember"
    "|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre"
    "|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
    "|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro"
)
_MONTH_BEGINNINGS = (
    *("jan ene gen", "feb fév fev", "mar mär", "apr avr abr", "may mai mag", "jun jui giu"),
    *("jul juil lug", "aug aoû ago", "sep set", "oct okt out ott", "nov", "dec dez déc dic"),
)
_FULL_MONTH = re.compile(rf"{_MONTH}|april|gennaio|febbraio|aprile|maggio|giugno|luglio|ottobre|dicembre")
_NAMED = re.compile(
    rf"(?<!\w)(?:(?P<day>{_DAY})|(?P<month>{_MONTH}))(?!\w)|(?P<cjk>(?:周|星期|礼拜)[一二三四五六日天]|[月火水木金土日]曜日?)"
)
_UNITS = {
    **dict.fromkeys(("percent", "prozent", "pourcent", "cento", "ciento"), "%"),
    **dict.fromkeys(("euro", "euros", "eur"), "€"),
    **dict.fromkeys(("dollar", "dollars", "usd"), "$"),
    **dict.fromkeys(("degrees", "degree", "grad", "grados", "graus", "degrés", "°c"), "°"),
    **dict.fromkeys(("minutes", "minute", "minuten", "minutos", "mins", "min"), "min"),
    **dict.fromkeys(("hours", "hour", "stunden", "horas", "heures", "hrs", "h"), "h"),
    **dict.fromkeys(("kilometres", "kilometers", "kilometer", "kilómetros", "kilomètres", "km"), "km"),
}
_MEASURES = frozenset(_UNITS.values())
_MONEY = {"€", "$", "£", "eur", "usd", "chf"}
_AMOUNTS = {"9", "9,9", "9.9"}
_BEFORE = re.compile(r"([^\W\d_]+|[€$£])[\s:=\"'`*(]*\Z")
_AFTER = re.compile(r"\A[\s\"'`*)]*([^\W\d_]+|[%€$£°])")


@dataclass(frozen=True)
class Figure:
    """Something that its like can take the place of. `kind` is how it looks; `start` is where it stands in its text."""

    start: int
    text: str
    kind: str
    near: tuple[str, str]
    """The words before and after it; of units that mean the same one stands for all."""

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def figures(text: str) -> list[Figure]:
    """Every figure of a text, in order."""
    found = [(start, value, _kind(value)) for start, value in placed_values(text) if value]
    found += [(match.start(), match[0], "dotted") for match in _DOTTED.finditer(text)]
    folded = fold(text)
    if len(folded) == len(text):
        for match in _NAMED.finditer(folded):
            kind = "month" if match["month"] else "day"
            found.append((match.start(), text[match.start() : match.end()], kind))
    return [Figure(start, each, kind, _near(text, start, start + len(each))) for start, each, kind in sorted(found)]


def month_number(word: str) -> int:
    """1 to 12 for the name of a month, in full or its first three or four letters; 0 for any other word."""
    word = fold(word).rstrip(".")
    found = [
        (len(each), number)
        for number, beginnings in enumerate(_MONTH_BEGINNINGS, 1)
        for each in beginnings.split()
        if word.startswith(each) and (len(word) - len(each) <= 1 or _FULL_MONTH.fullmatch(word))
    ]
    return max(found)[1] if found else 0


def is_of_date(figure: Figure) -> bool:
    """Whether it stands beside the name of a month, and so is a day: "6 Oct"."""
    return any(map(month_number, figure.near))


def _kind(value: str) -> str:
    number = _NUMBER.search(value)
    return shape(_GROUPED.sub("9", number[0])) if number else ""


def _near(text: str, start: int, end: int) -> tuple[str, str]:
    before, after = _BEFORE.search(fold(text[max(0, start - 30) : start])), _AFTER.match(fold(text[end : end + 30]))
    words = before[1] if before else "", after[1] if after else ""
    return _unit(words[0] if words[0].isascii() else words[0][-1:]), _unit(
        words[1] if words[1].isascii() else words[1][:1]
    )


def _unit(word: str) -> str:
    return _UNITS.get(word, word)


def in_place_of(new: Figure, old: Figure) -> tuple[int, int, str] | None:
    """Where, and as what, `new` is written in the place of `old`, in its form; `None` when they differ in kind.

    A mere number takes the place of the number alone: "70.000" in "65.000đ", "150 percent" in "125 %".
    """
    if not _are_of_a_kind(new, old) or fold(new.text) == fold(old.text):
        return None
    if new.kind == "dotted":
        one, other = re.split(r"[./]", new.text), re.split(r"[./]", old.text)
        alike = len(one) == len(other) and any(map(str.__eq__, one, other))
        return (old.start, old.end, new.text) if alike else None
    if new.kind in ("day", "month"):
        return old.start, old.end, _cased(new.text, old.text)
    (before, number, after), (led, replaced, ended) = _parts(new.text), _parts(old.text)
    at = old.start + len(led)
    alone = at, at + len(replaced), number
    if (fold(before), fold(after)) == (fold(led), fold(ended)) or {after, ended} <= _ORDINAL:
        measured = {_unit(fold(after)) or new.near[1], _unit(fold(ended)) or old.near[1]} & _MEASURES
        return (old.start, old.end, new.text) if len(measured) < 2 else None
    if before or any(map(str.isalpha, led)):
        named = before and led and shape(new.text) == shape(old.text)  # "blueberry42" and "elderberry77"
        return (old.start, old.end, new.text) if named else None
    if after:  # "150%" for "125 %", "26th" for "27"
        return alone if not ended and (_unit(fold(after)) == old.near[1] or after in _ORDINAL) else None
    return alone if new.near[1] not in _MEASURES or new.near[1] == _unit(fold(ended)) else None


def _are_of_a_kind(new: Figure, old: Figure) -> bool:
    """Whether both look alike; an amount of money is one with cents as well as without: "7,50" for "6 €"."""
    return new.kind == old.kind or ({new.kind, old.kind} <= _AMOUNTS and bool(_MONEY & set(old.near)))


def _parts(value: str) -> tuple[str, str, str]:
    found = _NUMBER.search(value)
    return (value[: found.start()], found[0], value[found.end() :]) if found else (value, "", "")


def _cased(new: str, old: str) -> str:
    return new[:1].upper() + new[1:] if old[:1].isupper() else new
