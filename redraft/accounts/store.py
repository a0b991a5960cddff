"""The collection of accounts.

Number and name are sealed with the account's own key; by its number an account is found through a keyed hash, whose key
is the deployment's: a random one that the master key wraps, and that stays when the master key is another. So neither
the database's operation log nor a backup shows them, and who has both and no key cannot try all numbers either.
"""

import contextlib
from dataclasses import replace
from typing import Any

import structlog
from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import DuplicateKeyError

from redraft.accounts.models import NO_PHONE, Account, User
from redraft.db import Database, Document, Indexes, Write, now
from redraft.errors import NotFound, PhoneTaken
from redraft.vault import DEPLOYMENT, OwnerKey, Place, Vault

log = structlog.get_logger()

USERS = Indexes(
    "users",
    (
        IndexModel([("phone_hash", ASCENDING)], unique=True, sparse=True),
        IndexModel([("phone", ASCENDING)], unique=True),  # of accounts whose number is not sealed yet
        IndexModel([("former_phone", ASCENDING)], sparse=True),
    ),
)
IN_THE_CLEAR = {"phone": {"$gte": "+", "$lt": ","}}
"""The accounts of an earlier version: E.164 numbers as text, where others have bytes. A bounded range of the index."""

TAKEN = (
    "This phone number already has an account: log in instead. If it is yours and somebody else took it, "
    "POST /v1/auth/password-reset gives it back."
)


