"""How many people have an account; who they are is told to nobody."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from redraft.accounts.store import USERS
from redraft.db import Database
from redraft.ids import first_id


class Census:
    """Counts of accounts."""

    def __init__(self, database: Database) -> None:
        self._users = database.db[USERS.collection]

    async def registered(self) -> int:
        """Accounts there are now."""
        return await self._users.estimated_document_count()

    async def registered_by_day(self, first: date, last: date) -> dict[str, int]:
        """How many of today's accounts were made on each UTC day, both ends included; days without one are left out."""
        start = datetime.combine(first, datetime.min.time(), UTC)
        end = datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC)
        day = {"$dateToString": {"format": "%Y-%m-%d", "date": "$created_at"}}
        pipeline: list[dict[str, Any]] = [
            {"$match": {"_id": {"$gte": first_id("usr", start), "$lt": first_id("usr", end)}}},
            {"$group": {"_id": day, "users": {"$sum": 1}}},
        ]
        return {row["_id"]: row["users"] for row in await (await self._users.aggregate(pipeline)).to_list()}
