"""Which replicas are alive. One small document for each, renewed by a heartbeat; a run's lease lives as long as it.

Renewing one document a replica, and not one a run, is what makes a thousand open runs no dearer to keep than one.
Whether another's heartbeat is late is told by one's own monotonic clock: by when its document was last seen to change.
The times that stand in there are the primary's, and the next primary's clock may be seconds away from them.
"""

import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from redraft.db import Database
from redraft.indexes import drop_index

COLLECTION = "replicas"
FORGOTTEN = timedelta(days=1)
"""By then nothing of a replica that died is on its way to the database any more."""
NOBODY = "nobody"
"""Holds the runs that a replica laid down when it left: always dead, so whoever looks first takes them."""


class Replicas:
    """This replica among the others. `lease_seconds` after its last heartbeat it counts as dead."""

    def __init__(
        self, database: Database, replica: str, lease_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._replicas = database.db[COLLECTION]
        self._replica = replica
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._beaten_at = 0.0
        self._steady_since = 0.0
        self._seen: dict[str, tuple[datetime, float]] = {}
        self._dead: set[str] = set()
        self.alone = False
        """Whether no other was alive at the last look for dead ones."""

    async def beat(self) -> None:
        """Say that this replica is alive."""
        asked_at = self._clock()
        expires_at = {"$add": ["$$NOW", round(self._lease_seconds * 1000)]}
        await self._replicas.update_one({"_id": self._replica}, [{"$set": {"expires_at": expires_at}}], upsert=True)
        if self.lapsed:
            self._steady_since = self._clock()
        self._beaten_at = asked_at

    @property
    def lapsed(self) -> bool:
        """Whether the others may take this replica for dead, because no heartbeat of the last lease got through."""
        return self._clock() > self._beaten_at + self._lease_seconds

    @property
    def steady(self) -> bool:
        """Whether every heartbeat of the last lease got through.

        Until then an expired document of another says nothing: the database may have been away for all of us.
        """
        return not self.lapsed and self._clock() > self._steady_since + self._lease_seconds

    async def look(self) -> None:
        """See whose heartbeat has changed since the last look. To be done all the time, also while not steady."""
        asked_at = self._clock()
        found = {each["_id"]: each async for each in self._replicas.find({})}
        answered_at = self._clock()
        self._seen = {
            replica: self._seen[replica]
            if replica in self._seen and self._seen[replica][0] == each["expires_at"]
            else (each["expires_at"], answered_at)
            for replica, each in found.items()
        }
        silent = {name for name, (_, changed_at) in self._seen.items() if asked_at - changed_at > self._lease_seconds}
        self._dead = (silent | {name for name, each in found.items() if each.get("left")}) - {self._replica}
        self.alone = not self._seen.keys() - self._dead - {self._replica}

    def dead(self) -> list[str]:
        """The replicas whose runs anybody may take over, as of the last look; means nothing while not `steady`."""
        return [NOBODY, *sorted(self._dead)]

    @property
    def leads(self) -> bool:
        """Whether this replica is the one that does what one is enough for: the first by name of those alive.

        By the last look; two may differ in theirs for a moment, so what is done must bear to be done twice.
        """
        return self._replica in self._seen and self._replica == min(self._seen.keys() - self._dead)

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
        left = {"expires_at": "$$NOW", "left": True}  # the time is for replicas of the version before
        await self._replicas.update_one({"_id": self._replica}, [{"$set": left}])


async def keep_dead_replicas(database: Database) -> None:
    """Drop the index that deleted replicas by their age, whether or not they held runs."""
    await drop_index(database, COLLECTION, "expires_at_1")
