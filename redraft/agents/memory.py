"""What is known of a user, as the agents are told it."""

from dataclasses import dataclass, field

from redraft.agents.addresses import without_addresses


@dataclass(frozen=True)
class Reflection:
    """One rule or fact in a sentence, with the ids of the messages it rests on.

    `addresses` are those in the text that the user wrote; one that was kept before they were noted has none.
    """

    id: str
    text: str
    message_ids: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The text as a model is told it: with no address but the user's own. It may be empty."""
        return without_addresses(self.text, self.addresses)


@dataclass(frozen=True)
class Reflections:
    """How the user wants things written (`style`), and what is so about the user and the work (`facts`)."""

    style: tuple[Reflection, ...] = field(default=())
    facts: tuple[Reflection, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.style or self.facts)
