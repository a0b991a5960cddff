"""The collection of accounts."""

from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import DuplicateKeyError

from redraft.accounts.models import NO_PHONE, Account
from redraft.db import Database, Document, Indexes, Write
from redraft.errors import PhoneTaken

USERS = Indexes(
    "users", (IndexModel([("phone", ASCENDING)], unique=True), IndexModel([("former_phone", ASCENDING)], sparse=True))
)


TAKEN = (
    "This phone number already has an account: log in instead. If it is yours and somebody else took it, "
    "POST /v1/auth/password-reset gives it back."
)


class UserStore:
    """Accounts, by id and by phone number. The unique index decides between two registrations of one number."""

    def __init__(self, database: Database) -> None:
        self._users = database.db[USERS.collection]

    async def add(self, account: Account) -> None:
        """Keep a new account, or raise `PhoneTaken`."""
        try:
            await self._users.insert_one(_document(account))
        except DuplicateKeyError:
            if await self.by_id(account.id) is None:  # else an earlier try of the driver's had worked
                raise PhoneTaken(TAKEN) from None

    async def by_phone(self, phone: str) -> Account | None:
        """The account of an E.164 number."""
        found = await self._users.find_one({"phone": phone})
        return None if found is None else _account(found)

    async def by_former_phone(self, digest: str) -> Account | None:
        """The account that was the last to lose the number of this keyed hash."""
        found = await self._users.find({"former_phone": digest}).to_list()
        return _account(max(found, key=lambda each: each["lost_phone_at"])) if found else None

    async def lose_phone(self, account: Account, digest: str) -> bool:
        """Take the number, of which `digest` is a keyed hash, from an account that never proved it.

        False when that has changed. Everything else stays, and a new generation begins.
        """
        as_read = {"_id": account.id, "phone": account.phone, "phone_verified": False}
        change = {"phone": f"{NO_PHONE}{account.id}", "former_phone": digest, "lost_phone_at": now()}
        lost = await self._users.update_one(as_read, {"$set": change, "$inc": {"generation": 1}})
        return lost.matched_count == 1

    async def by_id(self, user_id: str) -> Account | None:
        """The account, None when it is erased."""
        found = await self._users.find_one({"_id": user_id})
        return None if found is None else _account(found)

    async def admins(self) -> list[Account]:
        """Every account that is an admin's, the oldest first. Reads all accounts: for the command line."""
        found = await self._users.find({"is_admin": True}).to_list()
        return sorted((_account(each) for each in found), key=lambda account: account.created_at)

    async def change(self, user_id: str, fields: dict[str, Any]) -> bool:
        """Set `fields`; False when the account is not there."""
        return (await self._users.update_one({"_id": user_id}, {"$set": fields})).matched_count == 1

    async def change_password(self, account: Account, password_hash: str) -> bool:
        """Replace the password that `account` was read with, and begin a new generation; False when it has changed."""
        as_read = {"_id": account.id, "password_hash": account.password_hash, "generation": account.generation}
        change = {"password_hash": password_hash, "generation": account.generation + 1}
        return (await self._users.update_one(as_read, {"$set": change})).matched_count == 1

    async def change_if(self, user_id: str, so: dict[str, Any], fields: dict[str, Any]) -> bool:
        """Set `fields` where the account is `so`; False when it is not. A field that is not there is None."""
        return (await self._users.update_one({**so, "_id": user_id}, {"$set": fields})).matched_count == 1

    async def factors(self, user_id: str) -> Document:
        """What is kept for proofs beside the password: `totp`, `totp_offered`, `phone_offered`, as far as set."""
        shape = {"totp": 1, "totp_offered": 1, "phone_offered": 1}
        return await self._users.find_one({"_id": user_id}, shape) or {}

    async def take_recovery_code(self, user_id: str, digest: str) -> bool:
        """Spend a recovery code; False when it is not one, or no more."""
        holds = {"_id": user_id, "totp.recovery": digest}
        return (await self._users.update_one(holds, {"$pull": {"totp.recovery": digest}})).modified_count == 1

    async def set_phone(self, user_id: str, phone: str) -> None:
        """Give the account a number that is verified, or raise `PhoneTaken`."""
        change = {"phone": phone, "phone_verified": True, "phone_offered": None}
        try:
            await self._users.update_one({"_id": user_id}, {"$set": change, "$unset": {"former_phone": ""}})
        except DuplicateKeyError:
            raise PhoneTaken("This phone number has another account.") from None

    async def next_generation(self, user_id: str) -> None:
        """Let no session that has begun until now be refreshed."""
        await self._users.update_one({"_id": user_id}, {"$inc": {"generation": 1}})

    def counted(self, account: Account) -> Write:
        """Count one more session of `account`, if what its login rested on is as it was read."""
        factor = {"$ne": None} if account.second_factor else None
        as_read = {"_id": account.id, "generation": account.generation, "phone": account.phone, "totp": factor}
        return Write(USERS.collection, UpdateOne(as_read, {"$inc": {"sessions_opened": 1}}))

    async def remove(self, user_id: str) -> None:
        """Delete the account; its number is free again."""
        await self._users.delete_one({"_id": user_id})


def _document(account: Account) -> Document:
    return {
        "_id": account.id,
        "phone": account.phone,
        "name": account.name,
        "password_hash": account.password_hash,
        "is_admin": account.is_admin,
        "generation": account.generation,
        "created_at": account.created_at,
        "phone_verified": account.phone_verified,
    }


def _account(found: Document) -> Account:
    return Account(
        id=found["_id"],
        phone=found["phone"],
        name=found["name"],
        password_hash=found["password_hash"],
        is_admin=found["is_admin"],
        generation=found["generation"],
        created_at=found["created_at"],
        phone_verified=found["phone_verified"],
        second_factor=found.get("totp") is not None,
        sessions_opened=found.get("sessions_opened", 0),
    )


def now() -> datetime:
    """This moment, in the milliseconds that the database keeps."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
