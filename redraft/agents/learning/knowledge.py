"""What is known of a user, and the rules by which claims change it. Nothing goes without being named.

- The user's own items, written or confirmed, are never changed: what says otherwise is noted beside them.
- The time of the messages decides what is newer, not the time of learning.
- What was deleted does not return from messages of before its deletion.
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from redraft.agents.addresses import addresses_in, without_addresses
from redraft.agents.learning.claims import Claim
from redraft.agents.learning.terms import terms, words
from redraft.agents.memory import KINDS, Contradiction, Evidence, Kind, Reflection, Reflections, Scope

MOST_OF_EACH = 50
"""How many style rules, and how many facts, are kept of a user."""
LONGEST_TEXT = 200
"""Characters of an item that is learned; a longer one loses its last sentences, or is not kept."""
MOST_EVIDENCE = 20
SIMILAR = 0.5
"""Of the words of two items, how many are common where one is taken for what was deleted."""
SAME_CLAUSE, LEAST_CLAUSE = 0.75, 3
"""The same of two clauses, and how many words one must have to be taken for a whole statement."""
_CLAUSE_END = re.compile(r"[,;，；、。]|[.!?…](?:\s|$)")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s|(?<=[。！？])")
_ARTICLES = frozenset(
    ["a", "an", "the", "der", "die", "das", "den", "el", "la", "los", "las", "le", "les", "o", "os", "il"]
)

Why = Literal["not said", "deleted", "older", "too long", "no room", "unknown", "only an address", "this chat only"]


@dataclass(frozen=True)
class Forgotten:
    """An item that was deleted, and when."""

    id: str
    kind: Kind
    text: str
    at: datetime


@dataclass
class Ledger:
    """What became of the claims, by id: `before` is each changed item as it was. `left_out` is told with the reason."""

    learned: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    forgotten: list[Forgotten] = field(default_factory=list)
    contradicted: list[str] = field(default_factory=list)
    gave_way: list[Reflection] = field(default_factory=list)
    left_out: list[tuple[str, Why]] = field(default_factory=list)
    before: dict[str, Reflection] = field(default_factory=dict)


class Knowledge:
    """The items of a user while a chat is learned from. `ids` names new ones, `now` is when they are made."""

    def __init__(self, known: Reflections, forgotten: Sequence[Forgotten], ids: Iterable[str], now: datetime) -> None:
        self.items: dict[Kind, list[Reflection]] = {kind: list(known.of(kind)) for kind in KINDS}
        self.forgotten = list(forgotten)
        self.ledger = Ledger()
        self._ids = iter(ids)
        self._now = now

    @property
    def reflections(self) -> Reflections:
        """All items as they are by now."""
        return Reflections(tuple(self.items["style"]), tuple(self.items["facts"]))

    @property
    def changes(self) -> int:
        """How much has changed so far."""
        ledger = self.ledger
        return len(ledger.learned) + len(ledger.changed) + len(ledger.forgotten) + len(ledger.contradicted)

    def take(self, claim: Claim, item_id: str | None, evidence: Sequence[Evidence], scope: Scope,
             own_addresses: Iterable[str]) -> None:  # fmt: skip
        """Do what a claim says, as far as the rules let it. `item_id` is that of the known item that it is about."""
        if not evidence:
            self.leave_out(claim.text, "not said")
            return
        text, why = _fit(claim.text, set(own_addresses))
        if why is not None and claim.do in ("add", "replace"):
            self.leave_out(claim.text, why)
            return
        claim = replace(claim, text=text)
        if claim.do == "add":
            self._add(claim, tuple(evidence), scope)
            return
        found = self._find(item_id)
        if found is None:
            self.leave_out(claim.text, "unknown")
            return
        kind, place = found
        self._change(kind, place, claim, tuple(evidence))

    def leave_out(self, text: str, why: Why) -> None:
        """Name something that is not kept."""
        if (text, why) not in self.ledger.left_out:
            self.ledger.left_out.append((text, why))

    def _add(self, claim: Claim, evidence: tuple[Evidence, ...], scope: Scope) -> None:
        kind = claim.kind
        for place, each in enumerate(self.items[kind]):
            if each.scope in (scope, Scope()) and _same(each.text, claim.text):
                self._also(kind, place, evidence)
                return
        if self._was_deleted(claim.text, evidence):
            self.leave_out(claim.text, "deleted")
            return
        if len(self.items[kind]) >= MOST_OF_EACH and not self._make_room(kind):
            self.leave_out(claim.text, "no room")
            return
        item = Reflection(
            next(self._ids), claim.text, evidence, addresses_in(claim.text), scope=scope,
            created_at=self._now, updated_at=self._now,
        )  # fmt: skip
        self.items[kind].append(item)
        self.ledger.learned.append(item.id)

    def _change(self, kind: Kind, place: int, claim: Claim, evidence: tuple[Evidence, ...]) -> None:
        item = self.items[kind][place]
        if claim.do == "same" or (claim.do == "replace" and _same(item.text, claim.text)):
            self._also(kind, place, evidence)
            return
        newest = max((each.at for each in evidence if each.at is not None), default=self._now)
        if item.is_own:
            self._contradict(kind, place, claim, evidence, newest)
            return
        if item.said_at is not None and newest < item.said_at:
            self.leave_out(claim.text or item.text, "older")
            return
        if claim.do == "remove":
            del self.items[kind][place]
            gone = Forgotten(item.id, kind, item.text, newest)
            self.forgotten.append(gone)
            self.ledger.before.setdefault(item.id, item)
            self.ledger.forgotten.append(gone)
        elif self._was_deleted(claim.text, evidence):
            self.leave_out(claim.text, "deleted")
        else:
            made = replace(item, text=claim.text, evidence=evidence, addresses=addresses_in(claim.text))
            self._put(kind, place, made, self.ledger.changed)

    def _also(self, kind: Kind, place: int, evidence: tuple[Evidence, ...]) -> None:
        """The same was said once more: one item with both sources."""
        item = self.items[kind][place]
        known = {(each.message_id, each.conversation_id) for each in item.evidence}
        more = [each for each in evidence if (each.message_id, each.conversation_id) not in known]
        if more:
            made = replace(item, evidence=(*item.evidence, *more)[-MOST_EVIDENCE:])
            self._put(kind, place, made, self.ledger.changed)

    def _contradict(
        self, kind: Kind, place: int, claim: Claim, evidence: tuple[Evidence, ...], newest: datetime
    ) -> None:
        item = self.items[kind][place]
        written = item.updated_at or item.created_at
        if written is not None and newest < written:
            self.leave_out(claim.text or item.text, "older")
            return
        told = Contradiction(claim.text if claim.do == "replace" else None, evidence)
        self._put(kind, place, replace(item, contradiction=told), self.ledger.contradicted)

    def _put(self, kind: Kind, place: int, item: Reflection, told: list[str]) -> None:
        before = self.items[kind][place]
        touched = item.updated_at if item.text == before.text else self._now
        self.items[kind][place] = replace(item, updated_at=touched)
        if item.id in self.ledger.learned:
            return
        self.ledger.before.setdefault(item.id, before)
        if item.id not in told:
            told.append(item.id)

    def _make_room(self, kind: Kind) -> bool:
        """Let the item go that was said longest ago; never one of the user's own."""
        others = [each for each in self.items[kind] if not each.is_own]
        if not others:
            return False
        oldest = min(others, key=lambda each: (each.said_at or each.created_at or self._now).timestamp())
        self.items[kind].remove(oldest)
        self.ledger.before.setdefault(oldest.id, oldest)
        self.ledger.gave_way.append(oldest)
        return True

    def _was_deleted(self, text: str, evidence: Sequence[Evidence]) -> bool:
        """Whether this was deleted, and nobody has said it since. A new statement lifts the mark."""
        newest = max((each.at for each in evidence if each.at is not None), default=self._now)
        return any(newest <= each.at and _similar(each.text, text) for each in self.forgotten)

    def _find(self, item_id: str | None) -> tuple[Kind, int] | None:
        for kind, items in self.items.items():
            for place, each in enumerate(items):
                if each.id == item_id:
                    return kind, place
        return None


