"""Which of many short texts have to do with a question, by the rarer words that they share. No model is asked."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from redraft.agents.splitting import terms


class Ranking:
    """Texts, weighed against questions by BM25."""

    def __init__(self, texts: Iterable[Sequence[str]]) -> None:
        """Take each text as its terms."""
        self._counted = [Counter(each) for each in texts]
        self._lengths = [each.total() for each in self._counted]
        self._average = sum(self._lengths) / max(1, len(self._counted)) or 1
        self.seen_in = Counter(term for each in self._counted for term in each)
        self._places: dict[str, list[int]] | None = None

    def weight(self, term: str) -> float:
        """How much it tells that a text has this term: 0 when none has, and the more, the fewer have it."""
        seen = self.seen_in[term]
        return math.log(1 + len(self._counted) / seen) if seen else 0.0

    def scores(self, wanted: dict[str, float]) -> list[float]:
        """How much each text has of the terms, which weigh so much."""
        found = [0.0] * len(self._counted)
        for term, weight in wanted.items():
            for place in self._having(term) if weight else ():
                times = self._counted[place][term]
                length = 0.25 + 0.75 * self._lengths[place] / self._average
                found[place] += weight * times * 2.2 / (times + 1.2 * length)
        return found

    def ranked(self, question: str) -> list[int]:
        """The places of all texts, the most telling first, else in their order."""
        scores = self.scores({term: self.weight(term) for term in terms(question)})
        return sorted(range(len(scores)), key=lambda place: (-scores[place], place))

    def _having(self, term: str) -> list[int]:
        if self._places is None:
            self._places = {}
            for place, each in enumerate(self._counted):
                for one in each:
                    self._places.setdefault(one, []).append(place)
        return self._places.get(term, [])
