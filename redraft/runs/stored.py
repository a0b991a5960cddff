"""Runs as MongoDB holds them, and the writes that change them.

Text of users and models (input, messages, events, outcome) is stored as JSON, sealed with its owner's key.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from redraft.db import Document
from redraft.llm import Call
from redraft.runs.journal import UnderWay
from redraft.runs.log import Batch
from redraft.runs.models import NewRun, Outcome, Position, RunRecord, Status, Turn, Usage, Wait
from redraft.vault import OwnerKey, Place
from redraft.web.idempotency import Idempotency

COLLECTION = "runs"


@dataclass(frozen=True)
class Lease:
    """Who works on a run: the replica, and the token of this one grant."""

    replica: str
    token: str


@dataclass(frozen=True)
class Held:
    """A run that has not ended, as somebody sees it who may take it over."""

    run_id: str
    owner_id: str
    lease: Lease
    status: Status
    stop_asked: bool
    attempt: int = 1


@dataclass(frozen=True)
class Progress:
    """What a worker adds to its run after what is `stored`. `under_way` are the calls that have not ended."""

    run_id: str
    owner_id: str
    token: str
    key: OwnerKey
    attempt: int
    stored: Position
    batches: tuple[Batch, ...]
    calls: tuple[Call, ...]
    steps: tuple[tuple[str, str], ...]
    under_way: tuple[UnderWay, ...]

    @property
    def after(self) -> Position:
        """How much is stored once this is."""
        return Position(
            writes=self.stored.writes + 1,
            events=self.stored.events + sum(batch.count for batch in self.batches),
            calls=self.stored.calls + len(self.calls),
            steps=self.stored.steps + len(self.steps),
        )


@dataclass(frozen=True)
class End:
    """How a run ended."""

    status: Status
    outcome: Outcome | None
    problem: dict[str, Any] | None
    usage: Usage
    ended_at: datetime


def begun(record: RunRecord, new: NewRun, lease: Lease, key: OwnerKey) -> Document:
    """A run that was just accepted."""
    document: Document = {
        "_id": record.id,
        "owner_id": new.owner_id,
        "kind": new.kind,
        "status": record.status,
        "attempt": 1,
        "lease": asdict(lease),
        "input": key.seal_json(new.input, _place("input", record.id)),
        "on_disconnect": new.on_disconnect,
        "events": [],
        "writes": 0,
        "event_count": 0,
        "calls": [],
        "created_at": record.created_at,
    }
    if record.budget_id is not None:
        document["budget_id"] = record.budget_id
    if new.turn is not None:
        turn = new.turn
        messages = key.seal_json(turn.messages, _place("turn.messages", record.id))
        document["turn"] = {"conversation_id": turn.conversation_id, "messages": messages}
        if turn.after is not None:
            document["turn"]["after"] = turn.after
        if record.wait is not None:
            document["queued"] = {"conversation_id": turn.conversation_id, **asdict(record.wait)}
    if new.idempotency is not None:
        document["idempotency"] = idempotency_hashes(new.idempotency, key)
    return document


def idempotency_hashes(sent: Idempotency, key: OwnerKey) -> Document:
    """The client's key and its request's fingerprint as a run keeps them: keyed hashes, from which nothing is guessed.

    Runs that were accepted before there were hashes keep both as they came, under the same names, until they are
    deleted; so one look by `key` finds either.
    """
    return {
        "key": key.digest(f"runs.idempotency.key\0{sent.key}"),
        "fingerprint": key.digest(f"runs.idempotency.fingerprint\0{sent.fingerprint}"),
    }


def held(progress: Progress) -> Document:
    """The filter of a worker's write: its lease, and the writes it knows of. Done twice, it finds nothing."""
    mine = {"_id": progress.run_id, "owner_id": progress.owner_id, "lease.token": progress.token}
    return mine | {"writes": progress.stored.writes}


def additions(progress: Progress) -> dict[str, Any]:
    """The update that adds a worker's progress."""
    after = progress.after
    update: dict[str, Any] = {
        "$set": {"writes": after.writes, "event_count": after.events},
        "$max": {"attempt": progress.attempt},  # the next one may have begun before this arrived
    }
    if progress.under_way:
        update["$set"]["under_way"] = [_call(each.call) for each in progress.under_way]
    else:
        update["$unset"] = {"under_way": ""}
    pushed: dict[str, Any] = {}
    if progress.batches:
        run_id, key = progress.run_id, progress.key
        sealed = [asdict(batch) | {"text": key.seal(batch.text, _events(run_id, batch))} for batch in progress.batches]
        pushed["events"] = {"$each": sealed}
    if progress.calls:
        pushed["calls"] = {"$each": [_call(call) for call in progress.calls]}
    if progress.steps:
        place = _place("steps", progress.run_id)
        pushed["steps"] = {"$each": [progress.key.seal_json(step, place) for step in progress.steps]}
    if pushed:
        update["$push"] = pushed
    return update


