"""What a request points to in a long chat, looked up and quoted. No model is asked.

Shown are the pieces of messages (see `said`) that share the request's rarer words, numbers, names and quoted words, the
items that its numbers count, and what was said about the same things later, which may be what holds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from redraft.agents.counted import is_of_suggestions, numbers
from redraft.agents.fences import fenced
from redraft.agents.messages import speaker, text_of
from redraft.agents.ranking import Ranking
from redraft.agents.said import SHORT, Piece, pieces
from redraft.agents.splitting import terms
from redraft.agents.words import GENERIC, fold, quoted
from redraft.llm import Message, estimate

REPLIES = 3
"""Messages after one that is shown which may correct it or choose from it: its answer, and the exchange after that."""
LABEL = 8
"""Tokens of who said it, and of the marks for what is left out."""
BESIDE = 0.35
"""What a piece's score adds to those beside it in a message, and to the items that it leads."""
FLOOR = 0.4
"""The part of the best score that a piece has at least which is shown for its score."""
WEAK = 0.3
"""The weight of a word that says what sort of thing is meant, or what is to be done, beside that of others."""
STRONG = 0.5
"""The part of the heaviest word's weight from which on the best piece with a word is shown in any case."""
COMMON, MANY = 0.3, 20
"""The share of pieces, of so many at least, from which on a word is in them tells nothing."""
RARE, FEW = 0.04, 3
"""The share of pieces, or their number if that is more, which at most have a word that tells one thing from others."""
QUOTED = 6.0
"""The score of words quoted to the letter."""
LONGEST_REQUEST = 4_000
"""Characters of a request that are read."""
MOST_NAMED, MOST_TELLING = 12, 24
"""Numbers and quoted words of a request, and pieces, that others are looked up for: each takes a pass over the chat."""
_ASKING = """
    write add put insert include take use please into said say told mentioned draft text want wanted make mention
    schreib schreibe füge setze setz nimm gesagt wie ich entwurf dokument ajoute mets écris prends comme dit brouillon
    añade pon escribe toma como dije borrador adicione coloque escreva disse rascunho aggiungi metti scrivi prendi detto
    bozza viết thêm ghi lấy dùng như nói bản nháp what which when where who how you your does did can
"""
_WEAK = {each for word in (*GENERIC, *_ASKING.split()) for each in terms(word)}


@dataclass(frozen=True)
class Recalled:
    """Words of the message at `place` of the chat, in its own words; `[…]` stands for what is left out."""

    place: int
    role: str
    text: str


def recall(messages: Sequence[Message], request: str, budget: int, floor: float = FLOOR) -> list[Recalled]:
    """What of `messages` the request points to, in at most `budget` tokens and in the chat's order.

    Takes time in proportion to the chat. The budget includes what `quoted_chat` puts around each.
    """
    return _Search(messages, request[:LONGEST_REQUEST], floor).within(budget)


def quoted_chat(recalled: Sequence[Recalled], user: str | None = None) -> str:
    """The passages between marks, each under who said it; empty when there are none."""
    lines = [f"{speaker(each.role, user)}: {each.text}" for each in recalled]
    return fenced("said", "\n".join(lines)) if lines else ""


