"""Whether a server is told apart that cannot keep what redraft promises."""

from typing import Any

import pytest
from pymongo.errors import OperationFailure

from redraft.config import Settings
from redraft.db import Database, connect
from redraft.server_checks import UnfitServer, _topology, _version, is_embedded, refuse_unfit, server_findings

GOOD = {"setName": "rs0", "logicalSessionTimeoutMinutes": 30, "maxWireVersion": 25, "arbiters": []}


async def test_a_fit_server_is_told_so(settings: Settings) -> None:
    assert settings.mongodb_url is not None
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        await refuse_unfit(database)
        assert {each.verdict for each in await server_findings(database)} == {"ok"}
        assert await is_embedded(database)
        assert await database.db["migrations"].find_one({"token": "none"}) is None


@pytest.mark.parametrize(
    ("hello", "verdicts", "said"),
    [
        (GOOD, ["ok"], "rs0"),
        ({**GOOD, "setName": None, "msg": "isdbgrid"}, ["ok"], "replica set"),
        ({name: GOOD[name] for name in GOOD if name != "setName"}, ["fail"], "no replica set"),
        ({**GOOD, "arbiters": ["db3:27017"]}, ["warn"], "arbiter"),
        ({**GOOD, "logicalSessionTimeoutMinutes": None}, ["fail"], "sessions"),
        ({**GOOD, "maxWireVersion": 21}, ["ok", "fail"], "8.0"),
    ],
)
def test_what_hello_tells_is_held_against_what_is_needed(hello: dict[str, Any], verdicts: list[str], said: str) -> None:
    found = [*_topology(hello), *_version(hello)]
    assert [each.verdict for each in found] == verdicts
    assert said in " ".join(each.text for each in found)


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
        with pytest.raises(UnfitServer, match=r"guarded bulkWrite.* 8\.0 or later"):
            await refuse_unfit(other)


async def test_a_server_that_is_kept_at_an_older_version_is_not_started_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def older(database: Database) -> str:
        return "7.0"

    assert settings.mongodb_url is not None
    monkeypatch.setattr("redraft.server_checks._compatibility", older)
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        with pytest.raises(UnfitServer, match="setFeatureCompatibilityVersion"):
            await refuse_unfit(database)
