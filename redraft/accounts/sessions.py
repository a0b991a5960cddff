"""Sessions and their refresh tokens: one family of tokens each, of which only hashes are kept.

A refresh token is `session.family.secret`. Every refresh replaces the secret; the family part stays as long as the
session. The right family with a secret that is neither the current one nor just spent is a token used twice: one of
the two holders stole it, so the session ends. (RFC 9700, 4.14.2.)

Within the grace time the spent token gets the same successor again: a second tab, a lost answer, a double click. The
successor is kept for that long, encrypted with the spent secret, so that the database alone holds no usable token.
That lasts only while the successor is the newest: else an old token would lead over each later one to the live one.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo import ASCENDING, IndexModel

from redraft.accounts.models import Session
from redraft.accounts.revocations import Revocations
from redraft.config import Settings
from redraft.db import Database, Document, Indexes, Insert, now
from redraft.errors import TokenOutdated, TokenReused, Unauthenticated
from redraft.ids import new_id
from redraft.vault import OwnerKey, Place, Vault

SESSIONS = Indexes(
    "sessions",
    (
        # Every query is of one owner; the live ones, which each login counts, are few among those that have ended.
        IndexModel([("owner_id", ASCENDING), ("ended_at", ASCENDING)]),
        IndexModel([("keep_until", ASCENDING)], expireAfterSeconds=0),
    ),
)
MAX_SPENT = 20
"""Tokens spent within one grace time that are remembered; more refreshes than that in seconds are no tabs."""


@dataclass(frozen=True)
class Limits:
    """`idle` since the last refresh, `absolute` since the login, `grace` in which a spent token is no theft.

    `live` sessions of one user at most. For `ended_kept` the list still says how one ended.
    """

    idle: timedelta
    absolute: timedelta
    grace: timedelta
    live: int
    ended_kept: timedelta

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """What the operator set."""
        return cls(
            idle=timedelta(days=settings.session_idle_days),
            absolute=timedelta(days=settings.session_max_days),
            grace=timedelta(seconds=settings.refresh_grace_seconds),
            live=settings.sessions_per_user,
            ended_kept=timedelta(days=settings.ended_session_days),
        )


@dataclass(frozen=True)
class Grant:
    """A session's new refresh token. `at` is when it was made; a repeated refresh gets the same of both.

    `elsewhere`: this is a repeat, from another network than the first.
    """

    session_id: str
    owner_id: str
    generation: int
    refresh_token: str
    at: datetime
    expires_at: datetime
    elsewhere: bool = False


class Sessions:
    """The collection of sessions."""

    def __init__(self, database: Database, vault: Vault, limits: Limits, revocations: Revocations) -> None:
        self._vault = vault
        self._revocations = revocations
        self._sessions = database.db[SESSIONS.collection]
        self._limits = limits

    @property
    def most(self) -> int:
        """How many of a user's may be live."""
        return self._limits.live

    async def begun(
        self, owner_id: str, generation: int, device: str | None, address: str | None
    ) -> tuple[Grant, Insert]:
        """A new session: its first token, and what is to be kept of it. `address` is a prefix, not a whole address."""
        at, session_id, family, secret = now(), new_id("ses"), secrets.token_urlsafe(16), secrets.token_urlsafe(32)
        ends, key = at + self._limits.absolute, await self._vault.key(owner_id)
        kept = {
            "_id": session_id,
            "owner_id": owner_id,
            "generation": generation,
            "device": None if device is None else key.seal(device, _device(session_id)),
            "address": address,
            "created_at": at,
            "last_used_at": at,
            "expires_at": ends,
            "keep_until": min(ends, at + self._limits.idle) + self._limits.ended_kept,
            "family": _hash(family),
            "current": _hash(secret),
            "spent": [],
            "ended_at": None,
            "end_reason": None,
        }
        token = f"{session_id}.{family}.{secret}"
        return self._grant(session_id, owner_id, generation, token, at, ends), Insert(SESSIONS.collection, kept)

    async def refresh(self, token: str, network: str) -> Grant:
        """The successor of `token`: the same one for everybody who asks within the grace time. `network` asks.

        Raises `Unauthenticated`; a token used again after that ends its session first. `TokenOutdated` is raised for a
        token whose successor is spent as well.
        """
        session_id, family, secret = _parts(token)
        successor = secrets.token_urlsafe(32)
        for _ in range(MAX_SPENT):
            session = await self._live(session_id, family)
            if not hmac.compare_digest(session["current"], _hash(secret)):
                again = self._repeated(session, family, secret, network)
                if again is not None:
                    return again
                if await self._end_as_read(session):
                    raise TokenReused(session["owner_id"], session["_id"])
                continue  # what was read was old: after an election a primary may answer so for a moment
            at = now()
            if await self._rotate(session, secret, successor, at, network):
                return self._successor(session, family, successor, at)
        raise Unauthenticated("This session is being refreshed all the time. Log in again.")

    async def began(self, owner_id: str, session_id: str) -> datetime | None:
        """When a session that goes on began: the last time its user proved who they are."""
        found = await self._sessions.find_one({"_id": session_id, "owner_id": owner_id, "ended_at": None})
        return found["created_at"] if found else None

    async def live(self, owner_id: str, session_id: str) -> bool:
        """Whether the session goes on."""
        found = await self._sessions.find_one({"_id": session_id, "owner_id": owner_id}, {"ended_at": 1})
        return found is not None and found["ended_at"] is None

    async def ends_at(self, owner_id: str, session_id: str) -> datetime | None:
        """When the session ends if nothing happens until then; None when it has ended."""
        session = await self._sessions.find_one({"_id": session_id, "owner_id": owner_id, "ended_at": None})
        if session is None:
            return None
        ends: datetime = min(session["expires_at"], session["last_used_at"] + self._limits.idle)
        return ends if ends > now() else None

    async def end(self, owner_id: str, session_id: str, reason: str) -> bool:
        """End one session; False when it is not there, not theirs, or has ended."""
        mine = {"_id": session_id, "owner_id": owner_id, "ended_at": None}
        ended = (await self._sessions.update_one(mine, self._ended(reason))).modified_count == 1
        if ended:
            await self._revocations.add([session_id])
        return ended

    async def end_all(self, owner_id: str, reason: str, *, but: str | None = None) -> int:
        """End every session of a user but one; answers how many.

        One that begins meanwhile must look at its account again, in which something was changed before.
        """
        theirs = self._sessions.find({"owner_id": owner_id, "ended_at": None}, {"_id": 1})
        live = [each["_id"] async for each in theirs if each["_id"] != but]
        these = {"_id": {"$in": live}, "owner_id": owner_id, "ended_at": None}
        await self._sessions.update_many(these, self._ended(reason))
        await self._revocations.add(live)
        return len(live)

    async def owners(self) -> set[str]:
        """Every user with a session that goes on. Reads all sessions: for the command line."""
        return {each["owner_id"] async for each in self._sessions.find({"ended_at": None}, {"owner_id": 1})}

    async def knows(self, owner_id: str, network: str) -> bool:
        """Whether a session of this user, ended or not, began in this network."""
        return await self._sessions.find_one({"owner_id": owner_id, "address": network}, {"_id": 1}) is not None

    async def of(self, owner_id: str) -> list[Session]:
        """Every session of a user that is kept, the newest first, ended ones with the reason."""
        key = await self._vault.key(owner_id)
        found = [_session(each, key) async for each in self._sessions.find({"owner_id": owner_id})]
        return sorted(found, key=lambda session: session.created_at, reverse=True)

    async def erase(self, owner_id: str) -> None:
        """End every session of a user, and forget it."""
        await self.end_all(owner_id, "account_erased")
        await self._sessions.delete_many({"owner_id": owner_id})

    async def end_those_too_many(self, owner_id: str) -> int:
        """End the live ones that were used longest ago, past the limit; answers how many are left."""
        live = self._sessions.find({"owner_id": owner_id, "ended_at": None}, {"last_used_at": 1})
        by_use = sorted([each async for each in live], key=lambda each: (each["last_used_at"], each["_id"]))
        for each in by_use[: -self._limits.live]:
            await self.end(owner_id, each["_id"], "too_many_sessions")
        return min(len(by_use), self._limits.live)

    async def _live(self, session_id: str, family: str) -> Document:
        session = await self._sessions.find_one({"_id": session_id})
        if session is None or not hmac.compare_digest(session["family"], _hash(family)):
            raise Unauthenticated("The refresh token is not valid. Log in again.")
        if session["ended_at"] is not None:
            raise Unauthenticated("This session has ended. Log in again.")
        if now() >= min(session["expires_at"], session["last_used_at"] + self._limits.idle):
            raise Unauthenticated("This session has expired. Log in again.")
        return session

    async def _rotate(self, session: Document, secret: str, successor: str, at: datetime, network: str) -> bool:
        """Make `successor` the current token. One conditional write decides between any number of refreshes."""
        mine = {"_id": session["_id"], "owner_id": session["owner_id"], "ended_at": None}
        mine["current"] = session["current"]
        recent = [spent for spent in session["spent"] if spent["at"] + self._limits.grace >= at]
        recent.append({"hash": session["current"], "sealed": _seal(secret, successor), "at": at, "network": network})
        change = {
            "current": _hash(successor),
            "spent": recent[-MAX_SPENT:],
            "last_used_at": at,
            "keep_until": min(session["expires_at"], at + self._limits.idle) + self._limits.ended_kept,
        }
        return (await self._sessions.update_one(mine, {"$set": change})).modified_count == 1

    def _repeated(self, session: Document, family: str, secret: str, network: str) -> Grant | None:
        """The same successor again, for a token that was spent within the grace time; None for any other token."""
        for spent in session["spent"]:
            if hmac.compare_digest(spent["hash"], _hash(secret)) and spent["at"] + self._limits.grace >= now():
                successor = _unseal(secret, spent["sealed"])
                if not hmac.compare_digest(session["current"], _hash(successor)):
                    raise TokenOutdated(session["owner_id"], session["_id"])
                grant = self._successor(session, family, successor, spent["at"])
                return replace(grant, elsewhere=spent.get("network", network) != network)
        return None

    async def _end_as_read(self, session: Document) -> bool:
        """End the session of a token used twice; False, and it goes on, when it is not as it was read any more."""
        as_read = {"_id": session["_id"], "owner_id": session["owner_id"], "ended_at": None}
        as_read["current"] = session["current"]
        ended = (await self._sessions.update_one(as_read, self._ended("refresh_token_reused"))).modified_count == 1
        if ended:
            await self._revocations.add([session["_id"]])
        return ended

    def _ended(self, reason: str) -> Document:
        at = now()
        # The list is emptied: what is left of an ended session opens nothing.
        ended = {"ended_at": at, "end_reason": reason, "spent": [], "keep_until": at + self._limits.ended_kept}
        return {"$set": ended}

    def _successor(self, session: Document, family: str, secret: str, at: datetime) -> Grant:
        token = f"{session['_id']}.{family}.{secret}"
        return self._grant(session["_id"], session["owner_id"], session["generation"], token, at, session["expires_at"])

    def _grant(
        self, session_id: str, owner_id: str, generation: int, token: str, at: datetime, ends: datetime
    ) -> Grant:
        return Grant(session_id, owner_id, generation, token, at, min(ends, at + self._limits.idle))


