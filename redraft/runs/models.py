"""The shapes of a run: what starts one, what it leaves behind, and what a client sees of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import orjson
from pydantic import BaseModel, Field

from redraft.llm import Call, Cut, Message
from redraft.web.idempotency import Idempotency
from redraft.web.openapi import one_of

Status = Literal["queued", "running", "done", "stopped", "failed"]
OnDisconnect = Literal["continue", "cancel"]
LIVE: tuple[Status, ...] = ("queued", "running")
ENDED: tuple[Status, ...] = ("done", "stopped", "failed")

LARGEST_RUN = 10_000_000
"""Bytes of a new run: above what a body of the default size makes, and what is said and proposed must fit beside them
into one document of MongoDB, which has 16 MB."""


@dataclass(frozen=True)
class Turn:
    """A run's place in a conversation: it answers `messages`, which follow the first `after` messages.

    `after` is None while the run waits for the turns before it: its messages are not in the conversation then.
    """

    conversation_id: str
    after: int | None
    messages: list[Message]


@dataclass(frozen=True)
class Wait:
    """A place among the runs that wait for a conversation; the lowest goes first. `interrupts` is a run to stop."""

    place: int
    interrupts: str | None = None


@dataclass(frozen=True)
class NewRun:
    """Everything a run needs, so that any replica can do it, now or after a crash.

    `input` is plain JSON and complete: the messages, the document and the reflections as they were when the turn was
    accepted. With a `turn`, the messages are that turn's instead, after those of its conversation, which are read when
    the work begins; the messages of both sides are kept there, and no other run can be active there at the same time.
    `on_disconnect` says what becomes of the run when the client that started it leaves.
    """

    kind: str
    owner_id: str
    input: dict[str, Any]
    turn: Turn | None = None
    on_disconnect: OnDisconnect = "continue"
    idempotency: Idempotency | None = None

    def size(self) -> int:
        """The bytes of what is kept of it until it has ended, as JSON."""
        return len(orjson.dumps([self.input, [] if self.turn is None else self.turn.messages]))


@dataclass(frozen=True)
class Outcome:
    """What a kind's work comes to: the assistant's `message`, and the JSON that the call answers.

    `result["cut"]` is there where the message is not all that the model would have said, and says why (`Cut`).
    `links_added` are the addresses of the message that nothing in the chat or the input had; the engine finds them.
    """

    message: str | None = None
    result: dict[str, Any] = field(default_factory=dict)
    links_added: list[str] = field(default_factory=list)

    @property
    def cut(self) -> Cut | None:
        cut: Cut | None = self.result.get("cut")
        return cut


@dataclass(frozen=True)
class Usage:
    """What a run cost, over all its model calls and attempts.

    `None` where the model's server did not tell, or the price is not known. `cost` is for showing: exact sums are made
    of the calls. Times are seconds since the run was accepted; the first token is the first one shown, or where none
    is shown the first that a model wrote.
    """

    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    cost: float | None
    currency: str
    time_to_first_token: float | None
    duration: float
    repeated: dict[str, Any] | None = None


@dataclass(frozen=True)
class Position:
    """How much of a run is stored: by how many writes, and how many events, calls and finished steps."""

    writes: int = 0
    events: int = 0
    calls: int = 0
    steps: int = 0


@dataclass(frozen=True)
class RunRecord:
    """A run as it is stored. `outcome` is there once it has ended, `problem` too when it failed.

    `steps` (name and answer) and `under_way` (calls that had begun) are for whoever takes the run over. `wait` is its
    place while it is `queued`; `waited` says that it was.
    """

    id: str
    owner_id: str
    kind: str
    status: Status
    attempt: int
    input: dict[str, Any]
    turn: Turn | None
    on_disconnect: OnDisconnect
    created_at: datetime
    ended_at: datetime | None = None
    position: Position = Position()
    calls: tuple[Call, ...] = ()
    steps: tuple[tuple[str, str], ...] = ()
    under_way: tuple[Call, ...] = ()
    outcome: Outcome | None = None
    problem: dict[str, Any] | None = None
    usage: Usage | None = None
    budget_id: str | None = None
    wait: Wait | None = None
    waited: bool = False

    @classmethod
    def begun(
        cls, run_id: str, new: NewRun, created_at: datetime, budget_id: str | None, wait: Wait | None
    ) -> "RunRecord":
        """The record of a run that starts, or waits, now. `budget_id` is the budget that pays, if any limits it."""
        return cls(
            id=run_id,
            owner_id=new.owner_id,
            kind=new.kind,
            status="running" if wait is None else "queued",
            attempt=1,
            input=new.input,
            turn=new.turn,
            on_disconnect=new.on_disconnect,
            created_at=created_at,
            budget_id=budget_id,
            wait=wait,
        )

    @property
    def answer_id(self) -> str:
        """The id of the assistant's message: derived, so that storing it twice stores one."""
        return "msg_" + self.id.removeprefix("run_")

    @property
    def message_status(self) -> Literal["complete", "stopped", "cut"]:
        """How much the assistant's message is of what there was to say."""
        if self.status != "done":
            return "stopped"
        return "cut" if self.outcome is not None and self.outcome.cut else "complete"

    @property
    def ended(self) -> bool:
        return self.status in ENDED


class Repeated(BaseModel):
    """What a run asked in vain, because a later attempt had to ask again; part of its sums."""

    attempts: int = Field(description="In which the run asked models")
    calls: int
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None


class RunUsage(BaseModel):
    """Tokens, money and seconds of a run; null is unknown."""

    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    cost: float | None
    currency: str
    time_to_first_token: float | None
    duration: float
    repeated: Repeated | None = Field(None, description="Null where nothing was asked twice")


class RunView(BaseModel):
    """A run as its owner sees it.

    `asked` are the new messages of a turn in a conversation, until its time for replay is over. `message` is the text
    that was written, also of a run that failed or was stopped.
    """

    id: str
    kind: str
    status: Status
    attempt: int
    conversation_id: str | None
    created_at: datetime
    ended_at: datetime | None
    asked: list[dict[str, Any]]
    message: str | None
    links_added: list[str]
    result: dict[str, Any] | None = Field(
        description="What the call that started the run answers; null until then, where the run failed, and of an edit "
        "that was stopped",
        json_schema_extra=one_of("ChatAnswer", "ProposalView", "SummaryAnswer", "Learned"),
    )
    error: dict[str, Any] | None = Field(
        description="Why it failed: what the call that started it was refused with", json_schema_extra=one_of("Problem")
    )
    usage: RunUsage | None
