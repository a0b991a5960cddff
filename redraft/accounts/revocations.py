"""Which sessions ended lately: on every replica within seconds, and without asking the database for each request.

Whoever ends a session also writes it here; every replica reads what is new twice a second. An access token is checked
against that list in memory. The list is only as long as access tokens live, because older ones have expired anyway.
Users who were erased stand here too, so that every replica forgets their keys as soon.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from datetime import timedelta

import structlog
from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import PyMongoError

from redraft.db import Database, Document, Indexes, now
from redraft.tasks import end

log = structlog.get_logger()

POLL_SECONDS = 0.5
"""So that what ends on one replica has ended on every other within a second, open streams included."""
STALE_SECONDS = 4.0
"""When the database has not answered for so long, every request asks it instead: better slow, or refused, than late."""
CLOCK_MARGIN = timedelta(minutes=1)
"""By which the clocks of replicas and of the database's members may differ."""
REVOCATIONS = Indexes("revocations", (IndexModel([("at", ASCENDING)], expireAfterSeconds=2 * 3600),))


class Revocations:
    """The sessions that ended while an access token of theirs may still be alive.

    Each of `told` is given the ids of whatever ended (sessions, erased users), here or elsewhere, as soon as it is
    known; some of them several times.
    """

    def __init__(self, database: Database, token_lifetime: timedelta, *told: Callable[[Collection[str]], None]) -> None:
        self._kept = database.db[REVOCATIONS.collection]
        self._told = told
        self._remember = token_lifetime + CLOCK_MARGIN
        self._ended: dict[str, float] = {}
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._read_at = 0.0

    @contextlib.asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Keep reading what other replicas end."""
        await self._read()
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            await end(task)

    async def add(self, ids: Collection[str]) -> None:
        """Let no access token of these sessions pass: here at once, elsewhere at the next reading."""
        self._note(ids)
        if ids:
            change: Document = {"$currentDate": {"at": True}}
            await self._kept.bulk_write([UpdateOne({"_id": each}, change, upsert=True) for each in ids])

    @contextlib.contextmanager
    def awaited(self, *ids: str) -> Iterator[asyncio.Future[None]]:
        """A future that is done as soon as one of `ids` is known to have ended."""
        ended = asyncio.get_running_loop().create_future()
        if any(each in self._ended for each in ids):
            ended.set_result(None)
        for each in ids:
            self._waiting.setdefault(each, set()).add(ended)
        try:
            yield ended
        finally:
            for each in ids:
                self._waiting[each].discard(ended)
                if not self._waiting[each]:
                    del self._waiting[each]

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._ended

    @property
    def current(self) -> bool:
        """Whether the list is as new as promised."""
        return time.monotonic() - self._read_at < STALE_SECONDS

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self._read()
            except PyMongoError as error:
                log.warning("the ended sessions could not be read", error=type(error).__name__)

    async def _read(self) -> None:
        started = time.monotonic()
        # The whole list each time, which is short. Its times are the primary's, and the next primary's clock may be
        # behind: what it writes then would be older than the newest that was seen, and never be read.
        alive = {"at": {"$gte": now() - self._remember}}
        self._note({each["_id"] async for each in self._kept.find(alive, {"_id": 1})})
        self._read_at = started

    def _note(self, ids: Collection[str]) -> None:
        moment = time.monotonic()
        for each in ids:
            self._ended[each] = moment
            for ended in self._waiting.get(each, ()):
                if not ended.done():
                    ended.set_result(None)
        for tell in self._told:
            tell(ids)
        oldest = moment - self._remember.total_seconds()
        if ids and next(iter(self._ended.values())) < oldest:
            self._ended = {each: at for each, at in self._ended.items() if at >= oldest}