def _device(session_id: str) -> Place:
    return Place(SESSIONS.collection, "device", session_id)


def _session(kept: Document, key: OwnerKey) -> Session:
    device = kept["device"]  # text of an earlier version, until its session is forgotten
    return Session(
        id=kept["_id"],
        device=key.open(device, _device(kept["_id"])) if isinstance(device, bytes) else device,
        address=kept["address"],
        created_at=kept["created_at"],
        last_used_at=kept["last_used_at"],
        expires_at=kept["expires_at"],
        ended_at=kept["ended_at"],
        end_reason=kept["end_reason"],
    )


def _parts(token: str) -> tuple[str, str, str]:
    parts = token.split(".")
    if len(parts) != 3 or not token.isascii():
        raise Unauthenticated("The refresh token is not valid. Log in again.")
    return parts[0], parts[1], parts[2]


def _hash(secret: str) -> bytes:
    # A secret of 128 bits and more needs no slow hash: there is nothing to guess from.
    return hashlib.sha256(secret.encode()).digest()


def _seal(secret: str, successor: str) -> bytes:
    nonce = os.urandom(12)
    return nonce + AESGCM(_hash("seal" + secret)).encrypt(nonce, successor.encode(), None)


def _unseal(secret: str, sealed: bytes) -> str:
    try:
        return AESGCM(_hash("seal" + secret)).decrypt(sealed[:12], sealed[12:], None).decode()
    except InvalidTag:
        raise Unauthenticated("The refresh token is not valid. Log in again.") from None
