"""A stream ends with the session that it was opened by; the turn that it shows goes on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from redraft.config import Settings
from tests.accounts.clock import pass_time
from tests.accounts.conftest import bearer, login
from tests.clients import PATIENCE_SECONDS, client_of, until
from tests.conftest import make_settings, serving
from tests.events import events_of, names_of
from tests.people import PASSWORD, Person, person, somebody
from tests.scripted_model import Reply, ScriptedModel

ASK: dict[str, Any] = {"messages": [{"role": "user", "content": "Count."}]}


@pytest.fixture
def go_on(model: ScriptedModel) -> asyncio.Event:
    """Lets the model say the rest of its answer."""
    event = asyncio.Event()
    model.otherwise = lambda ask: Reply(["One", " two"], go_on=event)
    return event


@pytest.fixture
async def fleeting(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> AsyncIterator[tuple[str, Settings]]:
    """A deployment whose access tokens live for three seconds."""
    settings = make_settings(mongodb_url, model, tmp_path, access_token_minutes=0.05)
    async with serving(settings) as url:
        yield url, settings


class Reading:
    """A stream that is read in the background."""

    def __init__(self, client: httpx.AsyncClient, who: Person, run_id: str | None = None) -> None:
        self.text = ""
        self.task = asyncio.create_task(self._read(client, who, run_id))

    @property
    def run_id(self) -> str:
        run_id: str = events_of(self.text.partition("\n\n")[0] + "\n\n")[0].data["run_id"]
        return run_id

    async def begun(self) -> "Reading":
        await until(lambda: "event: token" in self.text or self.task.done())
        return self

    async def ended(self) -> list[str]:
        """The events that came until the stream ended."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.task
        return names_of(events_of(self.text))

    async def _read(self, client: httpx.AsyncClient, who: Person, run_id: str | None) -> None:
        method, path = ("GET", f"/v1/runs/{run_id}/events") if run_id else ("POST", "/v1/chat")
        body = None if run_id else ASK
        async with client.stream(method, path, json=body, headers=who.headers) as response:
            assert response.status_code == 200, await response.aread()
            async for piece in response.aiter_text():
                self.text += piece


async def logout(client: httpx.AsyncClient, here: Person, other: Person) -> httpx.Response:
    return await client.post("/v1/auth/logout", headers=here.headers)


async def logout_all(client: httpx.AsyncClient, here: Person, other: Person) -> httpx.Response:
    return await client.post("/v1/auth/logout-all", headers=other.headers)


async def end_the_session(client: httpx.AsyncClient, here: Person, other: Person) -> httpx.Response:
    session = here.refresh_token.partition(".")[0]
    return await client.delete(f"/v1/me/sessions/{session}", headers=other.headers)


async def change_the_password(client: httpx.AsyncClient, here: Person, other: Person) -> httpx.Response:
    wish = {"current_password": PASSWORD, "new_password": PASSWORD + " 2"}
    return await client.post("/v1/me/password", json=wish, headers=other.headers)


async def erase(client: httpx.AsyncClient, here: Person, other: Person) -> httpx.Response:
    return await client.delete("/v1/me", headers=other.headers)


@pytest.mark.parametrize("how", [logout, logout_all, end_the_session, change_the_password, erase])
async def test_what_ends_a_session_ends_its_streams_on_every_replica(
    client: httpx.AsyncClient,
    second: httpx.AsyncClient,
    go_on: asyncio.Event,
    how: Callable[[httpx.AsyncClient, Person, Person], Awaitable[httpx.Response]],
) -> None:
    here = await somebody(client)
    other = person((await login(client, here)).json())
    turn = await Reading(client, here).begun()
    followed = await Reading(second, here, turn.run_id).begun()
    ended = await how(client, here, other)
    assert ended.status_code in (200, 204), ended.text
    for reading in (turn, followed):
        assert (await reading.ended())[-1] == "token"  # no end of the turn's
    async with asyncio.timeout(PATIENCE_SECONDS):  # an erased turn ends its streams, too, and at once
        while (await second.get(f"/v1/runs/{turn.run_id}/events", headers=here.headers)).status_code != 401:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    go_on.set()
    if how is erase:
        return
    here.password = PASSWORD + " 2" if how is change_the_password else PASSWORD
    again = person((await login(client, here)).json())
    assert (await Reading(second, again, turn.run_id).ended())[-1] == "done"


async def test_the_streams_of_another_session_go_on(client: httpx.AsyncClient, go_on: asyncio.Event) -> None:
    here = await somebody(client)
    other = person((await login(client, here)).json())
    kept = await Reading(client, other).begun()
    dropped = await Reading(client, here, kept.run_id).begun()
    await logout(client, here, other)
    await dropped.ended()
    go_on.set()
    assert (await kept.ended())[-1] == "done"


async def test_who_waits_for_json_is_refused_and_the_turn_goes_on(
    client: httpx.AsyncClient, model: ScriptedModel, go_on: asyncio.Event
) -> None:
    here = await somebody(client)
    made = (await client.post("/v1/conversations", json={}, headers=here.headers)).json()["id"]
    wish = {**ASK, "stream": False, "conversation_id": made}
    waiting = asyncio.create_task(client.post("/v1/chat", json=wish, headers=here.headers))
    await until(lambda: len(model.asked) == 1)
    await logout(client, here, here)
    answer = await waiting
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    again = bearer(await login(client, here))
    [run] = (await client.get(f"/v1/runs?conversation_id={made}", headers=again)).json()["items"]
    go_on.set()
    assert (await client.get(f"/v1/runs/{run['id']}/events", headers=again)).text.count("event: done") == 1


async def test_a_stream_outlives_its_access_token_and_not_its_session(
    fleeting: tuple[str, Settings], model: ScriptedModel, go_on: asyncio.Event
) -> None:
    url, settings = fleeting
    async with client_of(url) as client:
        ada, bob = await somebody(client), await somebody(client)
        kept, dropped = Reading(client, ada), Reading(client, bob)
        await asyncio.gather(kept.begun(), dropped.begun())
        await pass_time(settings, bob.refresh_token, timedelta(days=366))
        assert (await dropped.ended())[-1] == "token"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await client.get("/v1/me", headers=ada.headers)).status_code == 200:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        go_on.set()
        assert (await kept.ended())[-1] == "done"


async def test_an_access_token_does_not_outlive_its_session(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    settings = make_settings(mongodb_url, model, tmp_path, session_max_days=60 / 86_400)
    async with serving(settings) as url, client_of(url) as client:
        ada = await somebody(client)
    assert ada.signed_in["expires_in"] <= 60
    assert ada.signed_in["refresh_expires_in"] <= 60
