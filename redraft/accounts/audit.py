"""What happened to an account's security: in the log, and for its owner to read. No names, numbers, tokens or texts."""

from datetime import timedelta

import structlog
from pymongo import ASCENDING, IndexModel

from redraft.accounts.gate import Origin
from redraft.accounts.models import SecurityEvent
from redraft.accounts.store import now
from redraft.db import Database, Indexes, Insert
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

    async def of(self, owner_id: str) -> list[SecurityEvent]:
        """Every event of an account that is kept, the newest first."""
        found = [
            SecurityEvent(
                id=each["_id"],
                at=each["at"],
                event=each["event"],
                session_id=each["session_id"],
                network=each["network"],
                proof=each.get("proof"),
            )
            async for each in self._events.find({"owner_id": owner_id})
        ]
        return sorted(found, key=lambda event: event.at, reverse=True)

    async def erase(self, owner_id: str) -> None:
        """Forget them all."""
        await self._events.delete_many({"owner_id": owner_id})
