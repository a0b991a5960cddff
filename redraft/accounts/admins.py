"""What an operator does to accounts. On the command line only: no call of the API makes an admin or logs others out."""

from datetime import timedelta

from redraft.accounts import phones
from redraft.accounts.audit import Audit
from redraft.accounts.models import Account, User
from redraft.accounts.revocations import Revocations
from redraft.accounts.sessions import Limits, Sessions
from redraft.accounts.store import UserStore
from redraft.config import Settings
from redraft.db import Database
from redraft.errors import NotFound
from redraft.vault import Vault, open_vault


class Admins:
    """The accounts that may read the metrics, and the end of sessions."""

    def __init__(self, database: Database, vault: Vault, users: UserStore, settings: Settings) -> None:
        self._users = users
        self._audit = Audit(database, timedelta(days=settings.security_event_days))
        self._default_region = settings.default_region
        revocations = Revocations(database, timedelta(minutes=settings.access_token_minutes))
        self._sessions = Sessions(database, vault, Limits.of(settings), revocations)

    @classmethod
    async def opened(cls, database: Database, settings: Settings) -> "Admins":
        """With the vault of this deployment, which the settings open. Raises as `open_vault` does."""
        vault = await open_vault(settings, database)
        return cls(database, vault, await UserStore.opened(database, vault), settings)

    async def set(self, phone: str, *, is_admin: bool) -> User:
        """Make the account of `phone`, in any spelling, an admin or none. Raises `NotFound`, `InvalidRequest`."""
        account = await self._account(phone)
        await self._users.change(account.id, {"is_admin": is_admin})
        await self._audit.note(account.id, "admin_granted" if is_admin else "admin_revoked")
        return (await self._users.shown(account)).model_copy(update={"is_admin": is_admin})

    async def all(self) -> list[User]:
        """Every admin, in the order of their registration."""
        return [await self._users.shown(account) for account in await self._users.admins()]

    async def end_sessions(self, phone: str) -> int:
        """Log the account of `phone` out everywhere; answers how many sessions ended. Raises as `set` does."""
        return await self._end_sessions((await self._account(phone)).id)

    async def end_all_sessions(self) -> int:
        """Log everybody out everywhere; answers how many sessions ended."""
        return sum([await self._end_sessions(each) for each in await self._sessions.owners()])

    async def _end_sessions(self, user_id: str) -> int:
        await self._users.next_generation(user_id)
        ended = await self._sessions.end_all(user_id, "ended_by_admin")
        await self._audit.note(user_id, "sessions_ended_by_admin")
        return ended

    async def _account(self, phone: str) -> Account:
        account = await self._users.by_phone(phones.normal(phone, self._default_region))
        if account is None:
            raise NotFound("No account has this phone number; register it first.")
        return account
