"""One-time codes by text message: six digits, ten minutes, used once.

Of a code only a random salt and a keyed hash are kept; from the salt and the key it is found again. So whoever asks
while a code is alive has the same one sent again: nobody's asking voids the code that another was sent.

Messages cost money, and there are people who are paid when they are sent (SMS pumping): they are limited by number,
by the number's prefix and in all.
"""

import hmac
import math
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from redraft.accounts.sms import Sender
from redraft.accounts.throttle import Steady, Throttle
from redraft.config import Settings
from redraft.db import Database, Document, Indexes, now
from redraft.errors import FieldError, InvalidRequest, TooManyRequests, Unavailable
from redraft.vault import OwnerKey

log = structlog.get_logger()

RESET = "reset"
"""The purpose of a code for a new password."""
LIFETIME = timedelta(minutes=10)
TRIES = 5
"""Of a signed-in user, or of one network that the account does not know."""
TRIES_AT_HOME = 20
"""Of a device or network that the account knows, which others may share."""
TRIES_OF_STRANGERS = 20
"""Of all networks that the account does not know, together."""
HOUR = timedelta(hours=1)
PREFIX_CHARACTERS = 6
"""Of an E.164 number: the country and the beginning of the network, such as +84912. Pumpers own ranges of numbers."""
CODES = Indexes("codes", (IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),))


@dataclass(frozen=True)
class Asker:
    """Who asks for a code, or tries one, without being signed in: by a device or network that the account knows.

    `place` is that device, or the network.
    """

    place: str
    known: bool


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

    async def allow(self, phone: str, whose: str) -> None:
        """Take one message to `phone` from the limits, or raise `TooManyRequests`.

        `whose` number it is for the signed-in user who asks: others who name it do not use up its owner's.
        """
        await self._throttle.take(self._number, "sms", whose, phone)
        await self._allow_in_all(phone, "")

    async def send(self, purpose: str, phone: str) -> None:
        """Text the code for `purpose`: the one that is alive, or a new one. Raises `Unavailable`."""
        await self._text(phone, *(await self._alive(purpose, phone))[:2])

    async def send_for_reset(self, phone: str, asker: Asker) -> None:
        """Text the code for a new password, to which a stranger may have asked us: no more often than the limits say.

        A new code is always sent, once its forerunner is too old; a repeat only as often as one number may have them,
        strangers and each known device or network apart. What is not sent again is on the phone already.
        """
        code, until, new = await self._alive(RESET, phone)
        apart = asker.place if asker.known else "strangers"
        try:
            if not new:
                await self._throttle.take(self._number, "sms again", apart, phone)
            await self._allow_in_all(phone, "known" if asker.known else "")
            await self._text(phone, code, until)
        except (TooManyRequests, Unavailable) as error:
            log.warning("a code was not sent", reason=error.code)
            if new:  # it is on no phone: the next who asks gets another
                await self._codes.delete_one({"_id": self._id(RESET, phone), "hash": self._hash(RESET, phone, code)})

    async def use(self, purpose: str, phone: str, code: str, asker: Asker | None = None) -> None:
        """Spend the code, or raise `InvalidRequest`. Every try counts, before it is looked at.

        Those of different askers count apart, and strangers' also together; None is the signed-in user it was made for.
        """
        place = f"tries_by.{self._place(asker)}" if asker else "tries"
        alive = {"_id": self._id(purpose, phone), "expires_at": {"$gt": now()}}
        count = {place: 1}
        if asker is not None and not asker.known:
            alive["tries"] = {"$lt": TRIES_OF_STRANGERS}
            count["tries"] = 1
        alive[place] = {"$not": {"$gte": TRIES_AT_HOME if asker and asker.known else TRIES}}
        if (await self._codes.update_one(alive, {"$inc": count})).matched_count:
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

    async def _alive(self, purpose: str, phone: str) -> tuple[str, datetime, bool]:
        """The code for `purpose`, when it ends, and whether it is new. One conditional write decides who makes it."""
        _id, at = self._id(purpose, phone), now()
        salt = secrets.token_urlsafe(16)
        code = self._code(purpose, phone, salt)
        until = at + LIFETIME
        kept = {"salt": salt, "hash": self._hash(purpose, phone, code), "tries": 0, "expires_at": until}
        # One without a salt is of an older release, and cannot be found again.
        over: Document = {"_id": _id, "$or": [{"expires_at": {"$lte": at}}, {"salt": {"$exists": False}}]}
        if purpose != RESET:  # there others' tries are counted apart; here all are spent
            over["$or"].append({"tries": {"$gte": TRIES}})
        try:
            await self._codes.update_one(over, {"$set": kept, "$unset": {"tries_by": ""}}, upsert=True)
        except DuplicateKeyError:
            found = await self._codes.find_one({"_id": _id})
            if found is not None:
                return self._code(purpose, phone, found["salt"]), found["expires_at"], False
            await self._codes.insert_one({"_id": _id, **kept})  # it was used at this moment
        return code, until, True

    async def _allow_in_all(self, phone: str, pool: str) -> None:
        await self._throttle.take(self._prefix, "sms prefix", pool, phone[:PREFIX_CHARACTERS])
        await self._throttle.take(self._all, "sms", pool)

    async def _text(self, phone: str, code: str, until: datetime) -> None:
        minutes = max(1, math.floor((until - now()) / timedelta(minutes=1) + 0.5))
        for_so_long = "a minute" if minutes == 1 else f"{minutes} minutes"
        await self._sender.send(phone, f"{code} is your code. It is valid for {for_so_long}. Tell it to nobody.")

    def _code(self, purpose: str, phone: str, salt: str) -> str:
        digest = self._secret.digest("\0".join(("new code", purpose, phone, salt)))
        return f"{int(digest, 16) % 1_000_000:06d}"

    def _place(self, asker: Asker) -> str:
        return self._secret.digest(f"place\0{asker.place}")[:16]

    def _id(self, purpose: str, phone: str) -> str:
        return self._secret.digest(f"code\0{purpose}\0{phone}")

    def _hash(self, purpose: str, phone: str, code: str) -> str:
        return self._secret.digest(f"{purpose}\0{phone}\0{code}")
