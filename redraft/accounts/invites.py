"""Invites: each lets one person register where that is not open to anybody. Only a keyed hash of one is kept."""

import secrets
from datetime import timedelta

from pymongo import ASCENDING, IndexModel

from redraft.accounts.models import Invite
from redraft.db import Database, Document, Indexes, now
from redraft.errors import InviteNeeded, RegistrationClosed
from redraft.vault import OwnerKey

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what looks alike on paper."""
GROUPS, CHARACTERS = 4, 5
"""Of 31 characters: 99 bits, so that nobody guesses one."""
INVITES = Indexes("invites", (IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),))


class Invites:
    """The invites of this deployment. `registration` is `open`, `invite` or `closed`."""

    def __init__(self, database: Database, secret: OwnerKey, registration: str) -> None:
        self._invites = database.db[INVITES.collection]
        self._secret = secret
        self._registration = registration

    async def make(self, days: float) -> Invite:
        """A new invite that is good for `days`."""
        invite = "-".join("".join(secrets.choice(ALPHABET) for _ in range(CHARACTERS)) for _ in range(GROUPS))
        at = now()
        kept = {
            "_id": self._id(invite),
            "created_at": at,
            "expires_at": at + timedelta(days=days),
            "used_for": None,
        }
        await self._invites.insert_one(kept)
        return Invite(invite=invite, expires_at=kept["expires_at"])

    async def admit(self, invite: str | None, phone: str) -> None:
        """Raise `RegistrationClosed` or `InviteNeeded` where `phone` may not register; spends nothing."""
        if self._registration == "closed":
            raise RegistrationClosed("This deployment makes no new accounts.")
        if self._registration == "invite" and await self._invites.find_one(self._good(invite, phone)) is None:
            raise _needed()

    async def spend(self, invite: str | None, phone: str) -> None:
        """Spend the invite on `phone`; doing it again for the same number changes nothing. Raises as `admit` does.

        Of two people with one invite, one conditional write decides. It is bound to the number, not to the account, so
        that whoever was cut off before the account was made can register with it again.
        """
        if self._registration == "invite":
            change = {"$set": {"used_for": self._number(phone)}}
            if not (await self._invites.update_one(self._good(invite, phone), change)).matched_count:
                raise _needed()

    def _good(self, invite: str | None, phone: str) -> Document:
        free_or_mine = {"$in": [None, self._number(phone)]}
        return {"_id": self._id(invite or ""), "used_for": free_or_mine, "expires_at": {"$gt": now()}}

    def _number(self, phone: str) -> str:
        return self._secret.digest(f"invite for\0{phone}")

    def _id(self, invite: str) -> str:
        return self._secret.digest(f"invite\0{invite.strip().lower()}")


def _needed() -> InviteNeeded:
    return InviteNeeded("Send an `invite` of an admin's: none was sent, or it is none, is spent or too old.")
