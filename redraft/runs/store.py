"""The runs in MongoDB. Every write of a worker names its lease's token, so that one who lost the lease changes nothing.

Text of users and models (input, messages, events, outcome) is stored as JSON, sealed with its owner's key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne

from redraft.db import Database, Document, Indexes, Write
from redraft.llm import Call
from redraft.runs.log import Batch
from redraft.runs.models import NewRun, OnDisconnect, Outcome, RunRecord, Status, Turn, Usage
from redraft.vault import OwnerKey, Vault

COLLECTION = "runs"
INDEXES = Indexes(
    COLLECTION,
    (
        # One run at a time stands at one place of a conversation: this index is the guard between two tabs.
        IndexModel(
            [("turn.conversation_id", ASCENDING), ("turn.after", ASCENDING)],
            unique=True,
            partialFilterExpression={"turn.after": {"$exists": True}},
        ),
        IndexModel(
            [("owner_id", ASCENDING), ("idempotency.key", ASCENDING)],
            unique=True,
            partialFilterExpression={"idempotency.key": {"$exists": True}},
        ),
        # These fields exist only while there is something to do, so the indexes stay small.
        IndexModel([("lease.replica", ASCENDING)], sparse=True),
        IndexModel([("cancel", ASCENDING)], sparse=True),
        IndexModel([("unsettled", ASCENDING)], sparse=True),
        IndexModel([("forget_at", ASCENDING)], sparse=True),
    ),
)


def now() -> datetime:
    """The time as MongoDB keeps it: UTC, to the millisecond."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@dataclass(frozen=True)
class Lease:
    """Who works on a run: the replica, and the token of this one grant."""

    replica: str
    token: str


@dataclass(frozen=True)
class Progress:
    """What a worker adds to its run: events after the first `stored`, and calls that were made."""

    run_id: str
    token: str
    key: OwnerKey
    attempt: int
    stored: int
    batches: tuple[Batch, ...]
    calls: tuple[Call, ...]

    @property
    def event_count(self) -> int:
        return self.stored + sum(batch.count for batch in self.batches)


@dataclass(frozen=True)
class End:
    """How a run ended."""

    status: Status
    outcome: Outcome | None
    problem: dict[str, Any] | None
    usage: Usage
    ended_at: datetime


