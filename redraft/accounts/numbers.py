"""Whose a number is: whoever proves it by a code takes it from an account that never did.

What that account wrote stays in it, unseen by the number's owner. It has no number until its user proves another one;
until then the number it had and its password open it, where a login asks for the `former` account.
"""

from redraft.accounts.audit import Audit
from redraft.accounts.models import Account
from redraft.accounts.sessions import Sessions
from redraft.accounts.store import UserStore
from redraft.vault import OwnerKey


class Numbers:
    """Numbers that change hands."""

    def __init__(self, users: UserStore, sessions: Sessions, audit: Audit, secret: OwnerKey) -> None:
        self._users = users
        self._sessions = sessions
        self._audit = audit
        self._secret = secret

    async def former(self, phone: str) -> Account | None:
        """The account that had this number until somebody else proved it, and has no other yet."""
        return await self._users.by_former_phone(self._digest(phone))

    async def free(self, account: Account) -> bool:
        """Take its number from an account that never proved it, and end its sessions; False when it has by now."""
        if not await self._users.lose_phone(account, self._digest(account.phone)):
            return False
        await self._sessions.end_all(account.id, "phone_lost")
        await self._audit.note(account.id, "phone_lost")
        return True

    def _digest(self, phone: str) -> str:
        return self._secret.digest(f"former\0{phone}")
