"""What ends sessions beside logging out: too many of them, other proofs than they began with, and an operator."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from redraft.accounts import Admins
from redraft.config import Settings
from redraft.db import connect
from tests.accounts.clock import pass_time
from tests.accounts.conftest import Phones, bearer, login, refresh, until_refused, verify
from tests.accounts.factors import add_factor, next_code
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import PASSWORD, Person, new_phone, person, somebody
from tests.scripted_model import ScriptedModel


@pytest.fixture
async def narrow(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path, phones: Phones
) -> AsyncIterator[httpx.AsyncClient]:
    """A deployment with three sessions for each user."""
    settings = make_settings(
        mongodb_url,
        model,
        tmp_path,
        sessions_per_user=3,
        **phones.settings,
    )
    async with serving(settings) as url, client_of(url) as http:
        yield http


async def endings(client: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, str | None]:
    """Why each session ended, by the name of its device."""
    listed = await client.get("/v1/me/sessions", headers=headers)
    return {each["device"]: each["end_reason"] for each in listed.json()["items"]}


async def test_one_login_too_many_ends_the_session_that_was_used_longest_ago(narrow: httpx.AsyncClient) -> None:
    ada = await somebody(narrow)
    first = person((await login(narrow, ada, "first")).json())
    second = await login(narrow, ada, "second")
    await refresh(narrow, ada.refresh_token)  # so that `first` is the one that was used longest ago
    third = await login(narrow, ada, "third")
    assert await endings(narrow, bearer(third)) == {
        "third": None, "second": None, "first": "too_many_sessions", "python-httpx/0.28.1": None,
    }  # fmt: skip
    assert (await narrow.get("/v1/me", headers=first.headers)).status_code == 401
    assert (await refresh(narrow, first.refresh_token)).status_code == 401
    for each in (ada.headers, bearer(second), bearer(third)):
        assert (await narrow.get("/v1/me", headers=each)).status_code == 200


async def test_logins_all_at_once_leave_no_more_than_the_limit(narrow: httpx.AsyncClient) -> None:
    ada = await somebody(narrow)
    await asyncio.gather(*(login(narrow, ada) for _ in range(8)))
    last = await login(narrow, ada)
    listed = (await narrow.get("/v1/me/sessions", headers=bearer(last))).json()["items"]
    assert [each["end_reason"] for each in listed].count(None) == 3


async def test_a_second_factor_ends_the_sessions_that_began_without_it(
    narrow: httpx.AsyncClient, phones: Phones
) -> None:
    ada = await verify(narrow, phones, await somebody(narrow))
    elsewhere = person((await login(narrow, ada, "elsewhere")).json())
    secret, _ = await add_factor(narrow, ada)
    assert (await endings(narrow, ada.headers))["elsewhere"] == "second_factor_added"
    assert (await refresh(narrow, elsewhere.refresh_token)).status_code == 401
    wish = {"phone": ada.phone, "password": ada.password, "device": "with code"}
    code = next_code(secret)
    assert (await narrow.post("/v1/auth/login", json=wish | {"code": code})).status_code == 200
    removed = await narrow.post(
        "/v1/me/second-factor/remove", json={"current_password": ada.password}, headers=ada.headers
    )
    assert removed.status_code == 204
    assert (await endings(narrow, ada.headers))["with code"] == "second_factor_removed"
    assert (await refresh(narrow, ada.refresh_token)).status_code == 200


async def test_another_number_ends_the_other_sessions_and_verifying_ones_own_ends_none(
    narrow: httpx.AsyncClient, phones: Phones
) -> None:
    ada = await somebody(narrow)
    await login(narrow, ada, "elsewhere")
    for phone, ending in ((ada.phone, None), (new_phone(), "phone_changed")):
        wish = {"phone": phone, "current_password": ada.password}
        assert (await narrow.post("/v1/me/phone", json=wish, headers=ada.headers)).status_code == 202
        code = {"code": await phones.code(phone)}
        confirmed = await narrow.post("/v1/me/phone/confirm", json=code, headers=ada.headers)
        assert confirmed.json()["phone"] == phone
        assert await endings(narrow, ada.headers) == {"elsewhere": ending, "python-httpx/0.28.1": None}


async def test_a_login_that_meets_a_new_second_factor_gets_no_session_without_it(
    narrow: httpx.AsyncClient, phones: Phones
) -> None:
    ada = await verify(narrow, phones, await somebody(narrow))
    logins = asyncio.gather(*(login(narrow, ada) for _ in range(6)))
    await add_factor(narrow, ada)
    for each in await logins:
        if each.status_code == 200:
            assert (await refresh(narrow, each.json()["refresh_token"])).status_code == 401


@pytest.mark.parametrize("everybody", [False, True])
async def test_an_operator_logs_people_out_on_every_replica(
    client: httpx.AsyncClient, second: httpx.AsyncClient, settings: Settings, everybody: bool
) -> None:
    ada, bob = await somebody(client), await somebody(client)
    assert settings.mongodb_url is not None
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        admins = await Admins.opened(database, settings)
        ended = await (admins.end_all_sessions() if everybody else admins.end_sessions(ada.phone))
    assert ended >= 2 if everybody else ended == 1
    for replica in (client, second):
        await until_refused(replica, ada.headers)
        if everybody:
            await until_refused(replica, bob.headers)
        assert (await replica.get("/v1/me", headers=bob.headers)).status_code == (401 if everybody else 200)
    assert (await refresh(second, ada.refresh_token)).status_code == 401
    again = bearer(await login(client, ada))
    listed = (await client.get("/v1/me/sessions", headers=again)).json()["items"]
    assert [each["end_reason"] for each in listed] == [None, "ended_by_admin"]
    events = (await client.get("/v1/me/security-events", headers=again)).json()["items"]
    assert "sessions_ended_by_admin" in [each["event"] for each in events]


async def erase(client: httpx.AsyncClient, ada: Person, body: dict[str, str] | None = None) -> tuple[int, str]:
    response = await client.request("DELETE", "/v1/me", headers=ada.headers, json=body)
    return response.status_code, response.json()["code"] if response.content else ""


async def test_an_old_login_erases_the_account_only_with_the_password(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    ada, bob = await somebody(client), await somebody(client)
    for each in (ada, bob):
        await pass_time(settings, each.refresh_token, timedelta(minutes=16))
        each.headers = bearer(await refresh(client, each.refresh_token))  # proves nothing new
    assert await erase(client, ada) == (403, "proof_needed")
    assert await erase(client, ada, {"current_password": "not the password"}) == (422, "invalid_request")
    assert (await client.get("/v1/me", headers=ada.headers)).status_code == 200
    assert await erase(client, ada, {"current_password": PASSWORD}) == (204, "")
    bob.headers = bearer(await login(client, bob))
    assert await erase(client, bob) == (204, "")
