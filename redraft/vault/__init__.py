"""Texts at rest: sealed with a key of their owner's, which a master key wraps. Without the key they are noise.

    key = await vault.key(owner_id)     # cached: the database is asked once in a few minutes
    place = Place("messages", "content", message_id)
    kept = key.seal("a message", place)  # bytes, a few microseconds
    key.open(kept, place)               # "a message"

Erasing a user destroys the key in the database. Older copies of the database (its operation log, backups) still
have it, wrapped: docs/security.md says for how long.
"""

from redraft.vault.check import check_master_key, is_sealed
from redraft.vault.master import MasterKeys, WrongMasterKey, configured, generate_master_key, load_or_create
from redraft.vault.place import Place
from redraft.vault.vault import DEPLOYMENT, OwnerKey, Vault, open_vault

__all__ = [
    "DEPLOYMENT",
    "MasterKeys",
    "OwnerKey",
    "Place",
    "Vault",
    "WrongMasterKey",
    "check_master_key",
    "configured",
    "generate_master_key",
    "is_sealed",
    "load_or_create",
    "open_vault",
]
