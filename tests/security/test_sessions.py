"""Sessions: random, bounded in time, begun by nothing but a proof."""

import asyncio
from datetime import timedelta

import httpx

from redraft.config import Settings
from tests.accounts.clock import pass_time
from tests.accounts.conftest import bearer, login, refresh
from tests.people import PASSWORD, somebody


async def test_a_session_ends_in_its_time_however_often_it_is_refreshed(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    ada = await somebody(client)
    token, left = ada.refresh_token, timedelta(days=365)
    while left > timedelta(days=29):
        await pass_time(settings, token, timedelta(days=29))
        left -= timedelta(days=29)
        refreshed = await refresh(client, token)
        token = refreshed.json()["refresh_token"]
        assert refreshed.json()["refresh_expires_in"] <= left.total_seconds()
    await pass_time(settings, token, left)
    assert (await refresh(client, token)).status_code == 401


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
