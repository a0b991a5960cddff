"""The keys that sign access tokens: kept in the database, so that every replica signs and checks with the same ones."""

import base64
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from redraft.accounts.store import now
from redraft.db import Database
from redraft.ids import new_id
from redraft.vault import DEPLOYMENT, Vault

RELOAD_SECONDS = 1.0
"""A token with an unknown key makes a replica look for new keys, this often at most."""


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
        self._vault = vault
        self._kept = database.db["signing_keys"]
        self._keys: dict[str, SigningKey] = {}
        self._loaded_at = 0.0

    async def start(self) -> None:
        """Load the keys, making the first where there is none. Two replicas may both make one: both count."""
        await self._load()
        if not self._keys:
            await self.rotate()

    async def rotate(self) -> None:
        """Sign with a new key from now on. What older ones signed stays valid."""
        vault_key = await self._vault.key(DEPLOYMENT)
        sealed = vault_key.seal_bytes(Ed25519PrivateKey.generate().private_bytes_raw())
        await self._kept.insert_one({"_id": new_id("key"), "sealed": sealed, "created_at": now()})
        await self._load()

    def newest(self) -> SigningKey:
        """The key that signs."""
        return max(self._keys.values(), key=lambda key: (key.created_at, key.id))

    async def find(self, key_id: str) -> SigningKey | None:
        """The key of this id, which another replica may have made a moment ago."""
        if key_id not in self._keys and time.monotonic() - self._loaded_at > RELOAD_SECONDS:
            await self._load()
        return self._keys.get(key_id)

    def published(self) -> list[dict[str, Any]]:
        """The public halves, as a JSON Web Key Set lists them (RFC 8037)."""
        return [
            {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.id, "x": _x(key.public)}
            for key in self._keys.values()
        ]

    async def _load(self) -> None:
        self._loaded_at = time.monotonic()
        keys = {}
        vault_key = await self._vault.key(DEPLOYMENT)
        async for kept in self._kept.find({}):
            private = Ed25519PrivateKey.from_private_bytes(vault_key.open_bytes(kept["sealed"]))
            keys[kept["_id"]] = SigningKey(kept["_id"], private, private.public_key(), kept["created_at"])
        self._keys = keys


def _x(public: Ed25519PublicKey) -> str:
    return base64.urlsafe_b64encode(public.public_bytes_raw()).decode().rstrip("=")
