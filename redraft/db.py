"""The one MongoDB client, the indexes that must exist, and the migrations that have run."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import AsyncMongoClient, DeleteOne, IndexModel, ReplaceOne, UpdateOne, WriteConcern
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import AutoReconnect, ConnectionFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from redraft.config import Settings
from redraft.errors import Unavailable

Document = dict[str, Any]
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


class Database:
    """The client and the database of this deployment.

    Writes are acknowledged by a majority and the journal: what was answered survives a kill. Times are aware, in UTC.
    """

    def __init__(self, client: AsyncMongoClient[Document], name: str) -> None:
        self.client = client
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

    async def write(self, writes: Iterable[Write]) -> None:
        """Do all `writes`: one round trip for each collection, in the order in which the collections first appear.

        Not a transaction: when it fails in between, do all of them again.
        """
        by_collection: dict[str, list[UpdateOne | ReplaceOne[Document] | DeleteOne]] = {}
        for each in writes:
            by_collection.setdefault(each.collection, []).append(each.operation)
        for collection, operations in by_collection.items():
            await self.db[collection].bulk_write(operations)

    async def ping(self) -> None:
        """Raise `Unavailable` unless the database answers."""
        async with reachable():
            await self.db.command("ping")


@contextlib.asynccontextmanager
async def connect(settings: Settings, url: str) -> AsyncIterator[Database]:
    """The database at `url` for as long as the context lasts. Connects on first use, not here."""
    timeout_ms = int(settings.mongodb_timeout_seconds * 1000)
    client: AsyncMongoClient[Document] = AsyncMongoClient(
        url,
        appname="redraft",
        maxPoolSize=settings.mongodb_pool_size,
        timeoutMS=timeout_ms,
        serverSelectionTimeoutMS=timeout_ms,
        tz_aware=True,
    )
    try:
        yield Database(client, settings.mongodb_database)
    finally:
        await client.close()


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
