"""The keys that sign access tokens: kept in the database, so that every replica signs and checks with the same ones."""

import asyncio
import base64
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pymongo.errors import PyMongoError

from redraft.db import Database, now
from redraft.ids import new_id
from redraft.tasks import end
from redraft.vault import DEPLOYMENT, Place, Vault

log = structlog.get_logger()

FOLLOW_SECONDS = 5.0
"""So often a replica looks whether another one has made a key."""
RELOAD_SECONDS = 1.0
"""A token with an unknown key makes a replica look again, this often at most; until then the token waits."""
KEPT = timedelta(hours=2)
"""Longer than any access token lives: what an older key signed has expired."""


@dataclass(frozen=True)
class SigningKey:
    """One key. `id` is what tokens call it."""

    id: str
    private: Ed25519PrivateKey
    public: Ed25519PublicKey
    created_at: datetime


class Keyring:
    """Every key whose tokens may still be alive; the newest one signs."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._kept = database.db["signing_keys"]
        self._vault = vault
        self._keys: dict[str, SigningKey] = {}
        self._loaded_at = 0.0
        self._again: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Load the keys, make the first where there is none, and keep up with what other replicas make."""
        await self.load()
        if not self._keys:
            await self.rotate()
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            await end(task, *([self._again] if self._again else []))

    async def rotate(self, *, distrust_old: bool = False) -> None:
        """Sign with a new key from now on.

        What the old ones signed stays valid, unless they are to be distrusted, say because one leaked: then everybody
        refreshes once. Two replicas that both make a key agree on the newest.
        """
        key = await self._vault.key(DEPLOYMENT)
        key_id, private = new_id("key"), Ed25519PrivateKey.generate().private_bytes_raw()
        made = {"_id": key_id, "sealed": key.seal_bytes(private, _sealed(key_id)), "created_at": now()}
        await self._kept.insert_one(made)
        await self.load()
        ordered = sorted(self._keys.values(), key=lambda each: (each.created_at, each.id))
        # What a key signed last, it signed just before its successor was made.
        expired = now() - KEPT
        gone = [old.id for old, successor in pairwise(ordered) if distrust_old or successor.created_at < expired]
        await self._kept.delete_many({"_id": {"$in": gone}})
        await self.load()

    def newest(self) -> SigningKey:
        """The key that signs."""
        return max(self._keys.values(), key=lambda key: (key.created_at, key.id))

    async def find(self, key_id: str) -> SigningKey | None:
        """The key of this id, which another replica may have made a moment ago: also since this one looked last."""
        if key_id not in self._keys:
            if self._again is None or self._again.done():
                self._again = asyncio.create_task(self._load_again())
            await asyncio.shield(self._again)
        return self._keys.get(key_id)

    async def _load_again(self) -> None:
        await asyncio.sleep(self._loaded_at + RELOAD_SECONDS - time.monotonic())
        await self.load()

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._keys

    def published(self) -> list[dict[str, Any]]:
        """The public halves, as a JSON Web Key Set lists them (RFC 8037)."""
        return [
            {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.id, "x": _x(key.public)}
            for key in self._keys.values()
        ]

    async def load(self) -> None:
        """Read the keys that the database has now."""
        self._loaded_at = time.monotonic()
        key = await self._vault.key(DEPLOYMENT)
        keys = {}
        async for kept in self._kept.find({}):
            private = Ed25519PrivateKey.from_private_bytes(key.open_bytes(kept["sealed"], _sealed(kept["_id"])))
            keys[kept["_id"]] = SigningKey(kept["_id"], private, private.public_key(), kept["created_at"])
        self._keys = keys

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            try:
                await self.load()
            except PyMongoError as error:
                log.warning("the signing keys could not be read", error=type(error).__name__)


def _sealed(key_id: str) -> Place:
    return Place("signing_keys", "sealed", key_id)


def _x(public: Ed25519PublicKey) -> str:
    return base64.urlsafe_b64encode(public.public_bytes_raw()).decode().rstrip("=")
