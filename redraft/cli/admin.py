"""`redraft admin`, `redraft invite` and `redraft keys`: what an operator does to the database, without the API."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

from redraft.accounts import Admins, Invites, Keyring
from redraft.cli.parts import database_part
from redraft.config import Settings
from redraft.db import Database, connect
from redraft.logs import configure
from redraft.vault import DEPLOYMENT, open_vault


@contextlib.asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[tuple[Settings, Database]]:
    configure(settings.log_level, settings.log_format)  # to standard error: what a command answers can be piped
    async with database_part(settings) as found:
        url = found.mongodb_url.get_secret_value() if found.mongodb_url else ""
        async with connect(found, url) as database:
            yield found, database


async def set_admin(settings: Settings, phone: str, *, is_admin: bool) -> str:
    """Make somebody an admin or none; answers the phone number as it is kept. Raises `NotFound`, `InvalidRequest`."""
    async with _database(settings) as (found, database):
        return (await (await Admins.opened(database, found)).set(phone, is_admin=is_admin)).phone or phone


async def admins(settings: Settings) -> list[tuple[str, str]]:
    """Phone number and name of each admin."""
    async with _database(settings) as (found, database):
        admins = await Admins.opened(database, found)
        return [(user.phone or "no number", user.name or "") for user in await admins.all()]


async def end_sessions(settings: Settings, phone: str | None) -> int:
    """Log somebody out everywhere, or everybody; answers how many sessions ended. Raises as `set_admin` does."""
    async with _database(settings) as (found, database):
        admins = await Admins.opened(database, found)
        return await (admins.end_all_sessions() if phone is None else admins.end_sessions(phone))


async def invites(settings: Settings, count: int, days: float) -> list[str]:
    """New invites, each good for `days`."""
    async with _database(settings) as (found, database):
        vault = await open_vault(found, database)
        making = Invites(database, await vault.key(DEPLOYMENT), found.registration)
        return [(await making.make(days)).invite for _ in range(count)]


async def rotate_keys(settings: Settings, *, distrust_old: bool) -> str:
    """Sign access tokens with a new key from now on; answers its id."""
    async with _database(settings) as (found, database):
        keys = Keyring(database, await open_vault(found, database))
        await keys.rotate(distrust_old=distrust_old)
        return keys.newest().id


async def renew_keys(settings: Settings, older_than_days: float) -> int:
    """Make a new key for every user whose newest is older; answers how many."""
    async with _database(settings) as (found, database):
        return await (await open_vault(found, database)).renew(timedelta(days=older_than_days))


async def rewrap_keys(settings: Settings) -> int:
    """Wrap every user's key with the newest master key; answers how many were not."""
    async with _database(settings) as (found, database):
        return await (await open_vault(found, database)).rewrap()
