"""Whether a server is told apart that says the right version, and does not do as it should."""

from typing import Any

import pytest
from pymongo.errors import OperationFailure

from redraft.cli.fitness import faults_of
from redraft.config import Settings
from redraft.db import Database, connect
from redraft.ids import new_id
from redraft.server_checks import arbiter_warning, behaviour_faults, is_embedded


async def test_a_fit_server_has_no_fault_and_is_left_as_it_was(settings: Settings) -> None:
    assert settings.mongodb_url is not None
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        assert await behaviour_faults(database) == []
        assert await is_embedded(database)
        assert await database.db["migrations"].find_one({"token": "none"}) is None


def test_an_arbiter_is_told_of() -> None:
    assert arbiter_warning({"setName": "rs0", "arbiters": []}) is None
    assert "arbiter" in (arbiter_warning({"setName": "rs0", "arbiters": ["db3:27017"]}) or "")


class Other(Database):
    """A server that does not do as MongoDB 8 with a guarded bulk."""

    guarded: int | Exception | None = None

    async def update_then(self, *args: Any, **more: Any) -> int | None:
        if isinstance(self.guarded, Exception):
            raise self.guarded
        return self.guarded


@pytest.mark.parametrize("guarded", [0, 1, OperationFailure("no such command: 'bulkWrite'", 59)])
async def test_a_server_that_does_not_refuse_a_guarded_bulk_is_not_started_on(
    settings: Settings, guarded: int | Exception
) -> None:
    assert settings.mongodb_url is not None
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        other = Other(database.client, database.name, database.pool)
        other.guarded = guarded
        [fault], _ = await faults_of(settings, other)
        assert "guarded bulkWrite" in fault
        assert "use MongoDB 8.0" in fault


async def test_a_database_without_its_unique_indexes_is_not_started_on(settings: Settings) -> None:
    """Of another server than the embedded one, which gets them at the start."""
    assert settings.mongodb_url is not None
    own = settings.model_copy(update={"mongodb_database": new_id("test")})
    async with connect(own, settings.mongodb_url.get_secret_value()) as database:
        await database.db["messages"].insert_one({"_id": "msg_1", "owner_id": "usr_1"})
        assert await faults_of(own, database) == ([], (await faults_of(own, database))[1])
        [fault], _ = await faults_of(own, database, embedded=False)
        assert "messages.owner_id_1_conversation_id_1_seq_1" in fault
        assert "redraft indexes" in fault