def _fit(text: str, own: set[str]) -> tuple[str, Why | None]:
    """The text without addresses that are not the user's, and no longer than it may be; or why it cannot be kept."""
    text = without_addresses(text, own)
    if not text:
        return "", "only an address"
    while len(text) > LONGEST_TEXT:
        ends = list(_SENTENCE_END.finditer(text[:-1]))
        if not ends:
            return text, "too long"
        text = text[: ends[-1].start()].rstrip()
    return text, None


def _same(one: str, other: str) -> bool:
    """Whether two say the same in other spelling or order: a single other word may turn one into its contrary."""
    return words(one) - _ARTICLES == words(other) - _ARTICLES


def _similar(one: str, other: str) -> bool:
    """Whether two say much the same, or one clause of theirs does: an old chat says a thing beside another one."""
    clauses = itertools.product(_CLAUSE_END.split(one), _CLAUSE_END.split(other))
    return _share(one, other) > SIMILAR or any(_share(*pair, least=LEAST_CLAUSE) > SAME_CLAUSE for pair in clauses)


def _share(one: str, other: str, least: int = 1) -> float:
    """Of the words of the shorter text, how many are in the other; 0 where it has fewer than `least`."""
    first, second = terms(one) - _ARTICLES, terms(other) - _ARTICLES
    smaller = min(len(first), len(second))
    return len(first & second) / smaller if smaller >= least else 0.0
