"""One-time codes by text message: six digits, ten minutes, five tries, used once; only a keyed hash is kept.

Messages cost money, and there are people who are paid when they are sent (SMS pumping): they are limited by number,
by the number's prefix and in all.
"""

import hmac
import secrets
from datetime import timedelta

from pymongo import ASCENDING, IndexModel

from redraft.accounts.sms import Sender
from redraft.accounts.store import now
from redraft.accounts.throttle import Steady, Throttle
from redraft.config import Settings
from redraft.db import Database, Indexes
from redraft.errors import FieldError, InvalidRequest
from redraft.vault import OwnerKey

LIFETIME = timedelta(minutes=10)
TRIES = 5
HOUR = timedelta(hours=1)
PREFIX_CHARACTERS = 6
"""Of an E.164 number: the country and the beginning of the network, such as +84912. Pumpers own ranges of numbers."""
CODES = Indexes("codes", (IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),))


class Codes:
    """Sends codes, and checks them."""

    def __init__(
        self, database: Database, secret: OwnerKey, throttle: Throttle, sender: Sender, settings: Settings
    ) -> None:
        self._codes = database.db[CODES.collection]
        self._secret = secret
        self._throttle = throttle
        self._sender = sender
        self._number = Steady(settings.sms_per_number_hour, HOUR)
        self._prefix = Steady(settings.sms_per_prefix_hour, HOUR)
        self._all = Steady(settings.sms_per_hour, HOUR)

    async def allow(self, phone: str) -> None:
        """Take one message to `phone` from the limits, or raise `TooManyRequests`."""
        await self._throttle.take(self._number, "sms", phone)
        await self._throttle.take(self._prefix, "sms prefix", phone[:PREFIX_CHARACTERS])
        await self._throttle.take(self._all, "sms")

    async def send(self, purpose: str, phone: str) -> None:
        """Text a new code for `purpose`; the one before it is void. Raises `Unavailable`."""
        code = f"{secrets.randbelow(1_000_000):06d}"
        kept = {"hash": self._hash(purpose, phone, code), "tries": 0, "expires_at": now() + LIFETIME}
        await self._codes.update_one({"_id": self._id(purpose, phone)}, {"$set": kept}, upsert=True)
        await self._sender.send(phone, f"{code} is your code. It is valid for ten minutes. Tell it to nobody.")

    async def use(self, purpose: str, phone: str, code: str) -> None:
        """Spend the code, or raise `InvalidRequest`. Every try counts, before it is looked at."""
        alive = {"_id": self._id(purpose, phone), "tries": {"$lt": TRIES}, "expires_at": {"$gt": now()}}
        if (await self._codes.update_one(alive, {"$inc": {"tries": 1}})).matched_count:
            expected = self._hash(purpose, phone, code)
            found = await self._codes.find_one({"_id": self._id(purpose, phone)})
            if found and hmac.compare_digest(found["hash"], expected):
                # Of two requests with the right code, one deletes it.
                spent = await self._codes.delete_one({"_id": found["_id"], "hash": expected})
                if spent.deleted_count:
                    return
        raise InvalidRequest(
            errors=[FieldError("code", "is not the code that was sent, or is too old; ask for another")]
        )

    def _id(self, purpose: str, phone: str) -> str:
        return self._secret.digest(f"code\0{purpose}\0{phone}")

    def _hash(self, purpose: str, phone: str, code: str) -> str:
        return self._secret.digest(f"{purpose}\0{phone}\0{code}")
