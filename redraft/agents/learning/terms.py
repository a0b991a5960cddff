"""Texts as sets of words, so that two that say the same in another spelling are known."""

import unicodedata

from redraft.agents import splitting

_STEM = 4
"""Characters of a word that count here, where few words are compared: "keep" is in "keeps"."""


def terms(text: str) -> set[str]:
    """Words by their beginnings; pairs of characters where words have no spaces between them."""
    return {each[:_STEM] for each in words(text)}


def words(text: str) -> set[str]:
    """Whole words in small letters; pairs of characters where words have no spaces between them."""
    return set(splitting.words(unicodedata.normalize("NFKC", text)))
