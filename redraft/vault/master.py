"""The master keys: the first wraps, the others still unwrap what they wrapped before a rotation.

Where they come from: the setting `REDRAFT_MASTER_KEY`, or the file or the command that settings name; else, beside an
embedded database, a file in the data directory; else the database itself, because replicas share nothing but that.
Only the last one does not keep the texts from somebody who has the database; it still lets an erased user's texts go
for good.
"""

import asyncio
import base64
import binascii
import contextlib
import hashlib
import os
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from redraft.config import Settings
from redraft.db import Database, Document

KEY_BYTES = 32
COMMAND_SECONDS = 60.0
_NONCE_BYTES = 12


def generate_master_key() -> str:
    """A new key as settings hold it: 32 random bytes in base64."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def load_or_create(path: Path) -> str:
    """The keys in the file at `path`, the newest first, one a line; a new file with a new key if there is none.

    Only its owner can read the file. Two processes that start at once agree: the file appears whole, once.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(generate_master_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text()


class MasterKeys:
    """Wraps and unwraps the keys of users."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(
                f"REDRAFT_MASTER_KEY: a master key is {KEY_BYTES} bytes; `redraft keys generate` prints one"
            )
        self._keys = {_name(key): AESGCM(key) for key in keys}
        self.newest = _name(keys[0])

    @classmethod
    def parse(cls, text: str) -> "MasterKeys":
        """Keys in base64, the newest first, with white space between them. Raises `ValueError`."""
        try:
            return cls([base64.b64decode(word, validate=True) for word in text.split()])
        except binascii.Error:
            raise ValueError(
                "REDRAFT_MASTER_KEY: a master key is 32 bytes in base64; `redraft keys generate` prints one"
            ) from None

    def wrap(self, owner_id: str, key: bytes) -> Document:
        """`key` as the database keeps it, bound to its owner."""
        nonce = os.urandom(_NONCE_BYTES)
        wrapped = nonce + self._keys[self.newest].encrypt(nonce, key, owner_id.encode())
        return {"master": self.newest, "wrapped": wrapped}

    def unwrap(self, owner_id: str, kept: Document) -> bytes:
        """The key that `wrap` was given. Raises `WrongMasterKey`."""
        master, wrapped = self._keys.get(kept["master"]), kept["wrapped"]
        if master is None:
            raise WrongMasterKey(kept["master"])
        try:
            return master.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], owner_id.encode())
        except InvalidTag:
            raise WrongMasterKey(kept["master"]) from None


class WrongMasterKey(RuntimeError):
    """The database was sealed with another master key than this process has."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The texts in this database are sealed with the master key {name}, which this process does not have. "
            "Set REDRAFT_MASTER_KEY to it (it may name several keys, the newest first)."
        )


async def configured(settings: Settings) -> MasterKeys | None:
    """The master keys that the settings name, themselves or by where they are; None when they name none.

    Raises `ValueError` when what is found there is none.
    """
    if settings.master_key:
        return MasterKeys.parse(settings.master_key.get_secret_value())
    if settings.master_key_file:
        return MasterKeys.parse(settings.master_key_file.read_text())
    if settings.master_key_command:
        return MasterKeys.parse(await _printed(settings.master_key_command))
    return None


async def _printed(command: str) -> str:
    running = await asyncio.create_subprocess_exec(*shlex.split(command), stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            printed, _ = await running.communicate()
    except TimeoutError:
        running.kill()
        raise ValueError(f"REDRAFT_MASTER_KEY_COMMAND did not end within {COMMAND_SECONDS:.0f} seconds") from None
    if running.returncode:
        raise ValueError(f"REDRAFT_MASTER_KEY_COMMAND ended with {running.returncode}; what it said stands above")
    return printed.decode()


async def in_database(database: Database) -> MasterKeys:
    """The master keys kept in the database, with a new one if there is none."""
    kept = database.db["master_keys"]
    first = {"$setOnInsert": {"key": os.urandom(KEY_BYTES), "created_at": datetime.now(UTC)}}
    await kept.update_one({"_id": "first"}, first, upsert=True)
    found = await kept_in(database)
    assert found is not None  # noqa: S101  the first one is there now
    return found


async def kept_in(database: Database) -> MasterKeys | None:
    """The master keys that the database keeps already, the newest first; None when it keeps none."""
    kept = [each async for each in database.db["master_keys"].find({})]
    found = sorted(kept, key=lambda each: each["created_at"], reverse=True)
    return MasterKeys([each["key"] for each in found]) if found else None


def _name(key: bytes) -> str:
    """What a key is called where it must not be told."""
    return hashlib.sha256(b"redraft master key" + key).hexdigest()[:16]
