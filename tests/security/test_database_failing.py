"""A database that steps down, shuts down, or cannot say that a write will last: 503, no lost turn, no double one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from redraft.ids import new_id
from tests.clients import PATIENCE_SECONDS, client_of
from tests.conftest import make_settings, serving
from tests.failing_database import FailingDatabase, failing_database
from tests.people import Person, somebody
from tests.scripted_model import ScriptedModel

WRITE_CONCERN = [{"writeConcernError": {"code": code, "errmsg": "failing"}} for code in (50, 64, 91, 11602)]
"""MaxTimeMSExpired, WriteConcernTimeout, ShutdownInProgress, InterruptedDueToReplStateChange."""
INTERRUPTED = [{"errorCode": code} for code in (189, 10107, 11600)]
"""PrimarySteppedDown, NotWritablePrimary, InterruptedAtShutdown: the driver tries again for as long as it may."""
UNSURE = pytest.mark.parametrize("how", WRITE_CONCERN, ids=lambda how: how["writeConcernError"]["code"])
TIMEOUT_SECONDS = 5
MONTHLY_TOKENS = 1_000_000


@dataclass
class Deployment:
    """An app on a database that fails when it is told to, and one of its users."""

    database: FailingDatabase
    http: httpx.AsyncClient
    ada: Person

    async def post(self, path: str, body: dict[str, Any], key: str) -> httpx.Response:
        return await self.http.post(path, json=body, headers={**self.ada.headers, "Idempotency-Key": key})

    async def get(self, path: str) -> Any:
        return (await self.http.get(path, headers=self.ada.headers)).json()

    async def insist(self, path: str, body: dict[str, Any], key: str) -> httpx.Response:
        """Ask again until the database is back, as clients do."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                answer = await self.post(path, body, key)
                if answer.status_code != 503:
                    return answer
                await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
async def deployment(model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    directory: Path = tmp_path_factory.mktemp("failing")
    quick = {"replica_lease_seconds": 60, "run_sweep_seconds": 0.2, "monthly_tokens": MONTHLY_TOKENS}
    quick["mongodb_timeout_seconds"] = TIMEOUT_SECONDS
    async with failing_database(directory) as database:
        # A server that really steps down tells its clients at once; this one is asked twice a second.
        url = f"{database.url}&serverMonitoringMode=poll&heartbeatFrequencyMS=500"
        settings = make_settings(url, model, directory, **quick)
        async with serving(settings) as base, client_of(base) as http:
            yield Deployment(database, http, await somebody(http))


def is_away(answer: httpx.Response) -> bool:
    """Whether the answer is that the database is away, with when to come back."""
    told = (answer.status_code, answer.json().get("code"), "retry-after" in answer.headers)
    return told == (503, "unavailable", True)


@UNSURE
async def test_a_turn_that_was_refused_for_now_is_there_once_when_it_is_asked_for_again(
    deployment: Deployment, model: ScriptedModel, how: dict[str, Any]
) -> None:
    talk = (await deployment.http.post("/v1/conversations", json={}, headers=deployment.ada.headers)).json()["id"]
    ask = {"messages": [{"role": "user", "content": "Hello"}], "conversation_id": talk, "stream": False}
    key = new_id("key")
    async with deployment.database.failing("bulkWrite", **how):
        assert is_away(await deployment.post("/v1/chat", ask, key))
    answer = await deployment.insist("/v1/chat", ask, key)
    assert (answer.status_code, answer.json()["message"]["content"]) == (200, "Yes.")
    kept = (await deployment.get(f"/v1/conversations/{talk}/messages"))["items"]
    assert [(each["role"], each["content"]) for each in kept] == [("user", "Hello"), ("assistant", "Yes.")]
    assert len(model.asked) == 1


@UNSURE
async def test_a_write_that_was_refused_for_now_is_done_once(deployment: Deployment, how: dict[str, Any]) -> None:
    key = new_id("key")
    before = len((await deployment.get("/v1/conversations?limit=100"))["items"])
    async with deployment.database.failing("insert", **how):
        assert is_away(await deployment.post("/v1/conversations", {"title": "A"}, key))
    assert (await deployment.insist("/v1/conversations", {"title": "A"}, key)).status_code == 201
    assert len((await deployment.get("/v1/conversations?limit=100"))["items"]) == before + 1


@UNSURE
async def test_a_change_that_was_refused_for_now_says_so(deployment: Deployment, how: dict[str, Any]) -> None:
    async def rename(name: str) -> httpx.Response:
        return await deployment.http.patch("/v1/me", json={"name": name}, headers=deployment.ada.headers)

    async with deployment.database.failing("update", **how):
        assert is_away(await rename("A"))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while is_away(await rename("B")):  # noqa: ASYNC110  the driver has not seen it yet
            await asyncio.sleep(0.1)
    assert (await deployment.get("/v1/me"))["name"] == "B"


@pytest.mark.parametrize("how", INTERRUPTED, ids=lambda how: how["errorCode"])
async def test_a_stepdown_that_is_over_in_time_is_not_noticed(
    deployment: Deployment, model: ScriptedModel, how: dict[str, Any]
) -> None:
    talk = (await deployment.http.post("/v1/conversations", json={}, headers=deployment.ada.headers)).json()["id"]
    ask = {"messages": [{"role": "user", "content": "Hello"}], "conversation_id": talk, "stream": False}
    async with deployment.database.failing("bulkWrite", "insert", "update", times=2, **how):
        assert (await deployment.post("/v1/conversations", {"title": "A"}, new_id("key"))).status_code == 201
    async with deployment.database.failing("bulkWrite", times=2, **how):
        assert (await deployment.post("/v1/chat", ask, new_id("key"))).status_code == 200
    assert len((await deployment.get(f"/v1/conversations/{talk}/messages"))["items"]) == 2
    assert len(model.asked) == 1


async def test_a_stepdown_that_goes_on_is_told_and_leaves_nothing(deployment: Deployment, model: ScriptedModel) -> None:
    ask, key = {"messages": [{"role": "user", "content": "Hello"}], "stream": False}, new_id("key")
    async with deployment.database.failing("bulkWrite", errorCode=10107):
        assert is_away(await deployment.post("/v1/chat", ask, key))
    assert (await deployment.insist("/v1/chat", ask, key)).status_code == 200
    assert len(model.asked) == 1


async def test_what_a_turn_reserved_that_never_came_to_be_is_given_back(deployment: Deployment) -> None:
    """The reservation is made, and the answer to it is that this may not last."""
    ask = {"messages": [{"role": "user", "content": "Hello"}]}
    left = (await deployment.get("/v1/me/usage"))["budget"]["tokens_left"]
    async with deployment.database.failing("update", writeConcernError={"code": 64, "errmsg": "failing"}):
        assert is_away(await deployment.post("/v1/chat", ask, "reserved"))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await deployment.get("/v1/me/usage"))["budget"]["tokens_left"] != left:  # noqa: ASYNC110  beside it
            await asyncio.sleep(0.05)
