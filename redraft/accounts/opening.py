"""How a session begins: in one round trip to the database, and only for an account that is still as it was read."""

from redraft.accounts.audit import Audit
from redraft.accounts.gate import Origin
from redraft.accounts.models import Account
from redraft.accounts.sessions import Grant, Sessions
from redraft.accounts.store import UserStore
from redraft.db import Database
from redraft.errors import Unauthenticated


class Opening:
    """Begins sessions."""

    def __init__(self, database: Database, users: UserStore, sessions: Sessions, audit: Audit) -> None:
        self._database = database
        self._users = users
        self._sessions = sessions
        self._audit = audit

    async def open(self, account: Account, origin: Origin, event: str, proof: str) -> Grant:
        """Begin a session of `account`, which named its `proof`, and put `event` on record. Raises `Unauthenticated`.

        The sessions may have been ended after `account` was read, when this one was not yet among them. So the session
        is written first, and the account counts it only if it is unchanged: who changes it later finds the session.
        """
        grant, session = await self._sessions.begun(account.id, account.generation, origin.device, origin.network)
        noted = self._audit.record(account.id, event, origin, grant.session_id, proof)
        if not await self._database.insert_then_update([session, noted], self._users.counted(account)):
            await self._sessions.end(account.id, grant.session_id, "superseded")
            raise Unauthenticated("The account changed at this moment. Log in again.")
        await self._keep_few(account)
        return grant

    async def _keep_few(self, account: Account) -> None:
        """End those used longest ago past the limit, of which the account's own count says whether there can be any."""
        counted = account.sessions_opened + 1
        if counted > self._sessions.most:
            left = await self._sessions.end_those_too_many(account.id)
            # Where others logged in meanwhile the higher count stays, and the next login looks again.
            await self._users.change_if(account.id, {"sessions_opened": counted}, {"sessions_opened": left})
