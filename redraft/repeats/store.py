"""The keys that requests came under, and the answers they got, sealed, until their time is over.

Neither the key nor what was sent stands here in the clear: both are digests that nobody can guess from without the
owner's key.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from redraft.db import Database, Document, Indexes
from redraft.vault import Place, Vault

ANSWERS = Indexes(
    "answers",
    (IndexModel([("owner_id", ASCENDING)]), IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)),
)


@dataclass(frozen=True)
class Claim:
    """A key as it is kept. `sealed` is the answer, None while nobody has finished.

    Until `lease_until` whoever holds `token` is taken to be at work.
    """

    id: str
    owner_id: str
    fingerprint: str
    seed: str
    token: str
    lease_until: datetime
    sealed: bytes | None = None


class AnswerStore:
    """The collection `answers`: its `_id`, owner and key, is what makes a request the first."""

    name = "answers"
    """Of its part in a user's export."""

    def __init__(self, database: Database, vault: Vault, kept: timedelta) -> None:
        self._answers = database.db[ANSWERS.collection]
        self._vault = vault
        self._kept = kept

    async def add(self, claim: Claim, now: datetime) -> bool:
        """Keep a new claim; False when its key has another whose time is not over."""
        row = {
            "_id": claim.id,
            "owner_id": claim.owner_id,
            "fingerprint": claim.fingerprint,
            "seed": claim.seed,
            "token": claim.token,
            "lease_until": claim.lease_until,
            "at": now,
            "expires_at": now + self._kept,
        }
        try:
            await self._answers.insert_one(row)
        except DuplicateKeyError:  # it may be an earlier try of the driver's that stands there
            there = await self.get(claim.owner_id, claim.id)
            if there is None:  # the database deletes what is over once a minute, or later
                over = {"_id": claim.id, "owner_id": claim.owner_id, "expires_at": {"$lte": now}}
                await self._answers.delete_one(over)
            return there is not None and there.token == claim.token
        return True

    async def get(self, owner_id: str, claim_id: str) -> Claim | None:
        """The claim of a key, if there is one."""
        alive = {"$gt": datetime.now(UTC)}
        row = await self._answers.find_one({"_id": claim_id, "owner_id": owner_id, "expires_at": alive})
        return None if row is None else _claim(row)

    async def take_over(self, claim: Claim, token: str, lease_until: datetime) -> bool:
        """Take over a claim from a process that died; False when another was faster, or it was answered."""
        lease = {"$set": {"token": token, "lease_until": lease_until}}
        return (await self._answers.update_one(_unanswered(claim), lease)).matched_count > 0

    async def answer(self, claim: Claim, sealed: bytes) -> bool:
        """Keep the answer, whoever is at work by now; False when there is one already: that one counts."""
        open_claim = {"_id": claim.id, "owner_id": claim.owner_id, "sealed": {"$exists": False}}
        return (await self._answers.update_one(open_claim, {"$set": {"sealed": sealed}})).matched_count > 0

    async def forget(self, claim: Claim) -> None:
        """Take the claim back: the request was refused, and its key is free."""
        await self._answers.delete_one(_unanswered(claim))

    async def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """Every kept answer of this owner as plain data, the oldest first."""
        kept = {"owner_id": owner_id, "sealed": {"$exists": True}, "expires_at": {"$gt": datetime.now(UTC)}}
        rows = await self._answers.find(kept).to_list()
        key = await self._vault.key(owner_id)
        for row in sorted(rows, key=lambda row: (row["at"], row["_id"])):
            yield {
                "at": row["at"],
                "expires_at": row["expires_at"],
                **key.open_json(row["sealed"], answer_place(row["_id"])),
            }

    async def erase(self, owner_id: str) -> None:
        """Delete all of this owner's."""
        await self._answers.delete_many({"owner_id": owner_id})


def answer_place(claim_id: str) -> Place:
    """Where a kept answer is sealed."""
    return Place(ANSWERS.collection, "sealed", claim_id)


def _unanswered(claim: Claim) -> Document:
    return {"_id": claim.id, "owner_id": claim.owner_id, "token": claim.token, "sealed": {"$exists": False}}


def _claim(row: Document) -> Claim:
    return Claim(
        id=row["_id"],
        owner_id=row["owner_id"],
        fingerprint=row["fingerprint"],
        seed=row["seed"],
        token=row["token"],
        lease_until=row["lease_until"],
        sealed=row.get("sealed"),
    )
