"""Two upserts of one document at once, where the filter says more than its `_id`."""

from typing import Any

import pytest
from pymongo import AsyncMongoClient, MongoClient, UpdateOne
from pymongo.errors import ClientBulkWriteException
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from redraft.db import Database, Write
from redraft.ids import new_id
from redraft.pool_watch import PoolWatch

NOTE = {"_id": "note_1", "owner_id": "usr_1"}


class OtherFirst(CommandListener):
    """Makes the document in the moment in which the upsert of ours has looked for it and not found it.

    To the server it is there under another owner's name, so that ours is refused for its `_id`; then it is ours.
    """

    def __init__(self, url: str, name: str) -> None:
        self._notes = MongoClient[dict[str, Any]](url)[name]["notes"]
        self._notes.insert_one({**NOTE, "owner_id": "usr_2", "times": 1})
        self.tries = 0

    def started(self, event: CommandStartedEvent) -> None:
        self.tries += event.command_name == "bulkWrite"

    def succeeded(self, event: CommandSucceededEvent) -> None:
        if event.command_name == "bulkWrite":
            self._notes.update_one({"_id": "note_1"}, {"$set": {"owner_id": "usr_1"}})

    def failed(self, event: CommandFailedEvent) -> None:
        pass

    def close(self) -> None:
        self._notes.database.client.close()


def counted(which: dict[str, Any]) -> Write:
    return Write("notes", UpdateOne(which, {"$inc": {"times": 1}}, upsert=True))


async def test_the_slower_one_is_done_again_and_what_stands_around_it_once(mongodb_url: str) -> None:
    name = new_id("test")
    other = OtherFirst(mongodb_url, name)
    async with AsyncMongoClient[dict[str, Any]](mongodb_url, event_listeners=[other]) as client:
        database = Database(client, name, PoolWatch())
        writes = [counted({"_id": "before"}), counted(NOTE), counted({"_id": "after"})]
        assert await database.write(writes) == 3
        assert other.tries == 2
        found = {each["_id"]: each["times"] async for each in database.db["notes"].find({})}
        assert found == {"before": 1, "note_1": 2, "after": 1}
    other.close()


async def test_one_that_is_refused_again_is_no_end_without_one(mongodb_url: str) -> None:
    async with AsyncMongoClient[dict[str, Any]](mongodb_url) as client:
        database = Database(client, new_id("test"), PoolWatch())
        await database.db["notes"].insert_one({**NOTE, "owner_id": "usr_2"})
        with pytest.raises(ClientBulkWriteException):
            await database.write([counted({"_id": "before"}), counted(NOTE)])
        assert not await database.insert_then("notes", {"_id": "note_1"}, [])
