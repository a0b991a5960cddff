"""Texts at rest: sealed with a key of their owner's, which a master key wraps. Without the key they are noise.

    key = await vault.key(owner_id)     # cached: the database is asked once in a few minutes
    kept = key.seal("a message")        # bytes, a few microseconds
    key.open(kept)                      # "a message"

Erasing a user destroys the key, and with it every copy of the texts, those in backups too.
"""

from redraft.vault.check import check_master_key, is_sealed
from redraft.vault.master import MasterKeys, WrongMasterKey, configured, generate_master_key, load_or_create
from redraft.vault.vault import DEPLOYMENT, OwnerKey, Vault, open_vault

__all__ = [
    "DEPLOYMENT",
    "MasterKeys",
    "OwnerKey",
    "Vault",
    "WrongMasterKey",
    "check_master_key",
    "configured",
    "generate_master_key",
    "is_sealed",
    "load_or_create",
    "open_vault",
]
