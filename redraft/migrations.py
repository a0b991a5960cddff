"""Changes of what the database holds, each done once: numbered, in order, by one process at a time.

A migration keeps its number and its name for ever. What was done stands in the collection `migrations`, under its name.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from pymongo.errors import DuplicateKeyError, PyMongoError

from redraft.db import Database, now
from redraft.ids import new_id
from redraft.tasks import end

log = structlog.get_logger()

DONE, LEASES = "migrations", "migration_leases"
LEASE_SECONDS = 60.0
"""How long the others wait for a process that died while it migrated."""
BEATS_A_LEASE = 6
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Migration:
    """One change. `change` may be done again, from the beginning: a process may die in the middle of it."""

    number: int
    name: str
    change: Callable[[Database], Awaitable[None]]


async def migrate(database: Database, migrations: Sequence[Migration]) -> None:
    """Do those that were not done yet, in the order of their numbers; another process that does so is waited for."""
    if not await _open(database, migrations):
        return
    async with _alone(database):
        for migration in await _open(database, migrations):
            log.info("migrating", migration=migration.number, name=migration.name)
            await migration.change(database)
            done = {"$setOnInsert": {"number": migration.number, "done_at": now()}}
            await database.db[DONE].update_one({"_id": migration.name}, done, upsert=True)


async def newer_than(database: Database, migrations: Sequence[Migration]) -> list[str]:
    """The names of migrations that were done and are none of these: a newer redraft did them."""
    known = {migration.name for migration in migrations}
    done = [row["_id"] async for row in database.db[DONE].find({}, {"_id": True})]
    return sorted(name for name in done if name not in known)


async def _open(database: Database, migrations: Sequence[Migration]) -> list[Migration]:
    done = {row["_id"] async for row in database.db[DONE].find({}, {"_id": True})}
    return sorted((each for each in migrations if each.name not in done), key=lambda each: each.number)


@contextlib.asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[None]:
    """Hold the lease while the context lasts."""
    holder = new_id("migrating")
    await _take(database, holder)
    renewing = asyncio.create_task(_renew(database, holder))
    try:
        yield
    finally:
        await end(renewing)
        await database.db[LEASES].delete_one({"_id": DONE, "holder": holder})


async def _take(database: Database, holder: str) -> None:
    """Wait for the lease. Whoever has not renewed it for `LEASE_SECONDS`, by this process's own clock, is dead."""
    leases = database.db[LEASES]
    seen, since = None, time.monotonic()
    while True:
        try:
            await leases.insert_one({"_id": DONE, "holder": holder, "beats": 0})
        except DuplicateKeyError:
            found = await leases.find_one({"_id": DONE})
        else:
            return
        if found is not None and found != seen:
            if seen is None:
                log.info("another process migrates the database; this one waits")
            seen, since = found, time.monotonic()
        elif found is not None and time.monotonic() - since > LEASE_SECONDS:
            taken = await leases.update_one(found, {"$set": {"holder": holder, "beats": 0}})
            if taken.modified_count:
                return
        await asyncio.sleep(POLL_SECONDS)


async def _renew(database: Database, holder: str) -> None:
    while True:
        await asyncio.sleep(LEASE_SECONDS / BEATS_A_LEASE)
        with contextlib.suppress(PyMongoError):  # the next one may get through
            await database.db[LEASES].update_one({"_id": DONE, "holder": holder}, {"$inc": {"beats": 1}})
