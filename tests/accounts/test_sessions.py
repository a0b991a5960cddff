"""Refresh tokens: rotated without logging anybody out, and of no use to a thief."""

import asyncio
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient

from redraft.config import Settings
from tests.accounts.clock import pass_time
from tests.accounts.conftest import bearer, login, refresh, until_refused
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import Person, person, somebody
from tests.scripted_model import ScriptedModel

GRACE, IDLE = timedelta(seconds=30), timedelta(days=30)
MOMENT = timedelta(seconds=1)


async def reasons(client: httpx.AsyncClient, headers: dict[str, str]) -> list[str | None]:
    """Why the user's sessions ended, the newest first."""
    listed = await client.get("/v1/me/sessions", headers=headers)
    return [each["end_reason"] for each in listed.json()["items"]]


async def test_fifty_refreshes_at_once_on_two_replicas_have_one_successor(
    client: httpx.AsyncClient, second: httpx.AsyncClient
) -> None:
    ada = await somebody(client)
    replicas = [client, second]
    await asyncio.gather(*(each.get("/readyz") for each in replicas * 25))  # open the connections first
    answers = await asyncio.gather(*(refresh(replicas[i % 2], ada.refresh_token) for i in range(50)))
    assert {each.status_code for each in answers} == {200}
    assert len({each.json()["refresh_token"] for each in answers}) == 1
    assert len({each.json()["access_token"] for each in answers}) == 1
    successor = answers[0].json()["refresh_token"]
    assert (await refresh(second, successor)).status_code == 200


