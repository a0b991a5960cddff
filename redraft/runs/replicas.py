"""Which replicas are alive. One small document for each, renewed by a heartbeat; a run's lease lives as long as it.

Renewing one document a replica, and not one a run, is what makes a thousand open runs no dearer to keep than one.
Times are the database's, so the clocks of the replicas do not matter.
"""

import contextlib
import time
from collections.abc import Collection
from datetime import timedelta

from pymongo.errors import OperationFailure

from redraft.db import Database

COLLECTION = "replicas"
FORGOTTEN = timedelta(days=1)
"""By then nothing of a replica that died is on its way to the database any more."""
NOBODY = "nobody"
"""Holds the runs that a replica laid down when it left: always dead, so whoever looks first takes them."""


class Replicas:
    """This replica among the others. `lease_seconds` after its last heartbeat it counts as dead."""

    def __init__(self, database: Database, replica: str, lease_seconds: float) -> None:
        self._replicas = database.db[COLLECTION]
        self._replica = replica
        self._lease_seconds = lease_seconds
        self._beaten_at = 0.0
        self._answered_at = 0.0
        self._steady_since = 0.0
        self.alone = False
        """Whether no other was alive at the last look for dead ones."""

    async def beat(self) -> None:
        """Say that this replica is alive."""
        asked_at = time.monotonic()
        expires_at = {"$add": ["$$NOW", round(self._lease_seconds * 1000)]}
        await self._replicas.update_one({"_id": self._replica}, [{"$set": {"expires_at": expires_at}}], upsert=True)
        if self.lapsed:
            self._steady_since = time.monotonic()
        self._beaten_at = asked_at
        self._answered_at = time.monotonic()

    @property
    def lapsed(self) -> bool:
        """Whether the others may take this replica for dead, because no heartbeat of the last lease got through."""
        return time.monotonic() > self._beaten_at + self._lease_seconds

    @property
    def steady(self) -> bool:
        """Whether every heartbeat of the last lease got through.

        Until then an expired document of another says nothing: the database may have been away for all of us.
        """
        return not self.lapsed and time.monotonic() > self._steady_since + self._lease_seconds

    async def dead(self) -> list[str]:
        """The replicas whose runs anybody may take over.

        The database's time is told from this replica's own document, because not every MongoDB-compatible server knows
        `$$NOW` in a filter.
        """
        expires_at = {found["_id"]: found["expires_at"] async for found in self._replicas.find({})}
        own = expires_at.get(self._replica)
        if own is None:
            return [NOBODY]
        beaten_ago = timedelta(seconds=time.monotonic() - self._answered_at)
        database_now = own - timedelta(seconds=self._lease_seconds) + beaten_ago
        dead = [replica for replica, until in expires_at.items() if until < database_now]
        self.alone = not expires_at.keys() - {self._replica, *dead}
        return [NOBODY, *dead]

    async def forget(self, idle: Collection[str]) -> None:
        """Delete the documents of long dead replicas among those that hold no run.

        Not by an index of their age: when all replicas are away for long, the runs that they left have yet to be found.
        """
        own = await self._replicas.find_one({"_id": self._replica})
        if own is not None:
            long_ago = {"$lt": own["expires_at"] - FORGOTTEN}
            await self._replicas.delete_many({"_id": {"$in": list(idle)}, "expires_at": long_ago})

    async def leave(self) -> None:
        """Say that this replica is going, so that nobody need wait for its lease.

        Its document stays, as that of a dead one, for runs of its that the database comes to know only later.
        """
        await self._replicas.update_one({"_id": self._replica}, [{"$set": {"expires_at": "$$NOW"}}])


async def keep_dead_replicas(database: Database) -> None:
    """Drop the index that deleted replicas by their age, whether or not they held runs."""
    with contextlib.suppress(OperationFailure):  # a new database never had it
        await database.db[COLLECTION].drop_index("expires_at_1")
