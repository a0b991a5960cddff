"""Whether one side translated what the other went on writing in the old language."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

from redraft.markdown.merging.tokens import is_word

Words = Sequence[str]

# Where the Unicode blocks of the next script start.
_SCRIPTS = {
    0x0000: "Latin", 0x0370: "Greek", 0x0400: "Cyrillic", 0x0530: "Armenian", 0x0590: "Hebrew", 0x0600: "Arabic",
    0x0900: "Indic", 0x0E00: "Thai", 0x0E80: "other", 0x10A0: "Georgian", 0x1100: "CJK", 0x1200: "other",
    0x1E00: "Latin", 0x1F00: "Greek", 0x2E80: "CJK", 0xA4D0: "other", 0xAC00: "CJK", 0xD7B0: "other",
    0xF900: "CJK", 0xFB00: "other", 0x20000: "CJK",
}  # fmt: skip
_STARTS = list(_SCRIPTS)
_NAMES = list(_SCRIPTS.values())


def translated(base: Words, side: Words, other: Words) -> bool:
    """Whether `side` replaced words of one script by words of another, and `other` added words of the first."""
    old, new, more = _counted(base), _counted(side), _counted(other)
    before = _script(old - new)
    added = more - old
    return bool(before) and _script(new - old) not in ("", before) and _script(added) == before and added.total() >= 8


def _counted(words: Words) -> Counter[str]:
    return Counter(word for word in words if is_word(word) and not word.isnumeric())


def _script(words: Counter[str]) -> str:
    """The script that most of the letters are in; "" where there are none."""
    letters: Counter[str] = Counter()
    for word, times in words.items():
        letters[_NAMES[bisect_right(_STARTS, ord(word[0])) - 1]] += times * len(word)
    return max(letters, key=lambda script: letters[script], default="")
