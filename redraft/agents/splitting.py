"""Texts cut into words, of any language, so that two can be compared without a model."""

import re

UNSPACED = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""Chinese and Japanese, Thai, Lao, Burmese, Khmer: scripts that put no space between words, for a character class."""
_WORD = re.compile(rf"[{UNSPACED}]+|(?:(?![{UNSPACED}])[^\W_])+")
_RUN = re.compile(f"[{UNSPACED}]")
STEM = 5
"""Characters of a word that tell it from others, so that `edits` meets `editing`."""


def words(text: str) -> list[str]:
    """Whole words in small letters; pairs of characters where words have no spaces between them."""
    found: list[str] = []
    for word in _WORD.findall(text.casefold()):
        if _RUN.match(word):
            found += pairs(word)
        else:
            found.append(word)
    return found


def terms(text: str) -> list[str]:
    """The words by their beginnings."""
    return [word[:STEM] for word in words(text)]


def pairs(run: str) -> list[str]:
    """The pairs of characters of a run without spaces; of a single character that one."""
    return [run[at : at + 2] for at in range(max(1, len(run) - 1))]