def placed(progress: Progress, turn: Turn) -> dict[str, Any]:
    """The update that gives a run that waited its place in its conversation."""
    update = additions(progress)
    update["$set"] |= {"status": "running", "turn.after": turn.after, "waited": True}
    update["$unset"] = update.get("$unset", {}) | {"queued": ""}
    return update


def ended(last: Progress, end: End, replay: timedelta, *, bare: bool = False) -> dict[str, Any]:
    """The update that ends a run, with its last progress; what only the next attempt would have needed goes.

    `bare` leaves out what can be large: readers are told of the end as of a run whose events are forgotten.
    """
    update = additions(replace(last, steps=(), under_way=()))
    update["$set"] |= {
        "status": end.status,
        "usage": _usage(end.usage),
        "ended_at": end.ended_at,
        "unsettled": end.ended_at,
        "forget_at": end.ended_at + replay,
    }
    if end.outcome is not None:
        update["$set"]["outcome"] = last.key.seal_json(asdict(end.outcome), _place("outcome", last.run_id))
    if end.problem is not None:
        update["$set"]["problem"] = end.problem
    update["$unset"] = {"lease.replica": "", "cancel": "", "under_way": "", "steps": "", "queued": ""}
    if bare:
        update["$unset"]["input"] = ""
        update["$set"]["events"] = []
        update["$push"] = {name: more for name, more in update.get("$push", {}).items() if name != "events"}
    return update


def batch_from(run_id: str, stored: Mapping[str, Any], key: OwnerKey) -> Batch:
    """One batch of a run's events."""
    batch = Batch(stored["first"], stored["attempt"], stored["count"], "")
    return replace(batch, text=key.open(stored["text"], _events(run_id, batch)))


def position_of(found: Mapping[str, Any]) -> Position:
    """How much of a run is stored."""
    return Position(found["writes"], found["event_count"], len(found["calls"]), len(found.get("steps", [])))


def _usage(usage: Usage) -> Document:
    stored = asdict(usage)
    if usage.repeated is None:  # as in `_call`
        del stored["repeated"]
    return stored


def _call(call: Call) -> Document:
    stored = asdict(call) | {"cost": None if call.cost is None else str(call.cost)}
    # Left out where they say nothing: replicas of older versions, beside this one in an upgrade, do not know them.
    if not call.doubtful:
        del stored["doubtful"]
    if call.attempt == 1:
        del stored["attempt"]
    return stored


def _call_from(stored: Mapping[str, Any]) -> Call:
    return Call(**(dict(stored) | {"cost": None if stored["cost"] is None else Decimal(stored["cost"])}))


def _place(field: str, run_id: str) -> Place:
    return Place(COLLECTION, field, run_id)


def _events(run_id: str, batch: Batch) -> Place:
    """Of one batch, so that none can stand for another."""
    return Place(COLLECTION, "events", f"{run_id}:{batch.attempt}:{batch.first}:{batch.count}")


def _turn(run_id: str, stored: Mapping[str, Any], key: OwnerKey) -> Turn:
    messages = key.open_json(stored["messages"], _place("turn.messages", run_id)) if "messages" in stored else []
    return Turn(stored["conversation_id"], stored.get("after"), messages)


def record_from(found: Document, key: OwnerKey) -> RunRecord:
    """The run, without its events."""
    run_id, turn, outcome = found["_id"], found.get("turn"), found.get("outcome")
    steps = [key.open_json(step, _place("steps", run_id)) for step in found.get("steps", [])]
    usage = found.get("usage")
    queued = found.get("queued")
    return RunRecord(
        id=run_id,
        owner_id=found["owner_id"],
        kind=found["kind"],
        status=found["status"],
        attempt=found["attempt"],
        input=key.open_json(found["input"], _place("input", run_id)) if "input" in found else {},
        turn=None if turn is None else _turn(run_id, turn, key),
        on_disconnect=found["on_disconnect"],
        created_at=found["created_at"],
        ended_at=found.get("ended_at"),
        position=position_of(found),
        calls=tuple(_call_from(call) for call in found["calls"]),
        steps=tuple(tuple(step) for step in steps),
        under_way=tuple(_call_from(call) for call in found.get("under_way", [])),
        outcome=None if outcome is None else Outcome(**key.open_json(outcome, _place("outcome", run_id))),
        problem=found.get("problem"),
        usage=None if usage is None else Usage(**usage),
        budget_id=found.get("budget_id"),
        wait=None if queued is None else Wait(queued["place"], queued["interrupts"]),
        waited=found.get("waited", False),
    )
