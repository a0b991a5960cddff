"""Whether a message says what was learned of it: in the writer's own words, found again in the message itself."""

import re
import unicodedata
from functools import cached_property

from redraft.agents.learning.terms import terms

_SENTENCE = re.compile(r"[^\n.!?。！？…]+(?:[.!?。！？…]+|\n|\Z)")
_PASTED = re.compile(
    r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|^[ \t]*>[^\n]*"
    r"|\"[^\"]{60,}\"|“[^”]{60,}”|„[^“”]{60,}[“”]|«[^»]{60,}»|「[^」]{30,}」",
    re.DOTALL | re.MULTILINE,
)
"""Code, quoted lines, and quotations longer than a word or a name that is spoken of: somebody else's words."""
_MARKS = str.maketrans("“”„‟«»‘’‚‹›–—−", '"' * 6 + "'" * 5 + "-" * 3)
ENOUGH = 0.55
"""Of the words of a quote that is not there word for word, how many one sentence must have."""
ENOUGH_OF_A_TEXT = 0.3
"""The same for a text that says it in other words, where no quote was asked for."""
LONGEST_QUOTE = 300  # characters that are kept of one


class Source:
    """A message of the writer. What it takes to look for quotes in it is made once, when one is looked for."""

    def __init__(self, message: str) -> None:
        self._own = _PASTED.sub(lambda match: " " * len(match[0]), message)

    def says(self, text: str) -> str | None:
        """The writer's own sentence that is nearest to `text`, if it shares enough words with it."""
        return self._nearest(terms(text), ENOUGH_OF_A_TEXT)

    def quote(self, quote: str | None, text: str) -> str | None:
        """The writer's own words that say `text`: the `quote` as it stands there, or the sentence nearest to it.

        None where the message has nothing of the kind, or only in what was pasted into it. Where the `quote` is None
        nothing can be held against the message: then it is the sentence that shares a word with `text`, or empty.
        """
        if quote is None:
            return self._nearest(terms(text), 0.0) or ("" if self._own.strip() else None)
        found = self._found(quote)
        return found[:LONGEST_QUOTE] if found else self._nearest(terms(quote), ENOUGH)

    def _found(self, quote: str) -> str | None:
        """The quote as the message writes it: blanks, case, and the forms of quotation marks and dashes may differ."""
        plain, places = self._plain
        wanted = _plain(quote.strip(" \t\r\n.…\"'“”«»"))[0].strip()
        at = plain.find(wanted) if wanted else -1
        return self._own[places[at] : places[at + len(wanted) - 1] + 1].strip() if at >= 0 else None

    def _nearest(self, wanted: set[str], least: float) -> str | None:
        """The sentence that has most of the `wanted` words, and more than `least` of them."""
        best, share = None, least
        for sentence, said in self._sentences:
            common = len(wanted & said) / len(wanted) if wanted else 0.0
            if common > share:
                best, share = sentence, common
        return best[:LONGEST_QUOTE] if best else None

    @cached_property
    def _plain(self) -> tuple[str, list[int]]:
        return _plain(self._own)

    @cached_property
    def _sentences(self) -> list[tuple[str, set[str]]]:
        return [(match[0].strip(), terms(match[0])) for match in _SENTENCE.finditer(self._own)]


def _plain(text: str) -> tuple[str, list[int]]:
    """The text as quotes are compared, and where each of its characters stands in `text`."""
    made: list[str] = []
    places: list[int] = []
    blank = False
    for place, char in enumerate(text):
        if char.isspace():
            blank = bool(made)
            continue
        for each in unicodedata.normalize("NFKC", char).translate(_MARKS).casefold():
            if blank:
                made.append(" ")
                places.append(place)
                blank = False
            made.append(each)
            places.append(place)
    return "".join(made), places
