"""Whether one side translated what the other went on writing in the old language."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable

from redraft.markdown.merging.tokens import is_word

Words = Iterable[str]

LARGE = 0.3  # the part of a document's words in another script that make it a translation
DIFFERENT = 0.1  # bytes a character: 1 in English, 1.8 in Russian, 2.7 in Chinese
SENTENCE = 8  # words in the old script from which on somebody must translate them

# Where the Unicode blocks of the next script start.
_SCRIPTS = {
    0x0000: "Latin", 0x0370: "Greek", 0x0400: "Cyrillic", 0x0530: "Armenian", 0x0590: "Hebrew", 0x0600: "Arabic",
    0x0900: "Indic", 0x0E00: "Thai", 0x0E80: "other", 0x10A0: "Georgian", 0x1100: "CJK", 0x1200: "other",
    0x1E00: "Latin", 0x1F00: "Greek", 0x2E80: "CJK", 0xA4D0: "other", 0xAC00: "CJK", 0xD7B0: "other",
    0xF900: "CJK", 0xFB00: "other", 0x20000: "CJK",
}  # fmt: skip
_STARTS = list(_SCRIPTS)
_NAMES = list(_SCRIPTS.values())


def differently_written(base: str, side: str) -> bool:
    """Whether two texts may be of two scripts, told cheaply, by the bytes that a character takes."""
    old, new = (len(text.encode("utf-8", "surrogatepass")) / max(1, len(text)) for text in (base, side))
    return abs(old - new) > DIFFERENT


def translated_from(base: Words, side: Words, least: float = 0) -> str:
    """The script that `side` put another in the place of, in more than `least` words; "" for none."""
    old, new = _counted(base), _counted(side)
    gone = old - new
    script = _script(gone)
    return script if gone.total() > least and _script(new - old) not in ("", script) else ""


def goes_on_in(script: str, base: Words, side: Words) -> bool:
    """Whether `side` added as much as a sentence in this script."""
    added = _counted(side) - _counted(base)
    return bool(script) and added.total() >= SENTENCE and _script(added) == script


def _counted(words: Words) -> Counter[str]:
    return Counter(word for word in words if is_word(word) and not word.isnumeric())


def _script(words: Counter[str]) -> str:
    """The script that most of the letters are in; "" where there are none."""
    letters: Counter[str] = Counter()
    for word, times in words.items():
        letters[_NAMES[bisect_right(_STARTS, ord(word[0])) - 1]] += times * len(word)
    return max(letters, key=lambda script: letters[script], default="")
