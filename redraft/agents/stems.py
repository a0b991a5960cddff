"""What a text is made of, to tell without a model whether another says the same: words by their beginnings, and names.

Any language: what is written without spaces is compared by pairs of characters.
"""

import re
import unicodedata
from dataclasses import dataclass

from redraft.agents.splitting import STEM, UNSPACED, pairs

_TOKEN = re.compile(rf"[{UNSPACED}]+|\d+(?:[.,:/-]\d+)*|[^\W\d_{UNSPACED}][^\W_{UNSPACED}]*(?:['’]\w+)?")
_BEGINS = re.compile(r"(?:^|[.!?:;。！？\n]|[-*+•]\s|\d[.)]\s)[\s\W]*$")


@dataclass(frozen=True)
class Words:
    """The words of a text, in small letters and by their beginnings; `names` are its numbers and names.

    `telling` are those of more than two letters, or all where there are no others.
    """

    all: frozenset[str]
    telling: frozenset[str]
    names: frozenset[str]

    def share_in(self, other: "Words") -> float:
        """How much of the telling words `other` has: 0 to 1, and 0 where there are none."""
        return len(self.telling & other.all) / len(self.telling) if self.telling else 0.0


def words_of(text: str) -> Words:
    """The words of `text`."""
    text = unicodedata.normalize("NFKC", text)
    words: set[str] = set()
    short: set[str] = set()
    names: set[str] = set()
    for match in _TOKEN.finditer(text):
        token = match[0]
        if re.match(rf"[{UNSPACED}]", token):
            words.update(pairs(token))
            continue
        stem = token.casefold()[:STEM]
        if token[0].isdigit():
            stem = token
            names.add(stem)
        elif token[0].isupper() and not _BEGINS.search(text[max(0, match.start() - 8) : match.start()]):
            names.add(stem)
        (words if len(token) > 2 or token[0].isdigit() or stem in names else short).add(stem)
    return Words(frozenset(words | short), frozenset(words or short), frozenset(names))


def spelled(text: str, stems: frozenset[str]) -> list[str]:
    """The words of `text` that begin with `stems`, each once, as they are written there."""
    found = (match[0] for match in _TOKEN.finditer(unicodedata.normalize("NFKC", text)))
    return list(dict.fromkeys(word for word in found if word in stems or word.casefold()[:STEM] in stems))
