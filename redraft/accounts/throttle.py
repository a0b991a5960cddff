"""How often something may be tried. The state is in the database: all replicas agree, and a restart forgets nothing.

Two kinds of limit. `Growing`: after a few free failures every further one doubles the wait. `Steady`: so many at once,
which come back evenly over a time. What a limit is about (a number, an address) is kept as a keyed hash only.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import DuplicateKeyError

from redraft.db import Database, Document, Indexes, now
from redraft.errors import TooManyRequests
from redraft.vault import OwnerKey

THROTTLES = Indexes("throttles", (IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),))
FIRST_WAIT = timedelta(seconds=1)
NONE = timedelta(0)


class Limit(Protocol):
    """How failures are answered."""

    def wait(self, kept: Document | None, at: datetime) -> timedelta:
        """How long the next try has to wait, given what was kept; zero or less: not at all."""
        ...

    def failure(self, kept: Document | None, at: datetime) -> Document | list[Document]:
        """The update that counts one more failure."""
        ...


@dataclass(frozen=True)
class Growing:
    """`free` failures cost nothing; then 1 s, 2 s, 4 s, up to `longest`. After `memory` all is forgotten."""

    free: int
    longest: timedelta
    memory: timedelta = timedelta(days=1)

    def wait(self, kept: Document | None, at: datetime) -> timedelta:
        """Until the wait that the last failure brought is over."""
        until: datetime | None = kept.get("until") if kept else None
        return until - at if until else NONE

    def failure(self, kept: Document | None, at: datetime) -> Document:
        """One more failure, and the wait it brings."""
        before = kept["failures"] if kept and kept["expires_at"] > at else 0
        doublings = min(before - self.free, 40)
        delay = min(FIRST_WAIT * 2**doublings, self.longest) if doublings >= 0 else NONE
        # Where nothing was kept another replica may have counted since: only what is forgotten is begun anew.
        forgotten = kept is not None and not before
        count = {} if forgotten else {"$inc": {"failures": 1}}
        first = {"failures": 1} if forgotten else {}
        return {**count, "$max": {"until": at + delay}, "$set": {"expires_at": at + self.memory, **first}}


@dataclass(frozen=True)
class Steady:
    """`burst` at once; each comes back after a part of `period`. (The generic cell rate algorithm.)"""

    burst: int
    period: timedelta

    @property
    def _interval(self) -> timedelta:
        return self.period / self.burst

    def wait(self, kept: Document | None, at: datetime) -> timedelta:
        """Until one of the burst has come back."""
        arrival: datetime | None = kept.get("arrival") if kept else None
        return arrival - at - self._interval * (self.burst - 1) if arrival else NONE

    def failure(self, kept: Document | None, at: datetime) -> list[Document]:
        """Take one, in one write: others may take theirs at this moment."""
        interval = self._interval / timedelta(milliseconds=1)
        arrival = {"$add": [{"$max": ["$arrival", at]}, interval]}
        return [{"$set": {"arrival": arrival, "expires_at": at + self.period}}]

    def free(self, at: datetime) -> Document:
        """The filter of what has one left."""
        return {"arrival": {"$lte": at + self._interval * (self.burst - 1)}}


@dataclass(frozen=True)
class Bucket:
    """A limit, and what it is about in this case: `("login", "+84…")`. What is `own`, a success makes forgotten."""

    limit: Limit
    about: tuple[str, ...]
    own: bool = False


class Attempt:
    """A try that the limits let through; say what became of it."""

    def __init__(self, throttle: "Throttle", buckets: Sequence[Bucket], kept: dict[str, Document]) -> None:
        self._throttle = throttle
        self._buckets = buckets
        self.kept = kept

    async def failed(self) -> None:
        """Count it against every limit."""
        await self._throttle.count(self._buckets, self.kept)

    async def succeeded(self) -> None:
        """Forget the failures that were this one's alone."""
        await self._throttle.forget([each for each in self._buckets if each.own], self.kept)


class Throttle:
    """The limits of this deployment."""

    def __init__(self, database: Database, secret: OwnerKey) -> None:
        self._kept = database.db[THROTTLES.collection]
        self._secret = secret

    async def attempt(self, *buckets: Bucket) -> Attempt:
        """Begin a try; costs one read. Raises `TooManyRequests` when one of the limits says to wait."""
        ids = [self._id(each) for each in buckets]
        found = {each["_id"]: each async for each in self._kept.find({"_id": {"$in": ids}})}
        at = now()
        waits = [each.limit.wait(found.get(_id), at) for each, _id in zip(buckets, ids, strict=True)]
        if (wait := max(waits)) > NONE:
            raise refusal(wait)
        return Attempt(self, buckets, found)

    async def patient(self, longest: timedelta, hurried: Bucket, *buckets: Bucket) -> Attempt:
        """The same, but what `hurried` says is waited for, up to `longest`, instead of refused."""
        attempt = await self.attempt(*buckets)
        _id = self._id(hurried)
        kept = await self._kept.find_one({"_id": _id})
        wait = min(hurried.limit.wait(kept, now()), longest)
        if wait > NONE:
            await asyncio.sleep(wait.total_seconds())
        return Attempt(self, [hurried, *buckets], attempt.kept | ({_id: kept} if kept else {}))

    async def take(self, limit: Steady, *about: str) -> None:
        """Use one of a steady limit, or raise `TooManyRequests`. One conditional write decides between all replicas."""
        _id = self._id(Bucket(limit, about))
        for _ in range(3):
            at = now()
            try:
                await self._kept.update_one({"_id": _id, **limit.free(at)}, limit.failure(None, at), upsert=True)
            except DuplicateKeyError:  # it is there, and has none left, or another request made it at this moment
                kept = await self._kept.find_one({"_id": _id})
                if (wait := limit.wait(kept, at)) > NONE:
                    raise refusal(wait) from None
            else:
                return
        raise refusal(FIRST_WAIT)

    async def count(self, buckets: Sequence[Bucket], kept: dict[str, Document]) -> None:
        """Count a failure in each of `buckets`, of which `kept` is what was read."""
        at = now()
        writes = []
        for each in buckets:
            _id = self._id(each)
            writes.append(UpdateOne({"_id": _id}, each.limit.failure(kept.get(_id), at), upsert=True))
        await self._kept.bulk_write(writes, ordered=False)

    async def forget(self, buckets: Sequence[Bucket], kept: dict[str, Any]) -> None:
        """Begin `buckets` anew; costs nothing where no failure was `kept`."""
        if ids := [_id for each in buckets if (_id := self._id(each)) in kept]:
            await self._kept.delete_many({"_id": {"$in": ids}})

    def _id(self, bucket: Bucket) -> str:
        return self._secret.digest("\0".join(bucket.about))


def refusal(wait: timedelta) -> TooManyRequests:
    """A 429 that says when to come back."""
    seconds = max(1, round(wait.total_seconds()))
    return TooManyRequests(f"Too many tries. Come back in {seconds} seconds.", retry_after=seconds)
