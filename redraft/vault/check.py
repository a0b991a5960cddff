"""Whether the master key at hand is that of the database. Asks only, and writes nothing."""

from redraft.config import Settings
from redraft.db import Database
from redraft.vault.master import WrongMasterKey, configured, kept_in
from redraft.vault.vault import DEPLOYMENT


async def is_sealed(database: Database) -> bool:
    """Whether anything in this database was sealed, so that a new master key would not open it."""
    return await database.db["owner_keys"].find_one({}, {"_id": True}) is not None


async def check_master_key(settings: Settings, database: Database) -> None:
    """Raise `WrongMasterKey` where the database was sealed with another master key than the settings or it have.

    Raises `OSError` and `ValueError` as `configured` does. A database without any sealed text takes every key.
    """
    kept = await database.db["owner_keys"].find_one({"_id": DEPLOYMENT})
    if kept is None:
        return
    masters = await configured(settings) or await kept_in(database)
    if masters is None:
        raise WrongMasterKey(kept["master"])
    for each in (kept, *kept.get("renewed", ())):
        masters.unwrap(DEPLOYMENT, each)
