"""The keys of users, and what is sealed with them."""

import contextlib
import hmac
import os
import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo.errors import DuplicateKeyError

from redraft.config import Settings
from redraft.db import Database, Document
from redraft.errors import NotFound
from redraft.vault.master import KEY_BYTES, MasterKeys, configured, in_database
from redraft.vault.place import Place

DEPLOYMENT = "deployment"
"""The owner of what belongs to no user: the signing keys."""
CACHED_KEYS = 20_000
CACHED = timedelta(minutes=5)
MOST_KEYS = 255
"""Of one owner, one after the other: a byte names them."""
BOUND = b"\0"
"""The first byte of a text that is bound to its place. Older ones begin with the number of their key, never 0."""
_NONCE_BYTES = 12


class OwnerKey:
    """One owner's key: AES-256-GCM, a random nonce for each text. Costs microseconds, and nothing waits.

    A text is sealed for the place where it will stand, and opens there only: who moves it to another record, field or
    collection has noise, as has who moves it to another owner, whose key is another.

    After it was `renewed`, the newest one whose time has come seals. Each opens what it sealed. A sealed text is the
    byte `BOUND`, the number of its key (one byte), the nonce and the ciphertext. Before there were places the first of
    these was missing, and nothing was bound: such texts are still read, wherever they stand.
    """

    def __init__(self, key: bytes, renewed: Sequence[tuple[datetime, bytes]] = ()) -> None:
        self._ciphers = [AESGCM(each) for each in (key, *(later for _, later in renewed))]
        self._used_from = [start.timestamp() for start, _ in renewed]
        # Always of the first one: what it made is looked up again.
        self._digest_key = hmac.digest(key, b"digest", "sha256")

    def seal(self, text: str, place: Place) -> bytes:
        """`text` as it may be kept at `place`: 30 bytes longer than its UTF-8."""
        return self._seal(text.encode(), place)

    def open(self, sealed: bytes, place: Place) -> str:
        """What `seal` was given for this place.

        Raises `cryptography.exceptions.InvalidTag` if the bytes are not of this key, or were sealed for another place.
        """
        return self._open(sealed, place).decode()

    def seal_json(self, value: Any, place: Place) -> bytes:
        """Plain data (what JSON can say; times become text) as it may be kept at `place`."""
        return self._seal(orjson.dumps(value), place)

    def open_json(self, sealed: bytes, place: Place) -> Any:
        """The plain data that `seal_json` was given. Raises as `open` does."""
        return orjson.loads(self._open(sealed, place))

    def seal_bytes(self, value: bytes, place: Place) -> bytes:
        """`value` as it may be kept at `place`."""
        return self._seal(value, place)

    def open_bytes(self, sealed: bytes, place: Place) -> bytes:
        """What `seal_bytes` was given. Raises as `open` does."""
        return self._open(sealed, place)

    def digest(self, text: str) -> str:
        """A keyed hash of `text`: the same for the same text, and nothing that can be guessed from without the key."""
        return hmac.digest(self._digest_key, text.encode(), "sha256").hex()

    def _seal(self, plain: bytes, place: Place) -> bytes:
        number = bisect_right(self._used_from, time.time())
        head, nonce = BOUND + bytes([number + 1]), os.urandom(_NONCE_BYTES)
        return head + nonce + self._ciphers[number].encrypt(nonce, plain, head + place.bound)

    def _open(self, sealed: bytes, place: Place) -> bytes:
        bound = sealed[:1] == BOUND
        head, rest = (sealed[:2], sealed[2:]) if bound else (sealed[:1], sealed[1:])
        if not head or not 1 <= head[-1] <= len(self._ciphers) or len(rest) < _NONCE_BYTES:
            raise InvalidTag
        about = head + place.bound if bound else head
        return self._ciphers[head[-1] - 1].decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], about)


