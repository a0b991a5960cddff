"""Sessions: random, bounded in time, begun by nothing but a proof."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.accounts.conftest import bearer, login, refresh
from tests.conftest import make_settings, serving
from tests.people import PASSWORD, somebody
from tests.scripted_model import ScriptedModel


@pytest.fixture
async def brief(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A deployment whose sessions end two seconds after their login, however often they are refreshed."""
    settings = make_settings(mongodb_url, model, tmp_path, session_max_days=2 / 86_400)
    async with serving(settings) as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
        yield http


async def test_a_session_ends_in_its_time_however_often_it_is_refreshed(brief: httpx.AsyncClient) -> None:
    ada = await somebody(brief)
    token = ada.refresh_token
    answers: list[httpx.Response] = []
    async with asyncio.timeout(20):
        while not answers or answers[-1].status_code == 200:
            await asyncio.sleep(0.3)
            answers.append(await refresh(brief, token))
            token = answers[-1].json().get("refresh_token", token)
    assert len(answers) > 1
    assert answers[-1].status_code == 401


async def test_tokens_are_long_and_no_two_are_alike(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    entered = await asyncio.gather(*(login(client, ada) for _ in range(12)))
    parts = [each.json()["refresh_token"].split(".") for each in entered]
    for place, characters in ((1, 22), (2, 43)):  # 128 and 256 bits in base64
        assert {len(each[place]) for each in parts} == {characters}
        assert len({each[place] for each in parts}) == len(parts)
    assert len({each.json()["access_token"] for each in entered}) == len(entered)


async def test_each_proof_begins_a_session_and_nothing_else_does(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    again = await login(client, ada)
    renewed = await refresh(client, again.json()["refresh_token"])
    wish = {"current_password": PASSWORD, "new_password": "an even better passphrase"}
    changed = await client.post("/v1/me/password", json=wish, headers=bearer(renewed))
    for answer in (await client.get("/v1/me"), await client.get("/v1/me", headers=bearer(again))):
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
    listed = (await client.get("/v1/me/sessions", headers=bearer(changed))).json()["items"]
    # Registered, logged in, changed the password: the session before it has ended, so has its token.
    assert [each["end_reason"] for each in listed] == [None, "password_changed", "password_changed"]
    assert (await client.get("/v1/me", headers=bearer(changed))).status_code == 200