class RunStore:
    """The collection `runs`. `replay` is how long the events of an ended run are kept."""

    def __init__(self, database: Database, vault: Vault, replay: timedelta) -> None:
        self._database = database
        self._vault = vault
        self._runs = database.db[COLLECTION]
        self._replay = replay

    async def insert(self, run_id: str, new: NewRun, lease: Lease, created_at: datetime, then: list[Write]) -> bool:
        """Store an accepted run, and after it `then`. False, and nothing stored, when its key or place is taken.

        May be repeated after a failure that left open whether it had worked.
        """
        key = await self._vault.key(new.owner_id)
        document: Document = {
            "_id": run_id,
            "owner_id": new.owner_id,
            "kind": new.kind,
            "status": "running",
            "attempt": 1,
            "lease": asdict(lease),
            "input": key.seal_json(new.input),
            "on_disconnect": new.on_disconnect,
            "events": [],
            "event_count": 0,
            "calls": [],
            "created_at": created_at,
        }
        if new.turn is not None:
            turn = new.turn
            messages = key.seal_json(turn.messages)
            document["turn"] = {"conversation_id": turn.conversation_id, "after": turn.after, "messages": messages}
        if new.document_id is not None:
            document["document_id"] = new.document_id
        if new.idempotency is not None:
            document["idempotency"] = asdict(new.idempotency)
        if await self._database.insert_then(COLLECTION, document, then):
            return True
        return await self._runs.find_one({"_id": run_id}, {"_id": 1}) is not None

    async def get(self, owner_id: str, run_id: str) -> RunRecord | None:
        """The run without its events."""
        return await self._record({"_id": run_id, "owner_id": owner_id})

    async def with_key(self, owner_id: str, key: str) -> tuple[str, OnDisconnect, str] | None:
        """Id and `on_disconnect` of the run that a request with this key started, and the request's fingerprint."""
        named = {"owner_id": owner_id, "idempotency.key": key}
        found = await self._runs.find_one(named, {"idempotency": 1, "on_disconnect": 1})
        return None if found is None else (found["_id"], found["on_disconnect"], found["idempotency"]["fingerprint"])

    async def at_place(self, owner_id: str, conversation_id: str, after: int) -> RunRecord | None:
        """The run that answers the messages following the first `after` of a conversation."""
        place = {"owner_id": owner_id, "turn.conversation_id": conversation_id, "turn.after": after}
        return await self._record(place)

    async def add(self, progress: Sequence[Progress]) -> list[bool]:
        """Add to many runs in one round trip; tells for each whether it was still the worker's to change.

        Guarded by the number of events stored before, so that repeating it adds nothing twice; `position` tells a
        repetition from a lost lease.
        """
        operations = [UpdateOne(_held(each), _additions(each)) for each in progress]
        return await self._database.update_each(COLLECTION, operations)

    async def position(self, run_id: str, token: str) -> tuple[int, int] | None:
        """How many events and calls of a running run are stored; None when the lease is another's by now."""
        held = {"_id": run_id, "lease.token": token, "status": "running"}
        found = await self._runs.find_one(held, {"event_count": 1, "calls.role": 1})
        return None if found is None else (found["event_count"], len(found["calls"]))

    async def end(self, last: Progress, end: End) -> bool:
        """End the run with its last events, in one write. False when the lease is another's by now. May be repeated."""
        update = _additions(last)
        update["$set"] |= {
            "status": end.status,
            "usage": asdict(end.usage),
            "ended_at": end.ended_at,
            "unsettled": end.ended_at,
            "forget_at": end.ended_at + self._replay,
        }
        if end.outcome is not None:
            update["$set"]["outcome"] = last.key.seal_json(asdict(end.outcome))
        if end.problem is not None:
            update["$set"]["problem"] = end.problem
        update["$unset"] = {"lease.replica": "", "checkpoint": "", "cancel": ""}
        ended = await self._runs.update_one(_held(last) | {"status": "running"}, update)
        if ended.matched_count:
            return True
        mine = {"_id": last.run_id, "lease.token": last.token, "status": end.status}
        return await self._runs.find_one(mine, {"_id": 1}) is not None

    def settled(self, run_id: str) -> Write:
        """The write that says that everything which follows from the run's end has been done."""
        return Write(COLLECTION, UpdateOne({"_id": run_id}, {"$unset": {"unsettled": ""}}))

    async def batches(self, owner_id: str, run_id: str, skip: int) -> tuple[list[Batch], Status] | None:
        """The stored events but for the first `skip` batches, and the run's status, read together.

        None when there is no such run.
        """
        shape = {"events": {"$slice": [skip, 1_000_000]}, "status": 1}
        found = await self._runs.find_one({"_id": run_id, "owner_id": owner_id}, shape)
        if found is None:
            return None
        key = await self._vault.key(owner_id)
        return [_batch(stored, key) for stored in found.get("events", [])], found["status"]

    async def ask_to_stop(self, owner_id: str, run_id: str) -> None:
        """Tell whichever replica works on the run to stop it; a run that ended is left alone."""
        running = {"_id": run_id, "owner_id": owner_id, "status": "running"}
        await self._runs.update_one(running, [{"$set": {"cancel": "$lease.replica"}}])

    async def to_stop(self, replica: str) -> list[str]:
        """The ids of the runs that this replica was told to stop."""
        return [found["_id"] async for found in self._runs.find({"cancel": replica}, {"_id": 1})]

    async def _record(self, which: Document) -> RunRecord | None:
        found = await self._runs.find_one(which, {"events": 0})
        return None if found is None else _from_document(found, await self._vault.key(found["owner_id"]))


def _held(progress: Progress) -> Document:
    return {"_id": progress.run_id, "lease.token": progress.token, "event_count": progress.stored}


def _additions(progress: Progress) -> dict[str, Any]:
    update: dict[str, Any] = {"$set": {"event_count": progress.event_count, "attempt": progress.attempt}}
    pushed: dict[str, Any] = {}
    if progress.batches:
        sealed = [asdict(batch) | {"text": progress.key.seal(batch.text)} for batch in progress.batches]
        pushed["events"] = {"$each": sealed}
    if progress.calls:
        pushed["calls"] = {"$each": [_call(call) for call in progress.calls]}
    if pushed:
        update["$push"] = pushed
    return update


def _batch(stored: Mapping[str, Any], key: OwnerKey) -> Batch:
    return Batch(stored["first"], stored["attempt"], stored["count"], key.open(stored["text"]))


def _call(call: Call) -> Document:
    return asdict(call) | {"cost": None if call.cost is None else str(call.cost)}


def _call_from(stored: Mapping[str, Any]) -> Call:
    return Call(**(dict(stored) | {"cost": None if stored["cost"] is None else Decimal(stored["cost"])}))


def _from_document(found: Document, key: OwnerKey) -> RunRecord:
    turn = found.get("turn")
    outcome = found.get("outcome")
    usage = found.get("usage")
    return RunRecord(
        id=found["_id"],
        owner_id=found["owner_id"],
        kind=found["kind"],
        status=found["status"],
        attempt=found["attempt"],
        input=key.open_json(found["input"]) if "input" in found else {},
        turn=None if turn is None else Turn(turn["conversation_id"], turn["after"], key.open_json(turn["messages"])),
        document_id=found.get("document_id"),
        on_disconnect=found["on_disconnect"],
        created_at=found["created_at"],
        ended_at=found.get("ended_at"),
        event_count=found["event_count"],
        calls=tuple(_call_from(call) for call in found["calls"]),
        outcome=None if outcome is None else Outcome(**key.open_json(outcome)),
        problem=found.get("problem"),
        usage=None if usage is None else Usage(**usage),
    )
