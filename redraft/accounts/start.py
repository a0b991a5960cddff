"""How the parts of `accounts` are put together."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from redraft.accounts.access import Access
from redraft.accounts.audit import Audit
from redraft.accounts.codes import Codes
from redraft.accounts.devices import Devices
from redraft.accounts.factors import SecondFactor
from redraft.accounts.gate import Gate
from redraft.accounts.invites import Invites
from redraft.accounts.keys import Keyring
from redraft.accounts.numbers import Numbers
from redraft.accounts.opening import Opening
from redraft.accounts.ownership import Ownership
from redraft.accounts.passwords import Passwords
from redraft.accounts.personal import PersonalData
from redraft.accounts.revocations import Revocations
from redraft.accounts.service import Accounts
from redraft.accounts.sessions import Limits, Sessions
from redraft.accounts.sms import sender
from redraft.accounts.store import UserStore
from redraft.accounts.throttle import Throttle
from redraft.accounts.tokens import AccessTokens
from redraft.accounts.user_data import UserDataSource
from redraft.config import Settings
from redraft.db import Database
from redraft.tasks import end
from redraft.vault import DEPLOYMENT, Vault

log = structlog.get_logger()

PAUSE_SECONDS = 5.0


@contextlib.asynccontextmanager
async def started(
    settings: Settings,
    database: Database,
    vault: Vault,
    sources: Sequence[UserDataSource],
    *told: Callable[[Collection[str]], None],
) -> AsyncIterator[dict[type, Any]]:
    """The services of this domain by their class, running until the context ends.

    `told` is given the ids of erased users and ended sessions, as `Revocations` does.
    """
    token_lifetime = timedelta(minutes=settings.access_token_minutes)
    secret = await vault.key(DEPLOYMENT)
    users, keys = UserStore(database, vault, secret), Keyring(database, vault)
    tokens = AccessTokens(keys, token_lifetime)
    revocations = Revocations(database, token_lifetime, vault.forget, *told)
    sessions = Sessions(database, vault, Limits.of(settings), revocations)
    audit = Audit(database, timedelta(days=settings.security_event_days))
    opening = Opening(database, users, sessions, audit)
    factors = SecondFactor(users, vault)
    throttle = Throttle(database, secret)
    gate = Gate(throttle, settings)
    invites = Invites(database, secret, settings.registration)
    codes = Codes(database, secret, throttle, sender(settings), settings)
    numbers, devices = Numbers(users, sessions, audit, secret), Devices(secret)
    personal = PersonalData(database, vault, users, sessions, revocations, audit, sources)
    async with keys.following(), revocations.following(), personal.sweeping(), _sealing(users):
        threads = settings.hash_threads or max(1, (os.cpu_count() or 1) // settings.workers)
        with Passwords(threads, settings.hash_queue, settings.own_words) as hashing:
            yield {
                Accounts: Accounts(
                    users, sessions, opening, tokens, hashing, factors, numbers, devices, gate, invites, audit, settings
                ),
                Access: Access(tokens, keys, sessions, revocations),
                Keyring: keys,
                Ownership: Ownership(
                    users, sessions, codes, numbers, devices, gate, hashing, audit, settings.default_region
                ),
                PersonalData: personal,
            }


@contextlib.asynccontextmanager
async def _sealing(users: UserStore) -> AsyncIterator[None]:
    """Seal beside the requests what an earlier version kept of accounts in the clear; they read both."""

    async def seal() -> None:
        while True:
            try:
                return await users.seal_old()
            except PyMongoError as error:
                log.warning("accounts wait to be sealed", error=type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)

    task = asyncio.create_task(seal())
    try:
        yield
    finally:
        await end(task)
