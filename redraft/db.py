"""The one MongoDB client, the indexes that must exist, and the migrations that have run."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import pymongo.lock
from bson.codec_options import CodecOptions
from pymongo import AsyncMongoClient, DeleteOne, IndexModel, InsertOne, ReplaceOne, UpdateOne, WriteConcern
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import AutoReconnect, ClientBulkWriteException, ConnectionFailure, PyMongoError
from pymongo.monitoring import (
    ConnectionCheckedInEvent,
    ConnectionCheckedOutEvent,
    ConnectionClosedEvent,
    ConnectionCreatedEvent,
    ConnectionPoolListener,
)
from pymongo.read_concern import ReadConcern
from pymongo.results import ClientBulkWriteResult

from redraft.config import Settings
from redraft.errors import Unavailable

Document = dict[str, Any]
DUPLICATE_KEY = 11000
IMMUTABLE_FIELD = 66
Operation = TypeVar("Operation", bound=UpdateOne | ReplaceOne[Document] | DeleteOne | InsertOne[Document])
T = TypeVar("T")
PAUSE_SECONDS = 0.5
"""Before a read that failed is done again."""
Migration = Callable[["Database"], Awaitable[None]]


@dataclass(frozen=True)
class Indexes:
    """The indexes of one collection; each store declares its own as a constant."""

    collection: str
    models: tuple[IndexModel, ...]


@dataclass(frozen=True)
class Write:
    """One write that may be done again: doing it twice leaves what doing it once did.

    Its filter names the `_id`; a new document comes by `$setOnInsert` and `upsert=True`, not by an insert that would
    fail the second time.
    """

    collection: str
    operation: UpdateOne | ReplaceOne[Document] | DeleteOne


@dataclass(frozen=True)
class Insert:
    """A new document for a collection."""

    collection: str
    document: Document


class PoolWatch(ConnectionPoolListener):
    """Counts the connections of the client's pools. Called by the driver, in the event loop."""

    def __init__(self) -> None:
        self.open = 0
        self.in_use = 0

    def connection_created(self, event: ConnectionCreatedEvent) -> None:
        """One more."""
        self.open += 1

    def connection_closed(self, event: ConnectionClosedEvent) -> None:
        """One less."""
        self.open -= 1

    def connection_checked_out(self, event: ConnectionCheckedOutEvent) -> None:
        """An operation has one."""
        self.in_use += 1

    def connection_checked_in(self, event: ConnectionCheckedInEvent) -> None:
        """An operation gave it back."""
        self.in_use -= 1

    def _unwatched(self, event: object) -> None:
        """Something that no figure tells of."""

    pool_created = pool_ready = pool_cleared = pool_closed = _unwatched
    connection_ready = connection_check_out_started = connection_check_out_failed = _unwatched


