"""Codes by text message, password reset, and the second factor."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from redraft.accounts import Admins, totp
from redraft.db import connect
from tests.accounts.conftest import Phones, bearer, login, refresh, verify
from tests.accounts.factors import add_factor, next_code
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import PASSWORD, Person, new_phone, person, somebody
from tests.scripted_model import ScriptedModel


@pytest.fixture
def sms(phones: Phones) -> Phones:
    return phones


@pytest.fixture
async def app(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path, phones: Phones
) -> AsyncIterator[httpx.AsyncClient]:
    settings = make_settings(
        mongodb_url,
        model,
        tmp_path,
        **phones.settings,
        sms_per_number_hour=3,
        require_verified_phone=True,
    )
    async with serving(settings) as url, client_of(url) as http:
        yield http


async def ask_for_code(app: httpx.AsyncClient, ada: Person, phone: str) -> httpx.Response:
    wish = {"phone": phone, "current_password": ada.password}
    return await app.post("/v1/me/phone", json=wish, headers=ada.headers)


async def confirm(app: httpx.AsyncClient, ada: Person, code: str) -> httpx.Response:
    return await app.post("/v1/me/phone/confirm", json={"code": code}, headers=ada.headers)


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_where_verified_numbers_are_wanted_nothing_else_works_before(app: httpx.AsyncClient, sms: Phones) -> None:
    ada = await somebody(app)
    assert ada.signed_in["user"]["phone_verified"] is False
    refused = await app.get("/v1/conversations", headers=ada.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "phone_unverified")
    assert (await ask_for_code(app, ada, ada.phone)).status_code == 202
    verified = await confirm(app, ada, await sms.code(ada.phone))
    assert verified.json()["phone_verified"] is True
    renewed = await refresh(app, ada.refresh_token)
    assert (await app.get("/v1/conversations", headers=bearer(renewed))).status_code == 200


async def test_a_code_lets_five_tries_through_and_one_use(app: httpx.AsyncClient, sms: Phones) -> None:
    ada = await somebody(app)
    await ask_for_code(app, ada, ada.phone)
    right = await sms.code(ada.phone)
    for _ in range(5):
        assert (await confirm(app, ada, another(right))).status_code == 422
    assert (await confirm(app, ada, right)).status_code == 422
    await ask_for_code(app, ada, ada.phone)
    right = await sms.code(ada.phone)
    statuses = [each.status_code for each in await asyncio.gather(*(confirm(app, ada, right) for _ in range(4)))]
    assert sorted(statuses) == [200, 422, 422, 422]


async def test_messages_to_one_number_are_few(app: httpx.AsyncClient, sms: Phones) -> None:
    ada = await somebody(app)
    statuses = [(await ask_for_code(app, ada, ada.phone)).status_code for _ in range(4)]
    assert statuses == [202, 202, 202, 429]
    assert len(sms.received) == 3


async def test_a_number_changes_when_the_new_one_is_shown_to_be_ones_own(app: httpx.AsyncClient, sms: Phones) -> None:
    ada, bob = await somebody(app), await somebody(app)
    new = new_phone()
    assert (await ask_for_code(app, ada, new)).status_code == 202
    assert (await app.get("/v1/me", headers=ada.headers)).json()["phone"] == ada.phone
    assert (await confirm(app, ada, await sms.code(new))).json()["phone"] == new
    assert (await login(app, ada)).status_code == 401
    await verify(app, sms, bob)
    sms.received.clear()
    await ask_for_code(app, ada, bob.phone)
    assert (await confirm(app, ada, await sms.code(bob.phone))).status_code == 409


async def test_a_forgotten_password_is_reset_by_a_code_and_every_session_ends(
    app: httpx.AsyncClient, sms: Phones
) -> None:
    ada, nobodys = await somebody(app), new_phone()
    asked = [await app.post("/v1/auth/password-reset", json={"phone": phone}) for phone in (ada.phone, nobodys)]
    assert [each.status_code for each in asked] == [202, 202]
    assert asked[0].content == asked[1].content
    code = await sms.code(ada.phone)
    assert [to for to, _ in sms.received] == [ada.phone]
    wish = {"phone": ada.phone, "code": another(code), "new_password": "an even better passphrase"}
    assert (await app.post("/v1/auth/password-reset/confirm", json=wish)).status_code == 422
    wish["code"] = code
    assert (await app.post("/v1/auth/password-reset/confirm", json=wish)).status_code == 204
    assert (await app.get("/v1/me", headers=ada.headers)).status_code == 401
    assert (await refresh(app, ada.refresh_token)).status_code == 401
    assert (await login(app, ada)).status_code == 401
    ada.password = wish["new_password"]
    assert (await login(app, ada)).status_code == 200


async def login_with(client: httpx.AsyncClient, ada: Person, code: str | None) -> httpx.Response:
    wish = {"phone": ada.phone, "password": ada.password, "code": code}
    return await client.post("/v1/auth/login", json=wish)


async def test_a_second_factor_is_asked_for_and_each_code_counts_once(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    secret, recovery = await add_factor(client, ada)
    without = await login_with(client, ada, None)
    assert (without.status_code, without.json()["code"]) == (401, "second_factor_needed")
    code = next_code(secret)
    assert (await login_with(client, ada, another(code))).status_code == 401
    entered = await login_with(client, ada, code)
    assert entered.status_code == 200
    assert (await login_with(client, ada, code)).status_code == 401
    assert (await login_with(client, ada, recovery[0])).status_code == 200
    assert (await login_with(client, ada, recovery[0])).status_code == 401
    wrong_password = {"phone": ada.phone, "password": "not the password", "code": recovery[1]}
    refused = await client.post("/v1/auth/login", json=wrong_password)
    assert refused.json()["code"] == "wrong_credentials"
    assert person(entered.json()).signed_in["user"]["second_factor"] is True


async def test_a_second_factor_is_taken_away_with_the_password_only(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    await add_factor(client, ada)
    path = "/v1/me/second-factor/remove"
    for password, status in (("not the password", 422), (PASSWORD, 204)):
        response = await client.post(path, json={"current_password": password}, headers=ada.headers)
        assert response.status_code == status
    assert (await login(client, ada)).status_code == 200


async def test_where_everybody_needs_a_second_factor_nothing_else_works_before(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    settings = make_settings(mongodb_url, model, tmp_path, require_second_factor="everybody")
    async with serving(settings) as url, client_of(url) as client:
        ada = await somebody(client)
        refused = await client.get("/v1/conversations", headers=ada.headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
        await add_factor(client, ada)
        renewed = await refresh(client, ada.refresh_token)
        assert (await client.get("/v1/conversations", headers=bearer(renewed))).status_code == 200


async def test_where_admins_need_a_second_factor_they_are_none_before(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    settings = make_settings(mongodb_url, model, tmp_path, require_second_factor="admins")
    async with serving(settings) as url, client_of(url) as client:
        ada = await somebody(client)
        async with connect(settings, mongodb_url) as database:
            await (await Admins.opened(database, settings)).set(ada.phone, is_admin=True)
        assert (await client.get("/v1/conversations", headers=ada.headers)).status_code == 200
        refused = await client.get("/v1/admin/metrics", headers=ada.headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
        await add_factor(client, ada)
        assert (await client.get("/v1/admin/metrics", headers=ada.headers)).status_code == 200


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """RFC 6238, appendix B, the last six of its eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.code_at(secret, seconds // 30) == code
    assert totp.step_of(secret, code, seconds) == seconds // 30
    assert totp.step_of(secret, code, seconds + 90) is None