class _Search:
    """One request, looked up in one chat."""

    def __init__(self, messages: Sequence[Message], request: str, floor: float) -> None:
        self._messages, self._request, self._floor = messages, request, floor
        self._cut = [pieces(text_of(message)) for message in messages]
        self._all = [(place, at) for place, cut in enumerate(self._cut) for at in range(len(cut))]
        self._flat = {each: index for index, each in enumerate(self._all)}
        read = [_terms(self._piece(index).text) for index in range(len(self._all))]
        self._ranking = Ranking(read)
        self._terms = [frozenset(each) for each in read]
        told = [*_terms(request), *(str(number) for number in numbers(request) if number > 0)]
        self._wanted = {term: self._weight(term) for term in told}
        own = self._ranking.scores(self._wanted)
        self._literal = dict(self._quotations())
        for index, score in self._literal.items():
            own[index] += score
        self._own = own
        self._score = [score + BESIDE * max(self._around(index)) for index, score in enumerate(own)]

    def within(self, budget: int) -> list[Recalled]:
        """The likeliest pieces that fit, each with the line that says what it is about."""
        chosen: set[int] = set()
        shown: set[int] = set()
        for index in self._order():
            place, lead = self._all[index][0], self._piece(index).lead
            new = {index, *({self._flat[place, lead]} if lead is not None else ())} - chosen
            cost = sum(estimate(self._piece(each).text) + 1 for each in new) + (LABEL if place not in shown else 0)
            if cost > budget and len(new) > 1:
                new = {index}
                cost = estimate(self._piece(index).text) + 1 + (LABEL if place not in shown else 0)
            if budget <= LABEL:
                break
            if new and cost <= budget:
                budget -= cost
                chosen |= new
                shown.add(place)
        return [self._quoted(place, chosen) for place in sorted(shown)]

    def _quoted(self, place: int, chosen: set[int]) -> Recalled:
        lines: list[str] = []
        left_out = False
        for at, piece in enumerate(self._cut[place]):
            if self._flat[place, at] not in chosen:
                left_out = True
                continue
            lines += ["[…]"] if left_out and lines else []
            lines.append(piece.text)
            left_out = False
        return Recalled(place, self._messages[place]["role"], "\n".join(lines))

    def _order(self) -> Iterator[int]:
        """Pieces to show, the most wanted first."""
        firsts = list(dict.fromkeys([*self._counted(), *self._best_of_each_word(), *self._literal]))[:MOST_TELLING]
        if not firsts:
            return
        yield from firsts
        for index in firsts:
            yield from self._later(index)
            yield from self._answer(index)
            yield from self._replies(index)
        best = max(self._score)
        ranked = sorted(range(len(self._score)), key=lambda index: (-self._score[index], -index))
        ranked = [index for index in ranked if self._score[index] >= self._floor * best]
        strong = [index for index in ranked if self._own[index] > STRONG * best][:MOST_TELLING]
        for index in strong:
            yield index
            yield from self._later(index)
            yield from self._answer(index)
        for index in strong:
            yield from self._led(index)
        for index in strong:
            yield from self._replies(index)
        yield from ranked
        for index in [*firsts, *strong]:
            if index + 1 < len(self._all) and self._all[index + 1][0] == self._all[index][0]:
                yield index + 1

    def _answer(self, index: int) -> Iterator[int]:
        """What the next message begins with, where a piece ends its message with a question; and the code in it."""
        place = self._all[index][0]
        if index + 1 == len(self._all) or self._all[index + 1][0] != place + 1:
            return
        if self._piece(index).text.rstrip(" *_\"'”’)）").endswith(("?", "？", "か。", "吗。")):
            yield index + 1
        yield from (self._flat[place + 1, at] for at, each in enumerate(self._cut[place + 1]) if "```" in each.text)

    def _replies(self, index: int) -> Iterator[int]:
        """The short messages right after: "and it is Thursdays now" has no word of what it corrects."""
        place = self._all[index][0]
        for after in range(place + 1, min(place + 1 + REPLIES, len(self._cut))):
            if len(text_of(self._messages[after])) > SHORT:
                return
            yield from (self._flat[after, at] for at in range(len(self._cut[after])))

    def _led(self, index: int) -> Iterator[int]:
        """The items of a list that is asked for as a whole: none of them has more of the request than what leads it."""
        place, at = self._all[index]
        below = [self._flat[place, each] for each, piece in enumerate(self._cut[place]) if piece.lead == at]
        if below and max(self._own[each] for each in below) <= self._own[index]:
            yield from below

    def _best_of_each_word(self) -> list[int]:
        """For each telling word of the request the piece with it that scores most; the later of equals."""
        least = STRONG * max(self._wanted.values(), default=0.0)
        strong = [term for term, weight in self._wanted.items() if weight and weight >= least and term not in _WEAK]
        strong.sort(key=lambda term: -self._wanted[term])
        best: dict[str, int] = {}
        for index, found in enumerate(self._terms):
            for term in strong:
                if term in found and (term not in best or self._score[index] >= self._score[best[term]]):
                    best[term] = index
        return sorted({best[term] for term in strong if term in best}, key=lambda index: -self._score[index])

    def _counted(self) -> list[int]:
        """The items that the request's numbers count: in the likeliest list, and in the assistant's last one."""
        asked = numbers(self._request)[:MOST_NAMED]
        if not asked:
            return []
        found: list[int] = []
        lists = self._lists()
        if is_of_suggestions(self._request):
            lists = [each for each in lists if self._messages[self._all[each[0]][0]]["role"] == "assistant"] or lists
        for number in asked:
            having = [(items, hit) for items in lists for hit in [self._item(items, number)] if hit is not None]
            if not having:
                continue
            likeliest = max(having, key=lambda each: (self._about(each[0]), each[0][0]))
            found += [likeliest[1]] if self._about(likeliest[0]) > 0 else []
            found += [having[-1][1]] if is_of_suggestions(self._request) else []
        return list(dict.fromkeys(found))

    def _item(self, items: list[int], number: int) -> int | None:
        if number == -1:
            return items[-1]
        return next((index for index in items if number in self._piece(index).numbers), None)

    def _lists(self) -> list[list[int]]:
        """The items or rows that stand together, in the chat's order."""
        found: list[list[int]] = []
        before: tuple[int, int | None] | None = None
        for index, (place, _) in enumerate(self._all):
            piece = self._piece(index)
            here = (place, piece.lead)
            if not piece.numbers:
                before = None
            elif here == before:
                found[-1].append(index)
            else:
                found.append([index])
                before = here
        return found

    def _about(self, items: list[int]) -> float:
        """How much a list, with what leads to it, has of the request's words, numbers apart."""
        wanted = {term for term in self._wanted if not any(map(str.isdigit, term)) and term not in _WEAK}
        place, lead = self._all[items[0]][0], self._piece(items[0]).lead
        near = [*items, *([self._flat[place, lead]] if lead is not None else []), max(0, items[0] - 1)]
        there = {term for index in near for term in self._terms[index]} & wanted
        return sum(self._wanted[term] for term in there)

    def _later(self, index: int) -> Iterator[int]:
        """Later pieces about the same thing: the one that shares most of the rarer words, and the last that does."""
        most = max(FEW, int(RARE * len(self._all)))
        telling = {
            term
            for term in self._terms[index]
            if self._ranking.seen_in[term] <= most and term not in _WEAK and not any(map(str.isdigit, term))
        }
        shared = {
            later: sum(self._weight(term) for term in telling.intersection(self._terms[later]))
            for later in range(index + 1, len(self._all))
            if not telling.isdisjoint(self._terms[later])
        }
        if shared:
            yield max(shared, key=lambda later: (shared[later], later))
            yield max(shared)

    def _quotations(self) -> Iterator[tuple[int, float]]:
        names = [fold(each) for each in quoted(self._request) if len(each) > 1][:MOST_NAMED]
        for index in range(len(self._all)) if names else ():
            text = fold(self._piece(index).text)
            if hits := sum(name in text for name in names):
                yield index, QUOTED * hits

    def _around(self, index: int) -> Iterator[float]:
        """The scores of what stands beside a piece in its message, and before its list."""
        place, lead = self._all[index][0], self._piece(index).lead
        yield 0.0
        if index and self._all[index - 1][0] == place:
            yield self._own[index - 1] / 2
        if lead is not None:
            yield self._own[self._flat[place, lead]]
        if index + 1 < len(self._all) and self._all[index + 1][0] == place:
            yield self._own[index + 1] / 2

    def _weight(self, term: str) -> float:
        return self._ranking.weight(term) * (1.0 if self._tells(term) else WEAK)

    def _tells(self, term: str) -> bool:
        """Whether a word can tell one thing from others."""
        count = len(self._all)
        return term not in _WEAK and not (count >= MANY and self._ranking.seen_in[term] > COMMON * count)

    def _piece(self, index: int) -> Piece:
        place, at = self._all[index]
        return self._cut[place][at]


def _terms(text: str) -> list[str]:
    """Terms, and each number with the word beside it: "item 2" is told from another item and another 2."""
    plain = terms(text)
    beside = [f"{one} {other}" for one, other in pairwise(plain) if one.isdigit() != other.isdigit()]
    return [*plain, *beside]
