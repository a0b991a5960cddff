"""What a run shows while it works: one class for each event.

They are data, kept as such and read by any replica. What a client gets of them is an encoder's business (see `native`).
`name` and `data()` are how an event is stored, and how our own protocol sends it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

Json = dict[str, Any]
ATTEMPT = 1_000_000
"""Ids of one attempt: the next one's begin there, so that ids only grow."""


@dataclass(frozen=True, slots=True)
class RunQueued:
    """The turn waits for those before it in its conversation."""

    name: ClassVar[str] = "queued"
    run_id: str

    def data(self) -> Json:
        """Its fields."""
        return {"run_id": self.run_id}


@dataclass(frozen=True, slots=True)
class RunStarted:
    """Work begins. `agent` is the run's kind, `model` what talks are answered by, as `provider:name`."""

    name: ClassVar[str] = "run"
    run_id: str
    agent: str
    model: str

    def data(self) -> Json:
        """Its fields."""
        return {"run_id": self.run_id, "agent": self.agent, "model": self.model}


@dataclass(frozen=True, slots=True)
class RunRestarted:
    """Another attempt begins: all that was shown so far is to be forgotten."""

    name: ClassVar[str] = "restart"
    attempt: int

    def data(self) -> Json:
        """Its fields."""
        return {"attempt": self.attempt}


@dataclass(frozen=True, slots=True)
class Token:
    """The next words of the answer."""

    name: ClassVar[str] = "token"
    text: str

    def data(self) -> Json:
        """Its fields."""
        return {"text": self.text}


@dataclass(frozen=True, slots=True)
class HunkFound:
    """A change that is complete while the edit is still being made, as `edits.models.HunkView` has it."""

    name: ClassVar[str] = "hunk"
    hunk: Json

    def data(self) -> Json:
        """The hunk."""
        return self.hunk


@dataclass(frozen=True, slots=True)
class ProposalMade:
    """All changes of an edit, as `edits.models.ProposalView` has them."""

    name: ClassVar[str] = "proposal"
    proposal: Json

    def data(self) -> Json:
        """The proposal."""
        return self.proposal


@dataclass(frozen=True, slots=True)
class MemoryChanged:
    """What was learned, changed and forgotten, or was not told, as `reflections.models.Memory` has it."""

    name: ClassVar[str] = "memory"
    memory: Json

    def data(self) -> Json:
        """What became of the memory."""
        return self.memory


@dataclass(frozen=True, slots=True)
class UsageCounted:
    """What the run cost, as `RunUsage` has it."""

    name: ClassVar[str] = "usage"
    usage: Json

    def data(self) -> Json:
        """The usage."""
        return self.usage


@dataclass(frozen=True, slots=True)
class RunDone:
    """The end of a run that did not fail, with its answer: also of one that was stopped."""

    name: ClassVar[str] = "done"
    message: Json

    def data(self) -> Json:
        """The answer."""
        return {"message": self.message}


@dataclass(frozen=True, slots=True)
class RunFailed:
    """The end of a run that failed; `problem` is the error as a call would answer it (RFC 9457)."""

    name: ClassVar[str] = "error"
    problem: Json

    def data(self) -> Json:
        """The problem."""
        return self.problem


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """An event that a replica of a newer version stored: it is passed on as it is."""

    name: str
    content: Json

    def data(self) -> Json:
        """What was stored."""
        return self.content


Event = (
    RunQueued
    | RunStarted
    | RunRestarted
    | Token
    | HunkFound
    | ProposalMade
    | MemoryChanged
    | UsageCounted
    | RunDone
    | RunFailed
    | OtherEvent
)


class Shown(NamedTuple):
    """An event with its id: `(attempt - 1) * 1_000_000 + sequence`, where the sequence starts at 1 and has no gaps."""

    id: int
    event: Event

    @property
    def seq(self) -> int:
        """The sequence number."""
        return self.id % ATTEMPT


class Encoder(Protocol):
    """A client's protocol: makes events into what goes over the wire."""

    def __call__(self, events: Sequence[Shown]) -> bytes:
        """These events; none are given where nothing has happened for a while, so that the connection stays open."""
        ...


def event_of(name: str, data: Json) -> Event:
    """The event that was stored under this name."""
    match name:
        case "token":
            return Token(data["text"])
        case "run":
            return RunStarted(data["run_id"], data["agent"], data["model"])
        case "queued":
            return RunQueued(data["run_id"])
        case "restart":
            return RunRestarted(data["attempt"])
        case "hunk":
            return HunkFound(data)
        case "proposal":
            return ProposalMade(data)
        case "memory":
            return MemoryChanged(data)
        case "usage":
            return UsageCounted(data)
        case "done":
            return RunDone(data["message"])
        case "error":
            return RunFailed(data)
        case _:
            return OtherEvent(name, data)


def text_of(events: Iterable[Shown]) -> str:
    """The tokens since the last restart, joined."""
    pieces: list[str] = []
    for _, event in events:
        if isinstance(event, Token):
            pieces.append(event.text)
        elif isinstance(event, RunRestarted):
            pieces.clear()
    return "".join(pieces)
