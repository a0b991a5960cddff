"""How strongly a request's words point to a piece of the draft, and whether they point to it at all."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from redraft.agents.words import fold, is_cjk, naming, quoted, shape, stems, values


@dataclass(frozen=True)
class Candidate:
    """Something a request may mean: what is read there, and the words around it (its section), which count half."""

    text: str
    around: str = ""


@lru_cache(maxsize=256)
def _read(request: str) -> tuple[set[str], list[str], set[str]]:
    shapes = {shape(value) for value in values(request) if len(value) > 1}
    return stems(request), quoted(request), shapes


class Evidence:
    """A set of candidates, weighed against requests: rare words weigh more, and so do quoted ones and like values."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = candidates
        self._stems = [stems(each.text) for each in candidates]
        self._around = [stems(each.around) for each in candidates]
        self._read = [fold(f"{each.text} {each.around}") for each in candidates]
        self._frequency = Counter(
            stem for own, around in zip(self._stems, self._around, strict=True) for stem in own | around
        )

    def ranked(self, request: str) -> list[int]:
        """The indexes of the candidates the request points to, the likeliest first; those without a trace left out."""
        scores = [self.score(index, request) for index in range(len(self.candidates))]
        found = [index for index, score in enumerate(scores) if score > 0]
        return sorted(found, key=lambda index: -scores[index])

    def score(self, index: int, request: str) -> float:
        """How strongly the request points to one candidate; 0 when nothing of it is there."""
        wanted, names, shapes = _read(request)
        text = self.candidates[index].text
        own, around = wanted & self._stems[index], wanted & self._around[index]
        score = sum(map(self.weight, own)) + 0.5 * sum(map(self.weight, around - own))
        if own and self._stems[index]:  # "Ideas" means the heading "Ideas" rather than a paragraph full of ideas
            score += 3 * len(own) / len(self._stems[index])
        score += 1.5 * len(shapes & {shape(value) for value in values(text)})
        score += 4 * sum(fold(name) in fold(text) for name in names)
        return score / (1 + len(text) / 2000)

    def weight(self, stem: str) -> float:
        """What a word tells: the rarer among the candidates, the more; most, when none has it."""
        return math.log(1 + len(self.candidates) / max(0.5, self._frequency[stem]))

    def supports(self, index: int, name: str) -> bool:
        """Whether the words that name a thing are, by weight, at least half in the candidate or around it.

        Words that only say what sort of thing it is, or where, name nothing: then any candidate is supported.
        """
        return self.covered(index, name) >= 0.5

    def covered(self, index: int, name: str) -> float:
        """The part, by weight, of the words that name a thing which are in the candidate or around it; 1 of none."""
        wanted = naming(name)
        spaced = {stem for stem in wanted if not is_cjk(stem)}
        pairs = wanted - spaced  # of characters: those that lie across two words are never found
        total = sum(map(self.weight, spaced)) + 0.8 * len(pairs)
        found = sum(self.weight(stem) for stem in spaced if self._has(index, stem))
        found += sum(self._has(index, pair) for pair in pairs)
        return found / total if total else 1.0

    def _has(self, index: int, stem: str) -> bool:
        """Whether the word is there, in another form ("called") or in a compound ("Westen" in "Rettungswesten")."""
        known = self._stems[index] | self._around[index]
        if stem in known:
            return True
        if len(stem) < 4 or not stem.isalpha() or is_cjk(stem):
            return False
        if len(stem) >= 5 and stem in self._read[index]:
            return True
        if any(len(each) >= 4 and stem.startswith(each) for each in known):
            return True
        return any(are_akin(stem, each) for each in self._stems[index])


def are_akin(stem: str, other: str) -> bool:
    """Whether two words begin alike: "verified" and "verify", also behind the "ge" of a German participle."""
    if stem == other:
        return True
    if is_cjk(stem) or is_cjk(other) or not stem.isalpha() or not other.isalpha():
        return False
    for word in (stem, stem.removeprefix("ge")):
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False)))
        if alike >= 4 and alike >= 0.8 * min(len(word), len(other)):
            return True
    return False
