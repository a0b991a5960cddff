"""What is known of a user, as the agents are told it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reflection:
    """One rule or fact in a sentence, with the ids of the messages it rests on."""

    id: str
    text: str
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reflections:
    """How the user wants things written (`style`), and what is so about the user and the work (`facts`)."""

    style: tuple[Reflection, ...] = field(default=())
    facts: tuple[Reflection, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.style or self.facts)
