"""How the parts of `accounts` are put together."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from redraft.accounts.keys import Keyring
from redraft.accounts.passwords import Passwords
from redraft.accounts.service import Accounts
from redraft.accounts.sessions import Lifetimes, Sessions
from redraft.accounts.store import UserStore
from redraft.accounts.tokens import AccessTokens
from redraft.config import Settings
from redraft.db import Database
from redraft.vault import Vault


@dataclass(frozen=True)
class Started:
    """The running services of this domain."""

    accounts: Accounts
    keys: Keyring


@contextlib.asynccontextmanager
async def started(settings: Settings, database: Database, vault: Vault) -> AsyncIterator[Started]:
    """Accounts, ready to be asked, until the context ends."""
    lifetimes = Lifetimes(
        idle=timedelta(days=settings.session_idle_days),
        absolute=timedelta(days=settings.session_max_days),
        grace=timedelta(seconds=settings.refresh_grace_seconds),
    )
    keys = Keyring(database, vault)
    await keys.start()
    with Passwords(settings.hash_threads, settings.hash_queue) as hashing:
        accounts = Accounts(
            UserStore(database),
            Sessions(database, lifetimes),
            AccessTokens(keys, timedelta(minutes=settings.access_token_minutes)),
            hashing,
            settings.default_region,
        )
        yield Started(accounts, keys)
