"""What is kept of runs that ended, and for how long."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import AsyncMongoClient

from redraft.config import Settings
from tests.clients import PATIENCE_SECONDS, client_of
from tests.conftest import make_settings, serving
from tests.people import somebody
from tests.runs.test_takeover import LEASE, conversation_of, kept, rest_of
from tests.scripted_model import Reply, ScriptedModel


def settings_of(settings: Settings, model: ScriptedModel, **changed: object) -> Settings:
    assert settings.mongodb_url is not None
    url = settings.mongodb_url.get_secret_value()
    return make_settings(url, model, settings.data_dir, **LEASE, **changed)


async def test_a_run_goes_after_its_time_and_what_came_of_it_stays(settings: Settings, model: ScriptedModel) -> None:
    first = settings_of(settings, model)
    async with serving(first) as url, client_of(url) as client:
        ada = await somebody(client)
        conversation = await conversation_of(client, ada)
        ask = {"messages": [{"role": "user", "content": "Hello"}], "conversation_id": conversation, "stream": False}
        answer = (await client.post("/v1/chat", json=ask, headers=ada.headers)).json()
        assert (await client.get(f"/v1/runs/{answer['run_id']}", headers=ada.headers)).status_code == 200
    later = first.model_copy(update={"run_days": 1e-9})
    async with serving(later) as url, client_of(url) as client:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await client.get(f"/v1/runs/{answer['run_id']}", headers=ada.headers)).status_code != 404:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert await kept(client, ada, conversation) == [("user", "Hello"), ("assistant", "Yes.")]
        assert (await client.get("/v1/me/usage", headers=ada.headers)).json()["today"]["calls"] == 1
        rated = {"run_id": answer["run_id"], "rating": 5}
        assert (await client.post("/v1/feedback", json=rated, headers=ada.headers)).status_code == 200
        again = (await client.post("/v1/chat", json=ask, headers=ada.headers)).json()
        assert again["message"]["content"] == "Yes."
        assert len(await kept(client, ada, conversation)) == 4


async def test_what_a_replica_left_long_ago_is_still_found(settings: Settings, model: ScriptedModel) -> None:
    apart = settings_of(settings, model)
    assert apart.mongodb_url is not None
    model.says(Reply(["Half", " an"], stall_after=1))
    long_ago = datetime.now(UTC) - timedelta(days=3)
    async with AsyncMongoClient[dict[str, Any]](apart.mongodb_url.get_secret_value()) as mongo:
        database = mongo[apart.mongodb_database]
        async with serving(apart) as url, client_of(url) as client:
            ada = await somebody(client)
            ask = {"messages": [{"role": "user", "content": "Hello"}]}
            async with client.stream("POST", "/v1/chat", json=ask, headers=ada.headers) as response:
                await anext(aiter(response.aiter_text()))
        await database["runs"].update_one({"status": "running"}, {"$set": {"lease.replica": "replica_gone"}})
        await database["replicas"].delete_many({})
        await database["replicas"].insert_many(
            [{"_id": name, "expires_at": long_ago} for name in ("replica_gone", "replica_idle")]
        )
        run = await database["runs"].find_one({"lease.replica": "replica_gone"})
        assert run is not None
        assert list(await database["replicas"].index_information()) == ["_id_"], "none goes by its age alone"
        async with serving(apart) as url, client_of(url) as client:
            assert (await rest_of(client, ada, run["_id"], 0))[-1].name == "done"
