"""Texts as sets of words, so that two that say the same in another spelling are known."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_NO_SPACES = re.compile(r"[\u0e00-\u0e7f\u2e80-\u9fff\uf900-\ufaff]+")
_STEM = 4
"""Characters of a word that count: "keep" is in "keeps"."""


def terms(text: str) -> set[str]:
    """Words by their beginnings; pairs of characters where words have no spaces between them."""
    return {each[:_STEM] for each in words(text)}


def words(text: str) -> set[str]:
    """Whole words in small letters; pairs of characters where words have no spaces between them."""
    found: set[str] = set()
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _NO_SPACES.fullmatch(word):
            found.update(word[at : at + 2] for at in range(max(1, len(word) - 1)))
        else:
            found.add(word)
    return found
