"""How content people are: one rating for a run, its comment sealed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne

from redraft.db import Database, Indexes, Write
from redraft.errors import NotFound
from redraft.usage.calls import CallStore
from redraft.usage.models import Feedback, NewFeedback
from redraft.vault import Place, Vault

FEEDBACK = Indexes(
    "feedback", (IndexModel([("owner_id", ASCENDING), ("run_id", ASCENDING)]), IndexModel([("day", ASCENDING)]))
)


class FeedbackStore:
    """The ratings of all users; a run's user rates it, nobody else."""

    name = "feedback"
    """Of its part in a user's export."""

    def __init__(self, database: Database, vault: Vault, calls: CallStore) -> None:
        self._database = database
        self._feedback = database.db[FEEDBACK.collection]
        self._vault = vault
        self._calls = calls

    async def give(self, owner_id: str, new: NewFeedback) -> Feedback:
        """Keep the rating of a run that has ended, in place of an earlier one.

        Raises `NotFound` for a run that is not the owner's, has not ended, or asked no model.
        """
        last_call = await self._calls.of_run(owner_id, new.run_id)
        if last_call is None:
            raise NotFound("There is no run of yours with this id that has ended with an answer.")
        key = await self._vault.key(owner_id)
        now = datetime.now(UTC)
        given = {
            "rating": new.rating,
            "comment": None if new.comment is None else key.seal(new.comment, _comment(new.run_id)),
            "updated_at": now,
        }
        about = {name: last_call[name] for name in ("run_id", "agent", "provider", "model", "day")}
        which = {"_id": new.run_id, "owner_id": owner_id}
        update = {"$set": given, "$setOnInsert": {**about, "created_at": now}}
        await self._database.write([Write(FEEDBACK.collection, UpdateOne(which, update, upsert=True))])
        return await self._get(owner_id, new.run_id)

    async def _get(self, owner_id: str, run_id: str) -> Feedback:
        row = await self._feedback.find_one({"_id": run_id, "owner_id": owner_id})
        if row is None:
            raise NotFound("This run has no feedback of yours.")
        key = await self._vault.key(owner_id)
        comment = None if row["comment"] is None else key.open(row["comment"], _comment(run_id))
        return Feedback.model_validate({**row, "comment": comment})

    async def by_day_model_and_agent(self, first_day: str, last_day: str) -> list[dict[str, Any]]:
        """Number and sum of the ratings of these days' runs."""
        key = {name: f"${name}" for name in ("day", "provider", "model", "agent")}
        pipeline: list[dict[str, Any]] = [
            {"$match": {"day": {"$gte": first_day, "$lte": last_day}}},
            {"$group": {"_id": key, "ratings": {"$sum": 1}, "rating_sum": {"$sum": "$rating"}}},
        ]
        return await (await self._feedback.aggregate(pipeline)).to_list()

    async def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """Every rating this owner gave, with its comment."""
        for row in await self._feedback.find({"owner_id": owner_id}, {"_id": True}).to_list():
            yield (await self._get(owner_id, row["_id"])).model_dump(mode="json")

    async def erase(self, owner_id: str) -> None:
        """Delete what this owner gave."""
        await self._feedback.delete_many({"owner_id": owner_id})


def _comment(run_id: str) -> Place:
    return Place(FEEDBACK.collection, "comment", run_id)
