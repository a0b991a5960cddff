"""What is known of a user, as the agents are told it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from redraft.agents.addresses import without_addresses
from redraft.llm import estimate

Kind = Literal["style", "facts"]
KINDS: tuple[Kind, Kind] = ("style", "facts")
Of = Literal["user", "document", "conversation"]
Origin = Literal["learned", "user"]


@dataclass(frozen=True)
class Evidence:
    """A message that says so: its telling words as `quote`, empty where nobody noted them, and when it was said."""

    message_id: str
    quote: str = ""
    at: datetime | None = None
    conversation_id: str | None = None


@dataclass(frozen=True)
class Scope:
    """Where an item belongs: everywhere (`user`), or to one document, by its name, or one conversation, by its id."""

    of: Of = "user"
    id: str | None = None


@dataclass(frozen=True)
class Contradiction:
    """What a chat says instead of an item that the user vouches for; without `text`, that it is to be forgotten."""

    text: str | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Reflection:
    """One rule or fact in a sentence, with the messages it rests on.

    `addresses` are those in the text that the user wrote; one that was kept before they were noted has none. `rev`
    counts how often it was changed, so that a change that was made of an older one is known.
    """

    id: str
    text: str
    evidence: tuple[Evidence, ...] = ()
    addresses: tuple[str, ...] = ()
    origin: Origin = "learned"
    confirmed: bool = False
    scope: Scope = Scope()
    contradiction: Contradiction | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    used_at: datetime | None = None
    rev: int = 0

    @property
    def shown(self) -> str:
        """The text as a model is told it: with no address but the user's own. It may be empty."""
        return without_addresses(self.text, self.addresses)

    @property
    def message_ids(self) -> tuple[str, ...]:
        """The ids of the messages it rests on."""
        return tuple(dict.fromkeys(each.message_id for each in self.evidence))

    @property
    def is_own(self) -> bool:
        """Whether the user wrote it or vouches for it: then nothing that is learned changes it."""
        return self.origin == "user" or self.confirmed

    @property
    def said_at(self) -> datetime | None:
        """When the newest message that says so was said."""
        return max((each.at for each in self.evidence if each.at is not None), default=None)


@dataclass(frozen=True)
class Reflections:
    """How the user wants things written (`style`), and what is so about the user and the work (`facts`)."""

    style: tuple[Reflection, ...] = field(default=())
    facts: tuple[Reflection, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.style or self.facts)

    def of(self, kind: Kind) -> tuple[Reflection, ...]:
        """Those of one kind."""
        return self.style if kind == "style" else self.facts

    def about(self, document: str | None, conversation_id: str | None) -> "Reflections":
        """Those that belong here: everywhere, to the document of this name, or to this conversation."""
        here = {Scope(), Scope("document", document), Scope("conversation", conversation_id)}
        return self.only({each.id for each in (*self.style, *self.facts) if each.scope in here})

    def only(self, ids: Collection[str]) -> "Reflections":
        """Those with these ids."""
        style, facts = (tuple(each for each in items if each.id in ids) for items in (self.style, self.facts))
        return Reflections(style, facts)

    def fitting(self, tokens: int) -> tuple["Reflections", tuple[str, ...]]:
        """As many as fit into so many tokens, and the ids of those that do not, the user's own as the last of them.

        Rules for the style come before facts, and what was said or changed last before what is older.
        """
        left, told = tokens, set[str]()
        ranked = sorted((*self.facts, *self.style), key=lambda each: (each.is_own, each in self.style, _age(each)))
        left_out: list[str] = []
        for each in reversed(ranked):
            cost = estimate(each.text) + 2
            if cost <= left:
                left -= cost
                told.add(each.id)
            else:
                left_out.insert(0, each.id)
        return self.only(told), tuple(left_out)


def _age(item: Reflection) -> float:
    newest = max((at for at in (item.said_at, item.updated_at, item.created_at) if at is not None), default=None)
    return newest.timestamp() if newest else 0.0
