"""Codes: by text message and of the second factor. Each is for one thing, for a while, and not to be guessed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from redraft.accounts import totp
from redraft.config import Settings
from redraft.db import Database, connect
from tests.accounts.conftest import Phones, bearer, login, verify
from tests.accounts.factors import add_factor
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import Person, new_phone, somebody
from tests.scripted_model import ScriptedModel


@pytest.fixture
def texting(mongodb_url: str, model: ScriptedModel, tmp_path: Path, phones: Phones) -> Settings:
    """A deployment that sends text messages."""
    return make_settings(
        mongodb_url, model, tmp_path,
        **phones.settings, sms_per_number_hour=50,
    )  # fmt: skip


@pytest.fixture
async def app(texting: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(texting) as url, client_of(url) as http:
        yield http


@pytest.fixture
async def database(texting: Settings) -> AsyncIterator[Database]:
    assert texting.mongodb_url
    async with connect(texting, texting.mongodb_url.get_secret_value()) as connected:
        yield connected


async def sent(app: httpx.AsyncClient, sms: Phones, ada: Person, phone: str) -> str:
    """The code that was sent to `phone` at Ada's wish."""
    wish = {"phone": phone, "current_password": ada.password}
    assert (await app.post("/v1/me/phone", json=wish, headers=ada.headers)).status_code == 202
    return await sms.code(phone)


async def confirm(app: httpx.AsyncClient, ada: Person, code: str) -> int:
    return (await app.post("/v1/me/phone/confirm", json={"code": code}, headers=ada.headers)).status_code


async def test_a_code_is_of_no_use_after_ten_minutes(
    app: httpx.AsyncClient, phones: Phones, database: Database
) -> None:
    ada = await somebody(app)
    code = await sent(app, phones, ada, ada.phone)
    [kept] = [each async for each in database.db["codes"].find({})]
    left = kept["expires_at"] - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    await database.db["codes"].update_one({"_id": kept["_id"]}, {"$set": {"expires_at": datetime.now(UTC)}})
    assert await confirm(app, ada, code) == 422


async def test_a_code_is_for_one_user_one_number_and_one_purpose(app: httpx.AsyncClient, phones: Phones) -> None:
    ada, eve, new = await somebody(app), await somebody(app), new_phone()
    code = await sent(app, phones, ada, new)
    assert await confirm(app, eve, code) == 422
    await sent(app, phones, eve, eve.phone)
    assert await confirm(app, eve, code) == 422
    reset = {"phone": ada.phone, "code": code, "new_password": "an even better passphrase"}
    assert (await app.post("/v1/auth/password-reset/confirm", json=reset)).status_code == 422
    assert await confirm(app, ada, code) == 200


async def test_a_code_that_is_asked_for_again_is_the_same_until_it_is_used(
    app: httpx.AsyncClient, phones: Phones
) -> None:
    ada = await somebody(app)
    first = await sent(app, phones, ada, ada.phone)
    assert await sent(app, phones, ada, ada.phone) == first
    assert [text[:6] for _, text in phones.received] == [first, first]
    assert await confirm(app, ada, first) == 200
    await sent(app, phones, ada, ada.phone)
    assert await confirm(app, ada, first) == 422 or phones.received[-1][1].startswith(first)  # once in a million


async def test_codes_have_as_many_bits_as_they_should_and_none_is_kept(
    app: httpx.AsyncClient, phones: Phones, database: Database
) -> None:
    ada = await verify(app, phones, await somebody(app))
    codes = {await sent(app, phones, ada, new_phone()) for _ in range(8)}
    assert len(codes) > 6
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    secret, recovery = await add_factor(app, ada)
    assert len(secret) == 32  # 160 bits in base32
    for code in recovery:
        groups = code.split("-")
        assert [len(each) for each in groups] == [5] * 5  # of 31 characters: 123 bits
    assert len(set(recovery)) == 10
    kept = str([each async for each in database.db["codes"].find({})]) + str(await database.db["users"].find_one())
    assert not [code for code in (*codes, *recovery, secret) if code in kept]


async def test_a_lost_authenticator_is_made_good_by_a_recovery_code_only(
    app: httpx.AsyncClient, phones: Phones
) -> None:
    ada = await verify(app, phones, await somebody(app))
    _, recovery = await add_factor(app, ada)
    wish = {"phone": ada.phone, "password": ada.password}
    for code in ("", "000000", recovery[0][:-1], recovery[0].replace("-", "")):
        refused = await app.post("/v1/auth/login", json=wish | {"code": code})
        assert refused.json()["code"] == "second_factor_needed"
    assert (await app.post("/v1/auth/login", json=wish | {"code": recovery[0].upper()})).status_code == 200


async def test_a_forgotten_password_does_not_take_the_second_factor_along(
    app: httpx.AsyncClient, phones: Phones
) -> None:
    ada = await verify(app, phones, await somebody(app))
    _, recovery = await add_factor(app, ada)
    phones.received.clear()
    await app.post("/v1/auth/password-reset", json={"phone": ada.phone})
    wish = {"phone": ada.phone, "code": await phones.code(ada.phone), "new_password": "an even better passphrase"}
    reset = await app.post("/v1/auth/password-reset/confirm", json=wish)
    assert (reset.status_code, reset.content) == (204, b"")  # it logs nobody in
    ada.password = wish["new_password"]
    assert (await login(app, ada)).json()["code"] == "second_factor_needed"
    entered = await app.post("/v1/auth/login", json={"phone": ada.phone, "password": ada.password, "code": recovery[1]})
    assert (await app.get("/v1/me", headers=bearer(entered))).json()["second_factor"] is True


def test_a_code_of_the_authenticator_is_good_for_its_half_minute_and_the_next() -> None:
    secret = totp.new_secret()
    code = totp.code_at(secret, 1_000)
    accepted = [step for step in range(995, 1_006) if totp.step_of(secret, code, step * totp.PERIOD_SECONDS) == 1_000]
    assert accepted == [999, 1_000, 1_001]