class Vault:
    """Lends each owner's key; makes it on first use, and destroys it when the owner is erased."""

    def __init__(self, database: Database, masters: MasterKeys, cached: timedelta = CACHED) -> None:
        self._keys = database.db["owner_keys"]
        self._masters = masters
        self._cached = cached
        self._cache: OrderedDict[str, tuple[float, OwnerKey]] = OrderedDict()

    async def key(self, owner_id: str) -> OwnerKey:
        """The owner's key. Raises `NotFound` when the owner was erased, `WrongMasterKey` where that one is missing."""
        cached = self._cache.get(owner_id)
        if cached and cached[0] > time.monotonic():
            return cached[1]
        kept = await self._keys.find_one({"_id": owner_id}) or await self._make(owner_id)
        if kept.get("wrapped") is None:
            raise NotFound("This account was erased.")
        renewed = [(each["from"], self._masters.unwrap(owner_id, each)) for each in kept.get("renewed", ())]
        key = OwnerKey(self._masters.unwrap(owner_id, kept), renewed)
        self._cache[owner_id] = (time.monotonic() + self._cached.total_seconds(), key)
        self._cache.move_to_end(owner_id)
        if len(self._cache) > CACHED_KEYS:
            self._cache.popitem(last=False)
        return key

    async def seal(self, owner_id: str, text: str, place: Place) -> bytes:
        """`text` sealed with the owner's key for `place`."""
        return (await self.key(owner_id)).seal(text, place)

    async def open(self, owner_id: str, sealed: bytes, place: Place) -> str:
        """The text that was sealed with the owner's key for `place`."""
        return (await self.key(owner_id)).open(sealed, place)

    def forget(self, owner_ids: Iterable[str]) -> None:
        """Ask the database for these owners' keys again: another replica may have destroyed them."""
        for each in owner_ids:
            self._cache.pop(each, None)

    async def destroy(self, owner_id: str) -> None:
        """Make everything sealed for this owner unreadable, and let nothing more be sealed for them.

        Another replica that used the key lately keeps it until it is told to `forget`, or for `cached`.
        """
        gone = {
            "$set": {"wrapped": None, "master": None, "destroyed_at": datetime.now(UTC)},
            "$unset": {"renewed": ""},
        }
        await self._keys.update_one({"_id": owner_id}, gone, upsert=True)
        self.forget([owner_id])

    async def rewrap(self) -> int:
        """Wrap every key with the newest master key, after which the older ones may go. Answers how many were not."""
        changed = 0
        async for kept in self._keys.find({"wrapped": {"$ne": None}}):
            if all(each["master"] == self._masters.newest for each in (kept, *kept.get("renewed", ()))):
                continue
            again = self._again(kept["_id"], kept)
            if "renewed" in kept:
                later = [self._again(kept["_id"], each) | {"from": each["from"]} for each in kept["renewed"]]
                again["renewed"] = later
            changed += (await self._keys.update_one(_as_read(kept), {"$set": again})).modified_count
        return changed

    async def renew(self, older_than: timedelta) -> int:
        """Make a new key for each owner whose newest is older, and for the deployment; answers for how many.

        It is used when every replica has it, after twice the time that keys are cached. What was sealed before stays
        as it is, under the older key, until it is written again.
        """
        at, changed = datetime.now(UTC), 0
        async for kept in self._keys.find({"wrapped": {"$ne": None}}):
            renewed = kept.get("renewed", [])
            newest = renewed[-1]["from"] if renewed else kept["created_at"]
            if newest <= at - older_than and len(renewed) + 1 < MOST_KEYS:
                made = self._masters.wrap(kept["_id"], os.urandom(KEY_BYTES)) | {"from": at + 2 * self._cached}
                change = {"$push": {"renewed": made}}
                changed += (await self._keys.update_one(_as_read(kept), change)).modified_count
        return changed

    def _again(self, owner_id: str, kept: Document) -> Document:
        return self._masters.wrap(owner_id, self._masters.unwrap(owner_id, kept))

    async def _make(self, owner_id: str) -> Document:
        wrapped = self._masters.wrap(owner_id, os.urandom(KEY_BYTES))
        with contextlib.suppress(DuplicateKeyError):  # another request made it first; its key counts
            await self._keys.insert_one({"_id": owner_id, **wrapped, "created_at": datetime.now(UTC)})
        found = await self._keys.find_one({"_id": owner_id})
        assert found is not None  # noqa: S101  keys are destroyed, never deleted
        return found


def _as_read(kept: Document) -> Document:
    """The filter of an owner's keys that nobody changed since. (None is also a field that is not there.)"""
    return {"_id": kept["_id"], "wrapped": kept["wrapped"], "renewed": kept.get("renewed")}


async def open_vault(settings: Settings, database: Database) -> Vault:
    """The vault of this deployment. Raises `WrongMasterKey` when the texts are sealed with another master key."""
    masters = await configured(settings) or await in_database(database)
    vault = Vault(database, masters)
    await vault.key(DEPLOYMENT)
    return vault
