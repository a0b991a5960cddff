"""What is written down while harm is done: each client's events, and what the model was asked."""

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

ATTEMPT = 1_000_000
LAST = ("done", "error")


class Event(NamedTuple):
    """One event as it came; `data` is its JSON text."""

    id: int
    name: str
    data: str

    @property
    def attempt(self) -> int:
        return self.id // ATTEMPT + 1

    @property
    def seq(self) -> int:
        return self.id % ATTEMPT

    @property
    def said(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.data)
        return told


@dataclass
class Turn:
    """One question, and what its sender saw of it.

    `stopped` says that somebody asked to stop it. `began`, `accepted` and `over` are seconds of one clock: when it was
    first sent, when its run was known, and when its sender had read its end.
    """

    question: str
    conversation: str
    if_active: str = "reject"
    began: float = 0.0
    accepted: float | None = None
    over: float | None = None
    run_id: str | None = None
    stopped: bool = False
    events: list[Event] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        return bool(self.events) and self.events[-1].name in LAST

    @property
    def last_id(self) -> int:
        return self.events[-1].id if self.events else 0

    @property
    def message(self) -> dict[str, Any] | None:
        """The assistant's message, as the turn's end told it; None before that, and when it ended in an error."""
        if not self.ended or self.events[-1].name != "done":
            return None
        message: dict[str, Any] = self.events[-1].said["message"]
        return message


@dataclass
class Asked:
    """One request that reached the model. Its `number` is what it counts as input tokens, so no two count the same."""

    number: int
    question: str
    told_all: bool = False


@dataclass(frozen=True)
class Charge:
    """One row of the record of calls."""

    run_id: str
    input_tokens: int | None
    output_tokens: int | None
    outcome: str
    estimated: bool


def parse(lines: list[str]) -> Event | None:
    """The event of these lines; None where they are only a comment."""
    fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
    return Event(int(fields["id"]), fields["event"], fields["data"]) if fields else None
