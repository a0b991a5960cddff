"""Where proposals wait to be applied: each sealed whole, with the draft it was made for, until its time is over."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne

from redraft.db import Database, Indexes, Write
from redraft.edits.models import ProposalView
from redraft.errors import NotFound
from redraft.vault import OwnerKey, Place, Vault

PROPOSALS = Indexes(
    "proposals",
    (IndexModel([("owner_id", ASCENDING)]), IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)),
)


def kept(
    owner_id: str, key: OwnerKey, editing: str, proposal: dict[str, Any], made_at: datetime, kept_for: timedelta
) -> Write:
    """The write that keeps a proposal (a `ProposalView` as plain data) made for the draft `editing`."""
    row = {
        "owner_id": owner_id,
        "made_at": made_at,
        "expires_at": made_at + kept_for,
        "sealed": key.seal_json({"editing": editing, "proposal": proposal}, _sealed(proposal["id"])),
    }
    return Write(
        PROPOSALS.collection,
        UpdateOne({"_id": proposal["id"], "owner_id": owner_id}, {"$setOnInsert": row}, upsert=True),
    )


class ProposalStore:
    """The proposals of all users."""

    name = "edits"
    """Of its part in a user's export."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._proposals = database.db[PROPOSALS.collection]
        self._vault = vault

    async def get(self, owner_id: str, edit_id: str) -> tuple[str, ProposalView]:
        """The draft a proposal was made for, and the proposal. Raises `NotFound`, also when its time is over."""
        row = await self._proposals.find_one({"_id": edit_id, "owner_id": owner_id, **_alive()})
        if row is None:
            raise NotFound("There is no such proposal; it may be too old.")
        return _opened(row, await self._vault.key(owner_id))

    async def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """Every proposal of this owner, the oldest first."""
        rows = await self._proposals.find({"owner_id": owner_id, **_alive()}, {"made_at": True}).to_list()
        for row in sorted(rows, key=lambda row: (row["made_at"], row["_id"])):
            _, proposal = await self.get(owner_id, row["_id"])
            yield proposal.model_dump(mode="json")

    async def erase(self, owner_id: str) -> None:
        """Delete all of this owner's."""
        await self._proposals.delete_many({"owner_id": owner_id})


def _sealed(proposal_id: str) -> Place:
    return Place(PROPOSALS.collection, "sealed", proposal_id)


def _alive() -> dict[str, Any]:
    """The filter of those whose time is not over: the database deletes the others once a minute, or later."""
    return {"expires_at": {"$gt": datetime.now(UTC)}}


def _opened(row: dict[str, Any], key: OwnerKey) -> tuple[str, ProposalView]:
    plain = key.open_json(row["sealed"], _sealed(row["_id"]))
    return plain["editing"], ProposalView.model_validate(plain["proposal"])
