"""What happened to an account's security, for its owner to read. No names, numbers, tokens or texts."""

from datetime import timedelta

from pymongo import ASCENDING, IndexModel

from redraft.accounts.gate import Origin
from redraft.accounts.models import SecurityEvent
from redraft.accounts.store import now
from redraft.db import Database, Indexes
from redraft.ids import new_id

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
        self, owner_id: str, event: str, origin: Origin | None = None, session_id: str | None = None
    ) -> None:
        """Record that `event` happened. Awaited before the answer: what was answered is on record."""
        at = now()
        await self._events.insert_one(
            {
                "_id": new_id("evt"),
                "owner_id": owner_id,
                "at": at,
                "event": event,
                "session_id": session_id,
                "network": origin.network if origin else None,
                "expires_at": at if owner_id == NOBODY else at + self._kept_for,
            }
        )

    async def of(self, owner_id: str) -> list[SecurityEvent]:
        """Every event of an account that is kept, the newest first."""
        found = [
            SecurityEvent(
                id=each["_id"],
                at=each["at"],
                event=each["event"],
                session_id=each["session_id"],
                network=each["network"],
            )
            async for each in self._events.find({"owner_id": owner_id})
        ]
        return sorted(found, key=lambda event: event.at, reverse=True)

    async def erase(self, owner_id: str) -> None:
        """Forget them all."""
        await self._events.delete_many({"owner_id": owner_id})
