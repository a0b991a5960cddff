"""The one MongoDB client, and the writes that many stores share."""

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
from pymongo.errors import ClientBulkWriteException, DocumentTooLarge, PyMongoError, WriteConcernError
from pymongo.read_concern import ReadConcern
from pymongo.results import ClientBulkWriteResult

from redraft.away import TOO_LARGE_CODES, is_away
from redraft.config import Settings
from redraft.errors import Unavailable
from redraft.pool_watch import PoolWatch

Document = dict[str, Any]
DUPLICATE_KEY = 11000
IMMUTABLE_FIELD = 66
Operation = TypeVar("Operation", bound=UpdateOne | ReplaceOne[Document] | DeleteOne | InsertOne[Document])
T = TypeVar("T")
PAUSE_SECONDS = 0.5
"""Before a read that failed is done again."""


def now() -> datetime:
    """This moment as MongoDB keeps it: UTC, to the millisecond."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


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

    async def write(self, writes: Iterable[Write]) -> int:
        """Do all `writes` in their order, in one round trip, and answer how many found or made their document.

        Not a transaction: when it fails, do all of them again.
        """
        operations = [self._named(each.operation, each.collection) for each in writes]
        return await self._in_order(operations) if operations else 0

    async def insert_then(self, collection: str, document: Document, then: Iterable[Write]) -> bool:
        """Insert `document`, then do `then`, in one round trip.

        False when a unique index refused the document, its `_id` included; then nothing was written. It may be its own
        earlier try that stands there, without `then`: the driver tries again by itself when a connection breaks.
        """
        insert = self._named(InsertOne(document), collection)
        operations = [insert, *(self._named(each.operation, each.collection) for each in then)]
        try:
            await self._in_order(operations)
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
            return await self._in_order(operations) - 1
        except ClientBulkWriteException as error:
            if _refused_first(error, IMMUTABLE_FIELD):
                return None
            raise

    async def insert_then_update(self, inserts: Iterable[Insert], update: Write) -> bool:
        """Insert new documents, then do `update`, in one round trip; whether the update's filter found a document."""
        operations = [self._named(InsertOne(each.document), each.collection) for each in inserts]
        last = self._named(update.operation, update.collection)
        done = await self._bulk([*operations, last])
        return done.matched_count > 0

    async def update_each(self, collection: str, updates: Sequence[UpdateOne]) -> list[bool | None]:
        """Do many independent updates in one round trip; for each, whether its filter found a document.

        None where that document would be too large then. Another failure does not keep the others from being done, and
        raises in the end.
        """
        operations = [self._named(update, collection) for update in updates]
        try:
            done = await self._bulk(operations, each=True)
        except DocumentTooLarge:  # the driver sends none of them
            if len(updates) == 1:
                return [None]
            return [found for update in updates for found in await self.update_each(collection, [update])]
        except ClientBulkWriteException as error:
            refused: dict[int, int] = {each["idx"]: each["code"] for each in error.details["writeErrors"]}
            if not TOO_LARGE_CODES.issuperset(refused.values()):
                raise
            kept = error.partial_result.update_results if error.partial_result is not None else {}
            places = range(len(operations))
            return [None if at in refused else at in kept and kept[at].matched_count > 0 for at in places]
        return [done.update_results[place].matched_count > 0 for place in range(len(operations))]

    async def _in_order(self, operations: Sequence[Any]) -> int:
        """Do `operations` up to the first that is refused; answers how many found, made or deleted their document.

        Two upserts of one document at once: the server does the slower one again by itself only where its filter is
        exactly the unique key (`shouldRetryDuplicateKeyException` in its source). Where a filter says more than the
        `_id` it is done again here, once: the document is there by then.
        """
        try:
            return _found(await self._bulk(operations))
        except ClientBulkWriteException as error:
            place = _met_another(error, operations)
            if place is None:
                raise
            before = 0 if error.partial_result is None else _found(error.partial_result)
            try:
                return before + _found(await self._bulk(operations[place:]))
            except ClientBulkWriteException:
                raise error from None  # which counts the writes from the first one on

    async def _bulk(self, operations: Sequence[Any], *, each: bool = False) -> ClientBulkWriteResult:
        """One bulk write: in order up to the first refusal, or `each` by itself, with its own result.

        When the database was away it raises that very error, which the driver wraps. A write concern that failed is
        such an error, also where a write was refused as well: what refused it may be rolled back.
        """
        try:
            return await self.client.bulk_write(
                operations, ordered=not each, verbose_results=each, write_concern=self.db.write_concern
            )
        except ClientBulkWriteException as error:
            if isinstance(error.error, PyMongoError):
                raise error.error from error
            failures: list[Document] = error.details["writeConcernErrors"]
            for failed in failures:
                told = {"writeConcernError": failed}
                raise WriteConcernError("The write concern failed.", failed.get("code"), told) from error
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


def _found(done: ClientBulkWriteResult) -> int:
    return done.matched_count + done.upserted_count + done.deleted_count


def _met_another(error: ClientBulkWriteException, operations: Sequence[Any]) -> int | None:
    """The place of the upsert that an ordered bulk ended with because another one had just made its document."""
    refused: list[Any] = error.details["writeErrors"]
    for found in refused:
        operation = operations[found["idx"]]
        if found["code"] == DUPLICATE_KEY and isinstance(operation, UpdateOne) and operation._upsert:
            return int(found["idx"])
    return None


@contextlib.asynccontextmanager
async def connect(
    settings: Settings, url: str, pool_size: int | None = None, *, hurried: bool = True
) -> AsyncIterator[Database]:
    """The database at `url` for as long as the context lasts. Connects on first use, not here.

    By `pool_size` connections, or as many as the settings say. Without `hurried`, for what builds indexes, an operation
    may take as long as it takes.
    """
    timeout_ms = int(settings.mongodb_timeout_seconds * 1000)
    pool = PoolWatch()
    client: AsyncMongoClient[Document] = AsyncMongoClient(
        url,
        event_listeners=[pool],
        appname="redraft",
        maxPoolSize=pool_size or settings.mongodb_pool_size,
        timeoutMS=timeout_ms if hurried else None,
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
    except PyMongoError as error:
        if is_away(error):
            raise Unavailable("The database does not answer. Try again in a moment.", retry_after=2) from error
        raise
