"""What happened to an account's security: in the log, and for its owner to read. No names, numbers, tokens or texts.

Strangers can make failures happen as often as they like. So those of one kind, from one network, are one event an hour
with a count, and past `MOST_NETWORKS` in an hour the others are one event without a network: what the owner did stays
easy to find.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from redraft.accounts.gate import Origin
from redraft.accounts.models import SecurityEvent
from redraft.db import Database, Document, Indexes, Insert, now
from redraft.ids import new_id

log = structlog.get_logger()

EVENTS = Indexes(
    "security_events",
    (
        IndexModel([("owner_id", ASCENDING), ("at", ASCENDING)]),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ),
)

NOBODY = "nobody"
"""The owner of events of accounts that are not there: written, so that they cost as much time, and dropped at once."""
MOST_NETWORKS = 20
"""Whose failures are told apart within an hour."""
SAME_MILLISECOND = 1_000
"""Events of one owner that a page's place can tell apart when they bear the same time."""
LATEST = 253_402_300_799_999
"""The last millisecond that a date can say: a cursor can be made up."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Audit:
    """The security events of all accounts; each is kept for `kept_for`."""

    def __init__(self, database: Database, kept_for: timedelta) -> None:
        self._events = database.db[EVENTS.collection]
        self._kept_for = kept_for

    async def note(
        self,
        owner_id: str,
        event: str,
        origin: Origin | None = None,
        session_id: str | None = None,
        proof: str | None = None,
    ) -> None:
        """Record that `event` happened. Awaited before the answer: what was answered is on record."""
        await self._events.insert_one(self.record(owner_id, event, origin, session_id, proof).document)

    def record(
        self, owner_id: str, event: str, origin: Origin | None, session_id: str | None, proof: str | None
    ) -> Insert:
        """The same as a write for the caller to do, and in the log at once. `proof` is what was shown, or was wrong."""
        at, network = now(), origin.network if origin else None
        known = None if owner_id == NOBODY else owner_id
        log.info("security", what=event, user_id=known, session_id=session_id, network=network, proof=proof)
        kept = {
            "_id": new_id("evt"),
            "owner_id": owner_id,
            "at": at,
            "event": event,
            "session_id": session_id,
            "network": network,
            "proof": proof,
            "expires_at": at + self._kept_for if known else at,
        }
        return Insert(EVENTS.collection, kept)

    async def note_often(
        self,
        owner_id: str,
        event: str,
        origin: Origin | None = None,
        session_id: str | None = None,
        proof: str | None = None,
    ) -> None:
        """The same for what can happen any number of times: within an hour it is one event that counts them."""
        record = self.record(owner_id, event, origin, session_id, proof).document
        hour = record["at"].replace(minute=0, second=0, microsecond=0)
        if await self._counted(record, hour):
            return
        this_hour = {"owner_id": owner_id, "at": {"$gte": hour}, "count": {"$gte": 1}}
        if await self._events.count_documents(this_hour, limit=MOST_NETWORKS) >= MOST_NETWORKS:
            record |= {"network": None, "session_id": None}
            if await self._counted(record, hour):
                return
        first = {**record, "_id": _often(record, hour), "count": 1, "last_at": record["at"]}
        try:
            await self._events.insert_one(first)
        except DuplicateKeyError:  # another one began the hour at this moment
            await self._counted(record, hour)

    async def _counted(self, record: Document, hour: datetime) -> bool:
        """Count one more of an event that is there; False when it is not."""
        again = {"$inc": {"count": 1}, "$max": {"last_at": record["at"]}}
        which = {"_id": _often(record, hour), "owner_id": record["owner_id"]}
        return (await self._events.update_one(which, again)).matched_count == 1

    async def of(self, owner_id: str) -> list[SecurityEvent]:
        """Every event of an account that is kept, the newest first."""
        found = [_event(each) async for each in self._events.find({"owner_id": owner_id})]
        return sorted(found, key=lambda event: (event.at, event.id), reverse=True)

    async def page(self, owner_id: str, limit: int, place: int | None) -> tuple[list[SecurityEvent], int | None]:
        """At most `limit` events, the newest first, from `place` on; and the next page's place, None after the last."""
        which: dict[str, Any] = {"owner_id": owner_id}
        before, skip = divmod(place, SAME_MILLISECOND) if place is not None else (None, 0)
        if before is not None:
            which["at"] = {"$lte": EPOCH + timedelta(milliseconds=min(before, LATEST))}
        newest_first = [("at", DESCENDING), ("_id", DESCENDING)]
        found = await self._events.find(which).sort(newest_first).skip(skip).limit(limit + 1).to_list()
        shown = [_event(each) for each in found[:limit]]
        if len(found) <= limit:
            return shown, None
        last = (shown[-1].at - EPOCH) // timedelta(milliseconds=1)
        alike = sum(event.at == shown[-1].at for event in shown)
        return shown, last * SAME_MILLISECOND + alike + (skip if last == before else 0)

    async def erase(self, owner_id: str) -> None:
        """Forget them all."""
        await self._events.delete_many({"owner_id": owner_id})


def _often(record: Document, hour: datetime) -> str:
    """The id of the event that counts what is like `record` within the hour."""
    alike = [record[name] or "" for name in ("owner_id", "event", "network", "session_id", "proof")]
    digest = hashlib.sha256("\0".join([*alike, hour.isoformat()]).encode()).hexdigest()
    return f"evt_{digest[:30]}"


def _event(kept: Document) -> SecurityEvent:
    return SecurityEvent(
        id=kept["_id"],
        at=kept["at"],
        event=kept["event"],
        session_id=kept["session_id"],
        network=kept["network"],
        proof=kept.get("proof"),
        count=kept.get("count", 1),
        last_at=kept.get("last_at", kept["at"]),
    )
