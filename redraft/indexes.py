"""The indexes that must exist, compared with those there are.

An index of a large collection takes longer than a start may: a build that is interrupted is given up by the server
(SERVER-46595), and one waits for every member of the replica set (SERVER-65670). So a start makes at once only what
costs nothing, and says which command makes the rest.

A definition keeps its name for ever, as the server refuses another one under it: who changes an index gives it a new
name, with a number at its end (`owner_id_1_v2`). Only the time of a TTL index may change under the same name.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from pymongo import IndexModel
from pymongo.errors import OperationFailure

from redraft.db import Database, Indexes

log = structlog.get_logger()

COMMAND = "redraft indexes"
OPTIONS = ("unique", "sparse", "partialFilterExpression")
TTL = "expireAfterSeconds"


INDEX_NOT_FOUND, NAMESPACE_NOT_FOUND = 27, 26


class IndexesMissing(RuntimeError):
    """A unique index is missing that two users or two tabs are kept apart by, or another index has its name."""


@dataclass(frozen=True)
class Index:
    """A declared index, and its collection."""

    collection: str
    model: IndexModel

    @property
    def name(self) -> str:
        return str(self.model.document["name"])

    @property
    def unique(self) -> bool:
        return bool(self.model.document.get("unique"))

    def __str__(self) -> str:
        return f"{self.collection}.{self.name}" + (" (unique)" if self.unique else "")


@dataclass(frozen=True)
class Difference:
    """What is not as declared: `missing`, another `lifetime` of a TTL index, `other` definitions under the same name.

    `superfluous` are the indexes, as pairs of collection and name, that nothing declares any more.
    """

    missing: tuple[Index, ...]
    lifetime: tuple[Index, ...]
    other: tuple[Index, ...]
    superfluous: tuple[tuple[str, str], ...]


async def compare(database: Database, declared: Iterable[Indexes]) -> Difference:
    """What the database has against what is `declared`. Of collections that are not there all is missing."""
    there = set(await database.db.list_collection_names())
    missing, lifetime, other, superfluous = list[Index](), list[Index](), list[Index](), list[tuple[str, str]]()
    for wanted in declared:
        found: dict[str, Mapping[str, Any]] = {}
        if wanted.collection in there:
            async for each in await database.db[wanted.collection].list_indexes():
                found[each["name"]] = each
        for index in (Index(wanted.collection, model) for model in wanted.models):
            kept = found.pop(index.name, None)
            if kept is None:
                missing.append(index)
            elif _definition(kept) != _definition(index.model.document):
                other.append(index)
            elif kept.get(TTL) != index.model.document.get(TTL):
                lifetime.append(index)
        superfluous += [(wanted.collection, name) for name, kept in found.items() if not _is_of_the_server(kept)]
    return Difference(tuple(missing), tuple(lifetime), tuple(other), tuple(superfluous))


async def prepare(database: Database, indexes: Sequence[Indexes], *, build: bool = False) -> None:
    """Make what is missing where it costs nothing. Many processes may do so at once.

    With `build`, for an embedded database, also where it takes its time. Raises `IndexesMissing`.
    """
    difference = await compare(database, indexes)
    late = [] if build else await _of_filled_collections(database, difference.missing)
    for collection, missing in _by_collection(index for index in difference.missing if index not in late):
        await database.db[collection].create_indexes([index.model for index in missing])
    if build:
        for index in difference.lifetime:
            await _change_lifetime(database, index)
    refused = _refusal([*late, *difference.other])
    if refused is not None:
        raise IndexesMissing(f"The database {refused}")
    other = [str(index) for index in (*late, *difference.other, *(() if build else difference.lifetime))]
    if other:
        log.warning("some indexes are missing or of an older version, which is slow", indexes=other, run=COMMAND)


async def unique_fault(database: Database, declared: Sequence[Indexes]) -> str | None:
    """Which unique indexes a start would be refused for, with what to do; None when it would not be."""
    difference = await compare(database, declared)
    return _refusal([*await _of_filled_collections(database, difference.missing), *difference.other])


async def build(database: Database, declared: Sequence[Indexes], *, drop: bool = False) -> AsyncIterator[str]:
    """Make everything as declared, and tell of each step before it is done; for a database that is not `hurried`.

    What is superfluous is told of, and dropped only with `drop`: servers of the version before may still need it.
    """
    difference = await compare(database, declared)
    for index in difference.missing:
        yield f"building {index}"
        await database.db[index.collection].create_indexes([index.model])
    for index in difference.lifetime:
        yield f"changing how long {index.collection} are kept: {index.model.document[TTL]} s after {index.name}"
        await _change_lifetime(database, index)
    for index in difference.other:
        if index.unique:
            yield f"{index} has another definition: drop it while no redraft runs, and run this again"
            continue
        yield f"building {index} anew, which had another definition"
        await database.db[index.collection].drop_index(index.name)
        await database.db[index.collection].create_indexes([index.model])
    for collection, name in difference.superfluous:
        if drop:
            yield f"dropping {collection}.{name}, which nothing declares"
            await database.db[collection].drop_index(name)
        else:
            yield f"{collection}.{name} is superfluous; with --drop it goes, once no older redraft runs"


async def drop_index(database: Database, collection: str, name: str) -> None:
    """Drop an index that nothing needs any more, for a migration; a new database never had it."""
    try:
        await database.db[collection].drop_index(name)
    except OperationFailure as error:
        if error.code not in (INDEX_NOT_FOUND, NAMESPACE_NOT_FOUND):
            raise


async def _change_lifetime(database: Database, index: Index) -> None:
    changed = {"name": index.name, TTL: index.model.document[TTL]}
    await database.db.command({"collMod": index.collection, "index": changed})


async def _of_filled_collections(database: Database, missing: Sequence[Index]) -> list[Index]:
    """Those whose build may take long, as there are documents to be read for it."""
    filled = {
        name for name in {index.collection for index in missing} if await database.db[name].find_one({}, {"_id": 1})
    }
    return [index for index in missing if index.collection in filled]


def _refusal(indexes: Iterable[Index]) -> str | None:
    vital = [str(index) for index in indexes if index.unique]
    return f"lacks {', '.join(vital)}: run `{COMMAND}` once, and start again." if vital else None


def _by_collection(indexes: Iterable[Index]) -> list[tuple[str, list[Index]]]:
    found: dict[str, list[Index]] = {}
    for index in indexes:
        found.setdefault(index.collection, []).append(index)
    return list(found.items())


def _definition(document: Mapping[str, Any]) -> tuple[Any, ...]:
    """What cannot be changed of an index, as the server tells it or as it is declared."""
    keys = [(field, int(direction)) for field, direction in document["key"].items()]
    return (keys, TTL in document, *(document.get(option) or None for option in OPTIONS))


def _is_of_the_server(kept: Mapping[str, Any]) -> bool:
    """The index of the `_id`, and the one of a shard key."""
    return kept["name"] == "_id_" or "hashed" in kept["key"].values()