class UserStore:
    """Accounts, by id and by phone number. The unique index decides between two registrations of one number.

    `hashing` is the deployment's key. Until `seal_old` has found none, numbers in the clear are looked for as well.
    """

    def __init__(self, database: Database, vault: Vault, hashing: OwnerKey) -> None:
        self._users = database.db[USERS.collection]
        self._vault = vault
        self._hashing = hashing
        self._all_sealed = False

    @classmethod
    async def opened(cls, database: Database, vault: Vault) -> "UserStore":
        """The accounts, with the deployment's key."""
        return cls(database, vault, await vault.key(DEPLOYMENT))

    async def add(self, account: Account, name: str | None) -> Account:
        """Keep a new account of somebody called `name`, and answer it as it is kept; or raise `PhoneTaken`."""
        key = await self._vault.key(account.id)
        kept = replace(account, sealed_name=None if name is None else key.seal(name, _name(account.id)))
        try:
            await self._users.insert_one(_document(kept) | self._number(account.id, account.phone, key))
        except DuplicateKeyError:
            if await self.by_id(account.id) is None:  # else an earlier try of the driver's had worked
                raise PhoneTaken(TAKEN) from None
        return kept

    async def by_phone(self, phone: str) -> Account | None:
        """The account of an E.164 number. The same work for one that nobody has."""
        found = await self._users.find_one({"phone_hash": self._hash(phone)})
        old = None if self._all_sealed else await self._users.find_one({"phone": phone})
        if found is None and old is not None:
            await self._seal(old)
            found = await self._users.find_one({"_id": old["_id"]})
        return None if found is None else _account(found, phone)

    async def by_former_phone(self, digest: str) -> Account | None:
        """The account that was the last to lose the number of this keyed hash."""
        found = await self._users.find({"former_phone": digest}).to_list()
        last = max(found, key=lambda each: each["lost_phone_at"], default=None)
        return None if last is None else _account(last, _lost(last["_id"]))

    async def lose_phone(self, account: Account, digest: str) -> bool:
        """Take the number, of which `digest` is a keyed hash, from an account that never proved it.

        False when that has changed. Everything else stays, and a new generation begins.
        """
        as_read = {"_id": account.id, "phone_hash": self._hash(account.phone), "phone_verified": False}
        key = await self._vault.key(account.id)
        change = {
            "phone": key.seal(_lost(account.id), _phone(account.id)),
            "former_phone": digest,
            "lost_phone_at": now(),
        }
        update = {"$set": change, "$unset": {"phone_hash": ""}, "$inc": {"generation": 1}}
        lost = await self._users.update_one(as_read, update)
        return lost.matched_count == 1

    async def by_id(self, user_id: str) -> Account | None:
        """The account, None when it is erased."""
        found = await self._users.find_one({"_id": user_id})
        with contextlib.suppress(NotFound):  # erased at this moment
            return None if found is None else await self._opened(found)
        return None

    async def shown(self, account: Account) -> User:
        """What its owner sees of an account. Raises `NotFound` when it was erased."""
        name = account.sealed_name
        if isinstance(name, bytes):
            name = (await self._vault.key(account.id)).open(name, _name(account.id))
        return account.shown(name)

    async def admins(self) -> list[Account]:
        """Every account that is an admin's, the oldest first. Reads all accounts: for the command line."""
        found = await self._users.find({"is_admin": True}).to_list()
        return sorted([await self._opened(each) for each in found], key=lambda account: account.created_at)

    async def rename(self, user_id: str, name: str | None) -> bool:
        """Give the account's owner another name, or none; False when the account is not there."""
        key = await self._vault.key(user_id)
        return await self.change(user_id, {"name": None if name is None else key.seal(name, _name(user_id))})

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
        """What is kept of the second factor: `totp` and `totp_offered`, as far as set."""
        return await self._users.find_one({"_id": user_id}, {"totp": 1, "totp_offered": 1}) or {}

    async def offer_phone(self, user_id: str, phone: str) -> None:
        """Keep the number that the account shall have when it is proven."""
        key = await self._vault.key(user_id)
        await self.change(user_id, {"phone_offered": key.seal(phone, _offered(user_id))})

    async def offered_phone(self, user_id: str) -> str | None:
        """The number that `offer_phone` was given last, and that was not proven since."""
        found = await self._users.find_one({"_id": user_id}, {"phone_offered": 1}) or {}
        offered = found.get("phone_offered")
        if isinstance(offered, bytes):
            return (await self._vault.key(user_id)).open(offered, _offered(user_id))
        return offered  # of an earlier version, for as long as its code is good

    async def take_recovery_code(self, user_id: str, digest: str) -> bool:
        """Spend a recovery code; False when it is not one, or no more."""
        holds = {"_id": user_id, "totp.recovery": digest}
        return (await self._users.update_one(holds, {"$pull": {"totp.recovery": digest}})).modified_count == 1

    async def set_phone(self, user_id: str, phone: str) -> None:
        """Give the account a number that is verified, or raise `PhoneTaken`."""
        number = self._number(user_id, phone, await self._vault.key(user_id))
        change = {**number, "phone_verified": True, "phone_offered": None}
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
        phone_hash = None if account.phone.startswith(NO_PHONE) else self._hash(account.phone)
        as_read = {"_id": account.id, "generation": account.generation, "phone_hash": phone_hash, "totp": factor}
        return Write(USERS.collection, UpdateOne(as_read, {"$inc": {"sessions_opened": 1}}))

    async def remove(self, user_id: str) -> None:
        """Delete the account; its number is free again."""
        await self._users.delete_one({"_id": user_id})

    async def seal_old(self) -> None:
        """Seal the numbers and names that an earlier version kept in the clear. Killed or done by two, it goes on."""
        async for found in self._users.find(IN_THE_CLEAR, {"phone": 1, "name": 1}):
            with contextlib.suppress(NotFound):  # erased meanwhile
                await self._seal(found)
        self._all_sealed = await self._users.find_one(IN_THE_CLEAR, {"_id": 1}) is None

    async def _seal(self, old: Document) -> None:
        """Seal what is in the clear, if it is still as it was read."""
        key, user_id, name = await self._vault.key(old["_id"]), old["_id"], old["name"]
        sealed = key.seal(name, _name(user_id)) if isinstance(name, str) else name
        as_read = {"_id": user_id, "phone": old["phone"], "name": name}
        try:
            change = {**self._number(user_id, old["phone"], key), "name": sealed}
            await self._users.update_one(as_read, {"$set": change})
        except DuplicateKeyError:  # registered with an earlier version, after it was with this one
            log.error("two accounts have one number", user_id=user_id)

    async def _opened(self, found: Document) -> Account:
        if isinstance(found["phone"], str):
            await self._seal(found)
            return _account(found, found["phone"])
        key = await self._vault.key(found["_id"])
        return _account(found, key.open(found["phone"], _phone(found["_id"])))

    def _number(self, user_id: str, phone: str, key: OwnerKey) -> Document:
        """A number as it is kept."""
        return {"phone": key.seal(phone, _phone(user_id)), "phone_hash": self._hash(phone)}

    def _hash(self, phone: str) -> str:
        return self._hashing.digest(f"users.phone_hash\0{phone}")


def _phone(user_id: str) -> Place:
    return Place(USERS.collection, "phone", user_id)


def _offered(user_id: str) -> Place:
    return Place(USERS.collection, "phone_offered", user_id)


def _name(user_id: str) -> Place:
    return Place(USERS.collection, "name", user_id)


def _lost(user_id: str) -> str:
    return f"{NO_PHONE}{user_id}"


def _document(account: Account) -> Document:
    return {
        "_id": account.id,
        "name": account.sealed_name,
        "password_hash": account.password_hash,
        "is_admin": account.is_admin,
        "generation": account.generation,
        "created_at": account.created_at,
        "phone_verified": account.phone_verified,
    }


def _account(found: Document, phone: str) -> Account:
    return Account(
        id=found["_id"],
        phone=phone,
        password_hash=found["password_hash"],
        is_admin=found["is_admin"],
        generation=found["generation"],
        created_at=found["created_at"],
        phone_verified=found["phone_verified"],
        second_factor=found.get("totp") is not None,
        sessions_opened=found.get("sessions_opened", 0),
        sealed_name=found["name"],
    )
