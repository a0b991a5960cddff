"""Who is an admin. Decided on the command line only: no call of the API makes one."""

from datetime import timedelta

from redraft.accounts import phones
from redraft.accounts.audit import Audit
from redraft.accounts.models import User
from redraft.accounts.store import UserStore
from redraft.config import Settings
from redraft.db import Database
from redraft.errors import NotFound


class Admins:
    """The accounts that may read the metrics."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._users = UserStore(database)
        self._audit = Audit(database, timedelta(days=settings.security_event_days))
        self._default_region = settings.default_region

    async def set(self, phone: str, *, is_admin: bool) -> User:
        """Make the account of `phone`, in any spelling, an admin or none. Raises `NotFound`, `InvalidRequest`."""
        account = await self._users.by_phone(phones.normal(phone, self._default_region))
        if account is None or not await self._users.change(account.id, {"is_admin": is_admin}):
            raise NotFound("No account has this phone number; register it first.")
        await self._audit.note(account.id, "admin_granted" if is_admin else "admin_revoked")
        return account.shown().model_copy(update={"is_admin": is_admin})

    async def all(self) -> list[User]:
        """Every admin, in the order of their registration."""
        return [account.shown() for account in await self._users.admins()]