async def test_a_spent_token_is_answered_for_a_while(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    first = (await refresh(client, ada.refresh_token)).json()
    assert (await refresh(client, ada.refresh_token)).json()["refresh_token"] == first["refresh_token"]
    second = (await refresh(client, first["refresh_token"])).json()
    late_tab = await refresh(client, first["refresh_token"])
    assert late_tab.json()["refresh_token"] == second["refresh_token"]
    assert await reasons(client, bearer(late_tab)) == [None]


async def test_a_chain_of_spent_tokens_does_not_lead_to_the_live_one(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    token, spent = ada.refresh_token, []
    for _ in range(3):
        spent.append(token)
        token = (await refresh(client, token)).json()["refresh_token"]
    for old in spent[:-1]:
        refused = await refresh(client, old)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    live = await refresh(client, token)  # nobody was logged out by it
    assert live.status_code == 200
    listed = (await client.get("/v1/me/security-events", headers=bearer(live))).json()["items"]
    assert [(each["event"], each["count"]) for each in listed] == [("refresh_token_outdated", 2), ("registered", 1)]


async def test_a_repeat_from_another_network_is_on_record(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    settings = make_settings(mongodb_url, model, tmp_path, trusted_proxies="127.0.0.1")
    home, elsewhere = {"X-Forwarded-For": "198.51.100.7"}, {"X-Forwarded-For": "203.0.113.9"}
    async with serving(settings) as url, client_of(url) as client:
        ada = await somebody(client)
        for origin in (home, home, elsewhere, elsewhere):
            answer = await refresh(client, ada.refresh_token, origin)
        listed = (await client.get("/v1/me/security-events", headers=bearer(answer))).json()["items"]
    assert [(each["event"], each["network"], each["count"]) for each in listed] == [
        ("refresh_repeated_elsewhere", "203.0.113.0/24", 2), ("registered", "127.0.0.0/24", 1),
    ]  # fmt: skip


async def test_a_token_used_again_after_the_grace_time_ends_its_session_only(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    ada = await somebody(client)
    other = await login(client, ada)
    successor = await refresh(client, ada.refresh_token)
    await pass_time(settings, ada.refresh_token, GRACE + MOMENT)
    stolen = await refresh(client, ada.refresh_token)
    assert stolen.status_code == 401
    assert (await refresh(client, successor.json()["refresh_token"])).status_code == 401
    assert (await client.get("/v1/me", headers=bearer(successor))).status_code == 401
    assert await reasons(client, bearer(other)) == [None, "refresh_token_reused"]


async def test_a_token_of_many_rotations_ago_is_known_as_stolen(client: httpx.AsyncClient, settings: Settings) -> None:
    ada = await somebody(client)
    token = ada.refresh_token
    for _ in range(3):
        token = (await refresh(client, token)).json()["refresh_token"]
        await pass_time(settings, token, GRACE + MOMENT)
    await refresh(client, ada.refresh_token)
    assert (await refresh(client, token)).status_code == 401


async def test_a_made_up_token_ends_nobodys_session(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    session, family, secret = ada.refresh_token.split(".")
    made_up = ["x", f"{session}.{family[::-1]}.{secret}", f"{session}.{family}", f"{session}..", "é.é.é", "a.b.c.d"]
    for token in made_up:
        assert (await refresh(client, token)).status_code == 401
    assert (await refresh(client, ada.refresh_token)).status_code == 200


async def test_a_session_ends_when_it_lies_idle(client: httpx.AsyncClient, settings: Settings) -> None:
    ada = await somebody(client)
    await pass_time(settings, ada.refresh_token, IDLE - timedelta(hours=1))
    used = await refresh(client, ada.refresh_token)
    assert used.status_code == 200
    await pass_time(settings, ada.refresh_token, IDLE)
    assert (await refresh(client, used.json()["refresh_token"])).status_code == 401


async def test_the_database_holds_no_token_that_works(client: httpx.AsyncClient, mongodb_url: str) -> None:
    ada = await somebody(client)
    successor = (await refresh(client, ada.refresh_token)).json()["refresh_token"]
    raw = await everything_kept(mongodb_url)
    for token in (ada.refresh_token, successor):
        _, family, secret = token.split(".")
        assert family.encode() not in raw
        assert secret.encode() not in raw


async def everything_kept(mongodb_url: str) -> bytes:
    """Every byte of every document of every database of the server."""
    kept = b""
    async with AsyncMongoClient(mongodb_url, document_class=RawBSONDocument) as mongo:
        for name in await mongo.list_database_names():
            for collection in await mongo[name].list_collection_names():
                kept += b"".join([each.raw async for each in mongo[name][collection].find({})])
    return kept


async def test_the_list_of_sessions_tells_where_one_is_logged_in(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    await login(client, ada, device="Ada's phone")
    listed = (await client.get("/v1/me/sessions", headers=ada.headers)).json()["items"]
    assert [each["device"] for each in listed] == ["Ada's phone", "python-httpx/0.28.1"]
    assert [each["current"] for each in listed] == [False, True]
    assert {each["address"] for each in listed} == {"127.0.0.0/24"}


async def test_one_session_can_be_ended_by_its_owner_and_nobody_else(client: httpx.AsyncClient) -> None:
    ada, eve = await somebody(client), await somebody(client)
    lost_phone = await login(client, ada)
    listed = (await client.get("/v1/me/sessions", headers=ada.headers)).json()["items"]
    path = f"/v1/me/sessions/{listed[0]['id']}"
    assert (await client.delete(path, headers=eve.headers)).status_code == 404
    assert (await client.get("/v1/me", headers=bearer(lost_phone))).status_code == 200
    assert (await client.delete(path, headers=ada.headers)).status_code == 204
    assert (await client.get("/v1/me", headers=bearer(lost_phone))).status_code == 401
    assert (await client.delete(path, headers=ada.headers)).status_code == 404


@pytest.mark.parametrize("path", ["/v1/auth/logout", "/v1/auth/logout-all"])
async def test_logging_out_on_one_replica_shuts_the_door_of_the_other(
    client: httpx.AsyncClient, second: httpx.AsyncClient, path: str
) -> None:
    ada = await somebody(client)
    assert (await second.get("/v1/me", headers=ada.headers)).status_code == 200
    assert (await client.post(path, headers=ada.headers)).status_code == 204
    assert (await client.get("/v1/me", headers=ada.headers)).status_code == 401
    await until_refused(second, ada.headers)


async def test_a_new_password_ends_every_session_but_the_new_one(
    client: httpx.AsyncClient, second: httpx.AsyncClient
) -> None:
    ada = await somebody(client)
    elsewhere = person((await login(client, ada)).json())
    wish = {"current_password": "not it at all", "new_password": "an even better passphrase"}
    assert (await client.post("/v1/me/password", headers=ada.headers, json=wish)).status_code == 422
    wish["current_password"] = ada.password
    changed = await client.post("/v1/me/password", headers=ada.headers, json=wish)
    assert changed.status_code == 200
    assert (await client.get("/v1/me", headers=bearer(changed))).status_code == 200
    for old in (ada, elsewhere):
        assert (await client.get("/v1/me", headers=old.headers)).status_code == 401
        assert (await refresh(second, old.refresh_token)).status_code == 401
        await until_refused(second, old.headers)
    assert (await login(client, ada)).status_code == 401
    assert (await refresh(client, changed.json()["refresh_token"])).status_code == 200


async def test_a_login_that_meets_a_password_change_gets_no_session_of_the_old_password(
    client: httpx.AsyncClient, second: httpx.AsyncClient
) -> None:
    ada = await somebody(client)
    wish = {"current_password": ada.password, "new_password": "an even better passphrase"}
    logins = [login(second, ada) for _ in range(10)]
    changed, *opened = await asyncio.gather(client.post("/v1/me/password", headers=ada.headers, json=wish), *logins)
    assert changed.status_code == 200
    for each in opened:
        if each.status_code == 200:
            old = Person("", "", "", each.json()["refresh_token"], bearer(each), {})
            assert (await refresh(client, old.refresh_token)).status_code == 401
            await until_refused(client, old.headers)
