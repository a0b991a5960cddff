"""The runs in MongoDB. Every write of a worker names its lease's token, so that one who lost the lease changes nothing.

How a run looks there is `stored`'s business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from pymongo import ASCENDING, IndexModel, UpdateOne

from redraft.db import Database, Document, Indexes, Write
from redraft.ids import first_id, new_id
from redraft.indexes import drop_index
from redraft.runs.log import Batch
from redraft.runs.models import LIVE, NewRun, OnDisconnect, Position, RunRecord, Status, Turn
from redraft.runs.replicas import NOBODY
from redraft.runs.stored import (
    COLLECTION,
    End,
    Held,
    Lease,
    Progress,
    additions,
    batch_from,
    begun,
    ended,
    held,
    idempotency_hashes,
    placed,
    position_of,
    record_from,
)
from redraft.vault import Vault
from redraft.web.idempotency import Idempotency

INDEXES = Indexes(
    COLLECTION,
    (
        # One run at a time stands at one place of a conversation, or of its queue: the guard between two tabs.
        # The owner comes first in every unique index: on a cluster the shard key must.
        IndexModel(
            [("owner_id", ASCENDING), ("turn.conversation_id", ASCENDING), ("turn.after", ASCENDING)],
            unique=True,
            partialFilterExpression={"turn.after": {"$exists": True}},
        ),
        IndexModel(
            [("owner_id", ASCENDING), ("queued.conversation_id", ASCENDING), ("queued.place", ASCENDING)],
            unique=True,
            partialFilterExpression={"queued.place": {"$exists": True}},
        ),
        IndexModel([("owner_id", ASCENDING)]),
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

OLDER = ("turn.conversation_id_1_turn.after_1", "queued.conversation_id_1_queued.place_1")
"""Unique indexes without the owner, in the place of which others stand."""
DELETED_AT_ONCE = 500
FIRST_PLACE = -(2**31)
"""Below every place in a queue."""


class RunStore:
    """The collection `runs`. `replay` is how long the events of an ended run are kept."""

    def __init__(self, database: Database, vault: Vault, replay: timedelta) -> None:
        self._database = database
        self._vault = vault
        self._runs = database.db[COLLECTION]
        self._replay = replay

    async def insert(self, record: RunRecord, new: NewRun, lease: Lease, then: list[Write]) -> bool:
        """Store an accepted run, and after it `then`. False, and nothing stored, when its key or place is taken.

        May be repeated after a failure that left open whether it had worked.
        """
        document = begun(record, new, lease, await self._vault.key(new.owner_id))
        if await self._database.insert_then(COLLECTION, document, then):
            return True
        if await self._runs.find_one({"_id": record.id, "owner_id": record.owner_id}, {"_id": 1}) is None:
            return False
        await self._database.write(then)  # an earlier try had got as far as the run, and perhaps no further
        return True

    async def get(self, owner_id: str, run_id: str) -> RunRecord | None:
        """The run without its events."""
        return await self._record({"_id": run_id, "owner_id": owner_id})

    async def with_key(self, owner_id: str, sent: Idempotency) -> tuple[str, OnDisconnect, bool] | None:
        """Id and `on_disconnect` of the run that a request with this key started; and whether it was this request."""
        hashes = idempotency_hashes(sent, await self._vault.key(owner_id))
        named = {"owner_id": owner_id, "idempotency.key": {"$in": [hashes["key"], sent.key]}}  # the second: an old one
        found = await self._runs.find_one(named, {"idempotency": 1, "on_disconnect": 1})
        if found is None:
            return None
        same = found["idempotency"]["fingerprint"] in (hashes["fingerprint"], sent.fingerprint)
        return found["_id"], found["on_disconnect"], same

    async def at_place(self, owner_id: str, conversation_id: str, after: int) -> RunRecord | None:
        """The run that answers the messages following the first `after` of a conversation."""
        place = {"owner_id": owner_id, "turn.conversation_id": conversation_id, "turn.after": after}
        return await self._record(place)

    async def waiting(self, owner_id: str, conversation_id: str) -> list[tuple[str, int]]:
        """The runs that wait for this conversation, and their places, the first one first."""
        there = {"owner_id": owner_id, "queued.conversation_id": conversation_id, "queued.place": {"$gte": FIRST_PLACE}}
        found = await self._runs.find(there, {"queued.place": 1}).to_list()
        return sorted(((each["_id"], each["queued"]["place"]) for each in found), key=lambda each: each[1])

    async def begin(self, last: Progress, turn: Turn) -> bool:
        """Give a run that waited the place of `turn`, with its progress. False when it is not there to be given one.

        Raises `DuplicateKeyError` when the place is another run's.
        """
        waiting = held(last) | {"status": "queued"}
        return (await self._runs.update_one(waiting, placed(last, turn))).matched_count > 0

    async def live(self, runs: Mapping[str, str]) -> set[str]:
        """Those of the runs, given with their owners by their ids, that have not ended."""
        owners = {"$in": sorted(set(runs.values()))}
        these = {"_id": {"$in": list(runs)}, "owner_id": owners, "status": {"$in": LIVE}}
        return {found["_id"] async for found in self._runs.find(these, {"_id": 1})}

    async def stored(self, run_ids: Sequence[str]) -> set[str]:
        """Those of the runs that there are, ended or not."""
        found = self._runs.find({"_id": {"$in": list(run_ids)}}, {"_id": True})
        return {run["_id"] async for run in found}

    async def live_in(self, owner_id: str, conversation_id: str) -> list[str]:
        """The ids of a conversation's runs that are at work or wait, in the order of their turns."""
        waiting = [run_id for run_id, _ in await self.waiting(owner_id, conversation_id)]
        at_work = {"owner_id": owner_id, **_placed_in(conversation_id), "status": "running"}
        running = [run["_id"] for run in await self._runs.find(at_work, {"_id": 1}).to_list()]
        return list(dict.fromkeys(running + waiting))  # one may have begun between the two looks

    async def add(self, progress: Sequence[Progress]) -> list[bool | None]:
        """Add to many runs in one round trip; tells for each whether it was still the worker's to change.

        None for one that would be too large then, and is as it was.

        Guarded by the number of writes before, so that repeating it adds nothing twice; `position` tells a repetition
        from a lost lease.
        """
        operations = [UpdateOne(held(each), additions(each)) for each in progress]
        return await self._database.update_each(COLLECTION, operations)

    async def position(self, owner_id: str, run_id: str, token: str) -> Position | None:
        """How much of a run that has not ended is stored; None when the lease is another's by now."""
        held = {"_id": run_id, "owner_id": owner_id, "lease.token": token, "status": {"$in": LIVE}}
        found = await self._runs.find_one(held, {"writes": 1, "event_count": 1, "calls.role": 1, "steps": 1})
        return None if found is None else position_of(found)

    async def begin_again(self, owner_id: str, run_id: str, token: str, attempt: int) -> bool:
        """Count one more attempt under the same lease. False when the lease is another's by now. May be repeated."""
        mine = {"_id": run_id, "owner_id": owner_id, "lease.token": token, "status": "running"}
        return (await self._runs.update_one(mine, {"$max": {"attempt": attempt}})).matched_count > 0

    async def end(self, last: Progress, end: End, then: list[Write], *, bare: bool = False) -> int | None:
        """End the run with its last events in one write, and do `then` in the same round trip. May be repeated.

        `bare` is for a run that would be too large: its events and its input are forgotten with that. Answers how many
        of `then` found or made their document, 0 when an earlier try had ended the run; None, and nothing is written,
        when the lease is another's by now.
        """
        live = held(last) | {"status": {"$in": LIVE}}
        done = await self._database.update_then(COLLECTION, live, ended(last, end, self._replay, bare=bare), then)
        if done is not None:
            return done
        mine = {"_id": last.run_id, "owner_id": last.owner_id, "lease.token": last.token, "status": end.status}
        return None if await self._runs.find_one(mine, {"_id": 1}) is None else 0

    def settled(self, owner_id: str, run_id: str) -> Write:
        """The write that says that everything which follows from the run's end has been done."""
        return Write(COLLECTION, UpdateOne({"_id": run_id, "owner_id": owner_id}, {"$unset": {"unsettled": ""}}))

    async def batches(self, owner_id: str, run_id: str, skip: int) -> tuple[list[Batch], Status] | None:
        """The stored events but for the first `skip` batches, and the run's status, read together.

        None when there is no such run.
        """
        shape = {"events": {"$slice": [skip, 1_000_000]}, "status": 1}
        found = await self._runs.find_one({"_id": run_id, "owner_id": owner_id}, shape)
        if found is None:
            return None
        key = await self._vault.key(owner_id)
        return [batch_from(run_id, stored, key) for stored in found.get("events", [])], found["status"]

    async def ask_to_stop(self, owner_id: str, run_id: str) -> None:
        """Tell whichever replica works on the run to stop it; a run that ended is left alone."""
        live = {"_id": run_id, "owner_id": owner_id, "status": {"$in": LIVE}}
        await self._runs.update_one(live, [{"$set": {"cancel": "$lease.replica"}}])

    async def to_stop(self, replica: str) -> list[str]:
        """The ids of the runs that this replica was told to stop."""
        return [found["_id"] async for found in self._runs.find({"cancel": replica}, {"_id": 1})]

    async def held_by(self, replicas: Sequence[str]) -> list[Held]:
        """The runs that have not ended and are one of these replicas'."""
        shape = {"owner_id": 1, "lease": 1, "status": 1, "cancel": 1, "attempt": 1}
        return [
            Held(
                found["_id"],
                found["owner_id"],
                Lease(**found["lease"]),
                found["status"],
                "cancel" in found,
                found["attempt"],
            )
            async for found in self._runs.find({"lease.replica": {"$in": list(replicas)}}, shape)
        ]

    async def take_over(self, held: Held, lease: Lease) -> bool:
        """Begin the next attempt of a run under a new lease. False when another was faster, or the run has ended.

        A run that waits has not begun its first one: it goes on waiting. One whose worker has begun another attempt
        since it was looked at is left for the next look: no two attempts may have one number.
        """
        theirs: Document = {"_id": held.run_id, "owner_id": held.owner_id, "lease.token": held.lease.token}
        theirs |= {"status": held.status, "attempt": held.attempt}
        attempt = held.attempt + 1 if held.status == "running" else held.attempt
        update = {"$set": {"lease": asdict(lease), "attempt": attempt}}
        return (await self._runs.update_one(theirs, update)).matched_count > 0

    async def lay_down(self, held: Sequence[tuple[str, str, Lease]]) -> None:
        """Let go of runs, each with its owner, id and lease, so that another replica takes them at once.

        Whoever had them can write no more to them.
        """
        updates = [
            UpdateOne(
                {"_id": run_id, "owner_id": owner_id, "lease.token": lease.token, "status": {"$in": LIVE}},
                {"$set": {"lease": asdict(Lease(NOBODY, new_id("lease")))}},
            )
            for owner_id, run_id, lease in held
        ]
        if updates:
            await self._database.update_each(COLLECTION, updates)

    async def ids_of(self, owner_id: str) -> list[str]:
        """The ids of all runs of this user, the oldest first."""
        return sorted([found["_id"] async for found in self._runs.find({"owner_id": owner_id}, {"_id": 1})])

    async def erase(self, owner_id: str) -> None:
        """Delete all runs of this user; whoever works on one finds its lease gone, and stops."""
        await self._runs.delete_many({"owner_id": owner_id})

    async def drop(self, owner_id: str, conversation_id: str) -> None:
        """Delete the runs of a conversation that is no more; whoever works on one stops."""
        await self._runs.delete_many({"owner_id": owner_id, "turn.conversation_id": conversation_id})

    async def unsettled(self, before: datetime) -> list[RunRecord]:
        """The runs that ended before this and have not been settled."""
        found = await self._runs.find({"unsettled": {"$lte": before}}, {"events": 0}).to_list()
        return [record_from(each, await self._vault.key(each["owner_id"])) for each in found]

    async def forget(self, moment: datetime) -> None:
        """Drop the events and the input of the runs whose time for replay is over; their answers stay."""
        gone = {"events": "", "input": "", "turn.messages": "", "forget_at": ""}
        await self._runs.update_many({"forget_at": {"$lte": moment}}, {"$unset": gone})

    async def delete_before(self, moment: datetime) -> bool:
        """Delete some of the runs that were accepted and ended before `moment`; whether there may be more."""
        old = {"_id": {"$lt": first_id("run", moment)}, "ended_at": {"$lt": moment}, "unsettled": {"$exists": False}}
        oldest = self._runs.find(old, {"owner_id": 1}).sort("_id", ASCENDING).limit(DELETED_AT_ONCE)
        found = await oldest.to_list()
        if found:
            owners = {"$in": sorted({each["owner_id"] for each in found})}
            await self._runs.delete_many({"_id": {"$in": [each["_id"] for each in found]}, "owner_id": owners})
        return len(found) == DELETED_AT_ONCE

    async def _record(self, which: Document) -> RunRecord | None:
        found = await self._runs.find_one(which, {"events": 0})
        return None if found is None else record_from(found, await self._vault.key(found["owner_id"]))


async def put_owners_first_in_runs(database: Database) -> None:
    """Drop the unique indexes that did not begin with the owner; those that do are there by now."""
    for name in OLDER:
        await drop_index(database, COLLECTION, name)


def _placed_in(conversation_id: str) -> Document:
    """The runs that have a place in a conversation; the range is there for the partial index."""
    return {"turn.conversation_id": conversation_id, "turn.after": {"$gte": 0}}