class Database:
    """The client and the database of this deployment.

    Writes are acknowledged by a majority and the journal: what was answered survives a kill. Times are aware, in UTC.
    """

    def __init__(self, client: AsyncMongoClient[Document], name: str, pool: PoolWatch) -> None:
        self.client = client
        self.pool = pool
        self.name = name
        options: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
        self.db: AsyncDatabase[Document] = client.get_database(
            name,
            codec_options=options,
            write_concern=WriteConcern(w="majority", j=True),
            read_concern=ReadConcern("majority"),
        )

    async def prepare(self, indexes: Iterable[Indexes], migrations: Iterable[Migration] = ()) -> None:
        """Create what is missing of `indexes`, then run each new migration. Many processes may do so at once."""
        for wanted in indexes:
            await self.db[wanted.collection].create_indexes(list(wanted.models))
        for migration in migrations:
            if await self.db["migrations"].find_one({"_id": migration.__name__}) is None:
                await migration(self)
                done = {"$setOnInsert": {"done_at": datetime.now(UTC)}}
                await self.db["migrations"].update_one({"_id": migration.__name__}, done, upsert=True)

    async def write(self, writes: Iterable[Write]) -> int:
        """Do all `writes` in their order, in one round trip, and answer how many found or made their document.

        Not a transaction: when it fails, do all of them again.
        """
        operations = [self._named(each.operation, each.collection) for each in writes]
        if not operations:
            return 0
        done = await self._bulk(operations)
        return done.matched_count + done.upserted_count + done.deleted_count

    async def insert_then(self, collection: str, document: Document, then: Iterable[Write]) -> bool:
        """Insert `document`, then do `then`, in one round trip.

        False when a unique index refused the document, its `_id` included; then nothing was written. It may be its own
        earlier try that stands there, without `then`: the driver tries again by itself when a connection breaks.
        """
        insert = self._named(InsertOne(document), collection)
        operations = [insert, *(self._named(each.operation, each.collection) for each in then)]
        try:
            await self._bulk(operations)
        except ClientBulkWriteException as error:
            if _refused_first(error, DUPLICATE_KEY):
                return False
            raise
        return True

    async def update_then(
        self, collection: str, which: Document, changes: Document, then: Iterable[Write]
    ) -> int | None:
        """Do `changes` to the document of this `_id`, and `then` only if it was as `which` says, in one round trip.

        Answers how many of `then` found or made theirs; None when `which` found nothing, and then nothing was written.
        Where a later write fails it raises, and those before it are done.
        """
        # An update that finds nothing is no failure, and would not keep the others from being done. As an upsert that
        # could only make a document of another `_id` than the filter names, it is refused.
        or_fail = {**changes, "$setOnInsert": {"_id": "there must be one"}}
        guard = self._named(UpdateOne(which, or_fail, upsert=True), collection)
        operations = [guard, *(self._named(each.operation, each.collection) for each in then)]
        try:
            done = await self._bulk(operations)
        except ClientBulkWriteException as error:
            if _refused_first(error, IMMUTABLE_FIELD):
                return None
            raise
        return done.matched_count + done.upserted_count + done.deleted_count - 1

    async def insert_then_update(self, inserts: Iterable[Insert], update: Write) -> bool:
        """Insert new documents, then do `update`, in one round trip; whether the update's filter found a document."""
        operations = [self._named(InsertOne(each.document), each.collection) for each in inserts]
        last = self._named(update.operation, update.collection)
        done = await self._bulk([*operations, last])
        return done.matched_count > 0

    async def update_each(self, collection: str, updates: Iterable[UpdateOne]) -> list[bool]:
        """Do many independent updates in one round trip; for each, whether its filter found a document.

        One that fails does not keep the others from being done, and raises in the end.
        """
        operations = [self._named(update, collection) for update in updates]
        done = await self._bulk(operations, each=True)
        return [done.update_results[place].matched_count > 0 for place in range(len(operations))]

    async def _bulk(self, operations: Sequence[Any], *, each: bool = False) -> ClientBulkWriteResult:
        """One bulk write: in order up to the first refusal, or `each` by itself, with its own result.

        When the database was away it raises that very error, which the driver wraps.
        """
        try:
            return await self.client.bulk_write(
                operations, ordered=not each, verbose_results=each, write_concern=self.db.write_concern
            )
        except ClientBulkWriteException as error:
            if isinstance(error.error, PyMongoError):
                raise error.error from error
            raise

    def _named(self, operation: Operation, collection: str) -> Operation:
        """`operation` with its namespace, which only this class knows: a `Write` is made without a database."""
        operation._namespace = f"{self.name}.{collection}"
        return operation

    async def ping(self) -> None:
        """Raise `Unavailable` unless the database answers."""
        async with reachable():
            await self.db.command("ping")


def _refused_first(error: ClientBulkWriteException, code: int) -> bool:
    """Whether the first write of a bulk was refused with this code."""
    refused: list[Any] = error.details["writeErrors"]
    return any(found["idx"] == 0 and found["code"] == code for found in refused)


@contextlib.asynccontextmanager
async def connect(settings: Settings, url: str, pool_size: int | None = None) -> AsyncIterator[Database]:
    """The database at `url` for as long as the context lasts. Connects on first use, not here.

    By `pool_size` connections, or as many as the settings say.
    """
    timeout_ms = int(settings.mongodb_timeout_seconds * 1000)
    pool = PoolWatch()
    client: AsyncMongoClient[Document] = AsyncMongoClient(
        url,
        event_listeners=[pool],
        appname="redraft",
        maxPoolSize=pool_size or settings.mongodb_pool_size,
        timeoutMS=timeout_ms,
        serverSelectionTimeoutMS=timeout_ms,
        tz_aware=True,
    )
    try:
        yield Database(client, settings.mongodb_database, pool)
    finally:
        await client.close()


async def _wait_for(awaited: Awaitable[T], seconds: float | None) -> T:
    """What `asyncio.wait_for` is from Python 3.12 on: it has not left before what it waits for has ended."""
    async with asyncio.timeout(seconds):
        return await awaited


if sys.version_info < (3, 12):
    # The driver waits by it for a server, and for a connection of its pool, with a lock that it takes again in the end.
    # Python's own, when it is cancelled while it cancels (a client left; frameworks cancel until a task ends), leaves
    # first: then that lock stays locked, and every later request of this process waits for the database for ever.
    pymongo.lock.wait_for = _wait_for  # type: ignore[assignment, attr-defined, unused-ignore]


async def patiently(read: Callable[[], Awaitable[T]], seconds: float) -> T:
    """What `read` answers; asked again while the database is away, for so long. Then raises `Unavailable`."""
    until = time.monotonic() + seconds
    while True:
        try:
            async with reachable():
                return await read()
        except Unavailable:
            if time.monotonic() > until:
                raise
        await asyncio.sleep(PAUSE_SECONDS)


@contextlib.asynccontextmanager
async def reachable() -> AsyncIterator[None]:
    """Turn "the database is away" into `Unavailable`; every other database error stays what it is."""
    try:
        yield
    except (AutoReconnect, ConnectionFailure) as error:
        raise Unavailable("The database does not answer. Try again in a moment.", retry_after=2) from error
    except PyMongoError as error:
        if error.timeout:
            raise Unavailable("The database does not answer. Try again in a moment.", retry_after=2) from error
        raise
