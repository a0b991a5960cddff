"""Nobody keeps an owner from recovering an account: not by asking, by guessing, or by taking the number first."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from redraft.accounts.codes import TRIES, TRIES_OF_STRANGERS
from redraft.config import Settings
from redraft.db import connect
from tests.accounts.conftest import Phones, bearer, login, verify
from tests.accounts.factors import add_factor
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import PASSWORD, Person, new_phone, person, somebody
from tests.scripted_model import ScriptedModel

HOME, AWAY = "198.51.100.7", "192.0.2.9"
BETTER = "an even better passphrase"


@pytest.fixture
def deployment(mongodb_url: str, model: ScriptedModel, tmp_path: Path, phones: Phones) -> Settings:
    return make_settings(
        mongodb_url, model, tmp_path, **phones.settings,
        trusted_proxies="127.0.0.1", password_resets_per_network_hour=8, sms_per_prefix_hour=10,
    )  # fmt: skip


@pytest.fixture
async def app(deployment: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(deployment) as url, client_of(url) as http:
        yield http


def stranger(number: int) -> dict[str, str]:
    """The headers of a request from a network that no account knows."""
    return {"X-Forwarded-For": f"203.0.{number}.5"}


def at(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


async def at_home(app: httpx.AsyncClient) -> Person:
    """A new user who registers at home."""
    wish = {"phone": new_phone(), "password": PASSWORD}
    return person((await app.post("/v1/auth/register", json=wish, headers=at(HOME))).json())


async def ask(app: httpx.AsyncClient, phone: str, headers: dict[str, str], **more: str) -> int:
    wish = {"phone": phone, **more}
    return (await app.post("/v1/auth/password-reset", json=wish, headers=headers)).status_code


async def reset(app: httpx.AsyncClient, phone: str, code: str, headers: dict[str, str], **more: str) -> int:
    wish = {"phone": phone, "code": code, "new_password": BETTER, **more}
    return (await app.post("/v1/auth/password-reset/confirm", json=wish, headers=headers)).status_code


def wrong(code: str, by: int = 1) -> str:
    return f"{(int(code) + by) % 1_000_000:06d}"


async def test_a_stranger_who_asks_voids_no_code_and_uses_up_nothing(app: httpx.AsyncClient, phones: Phones) -> None:
    ada = await at_home(app)
    assert await ask(app, ada.phone, at(HOME)) == 202
    code = await phones.code(ada.phone)
    for number in range(10):
        assert await ask(app, ada.phone, stranger(number)) == 202
    for place in (HOME, AWAY):
        assert await ask(app, ada.phone, at(place)) == 202
    assert {text[:6] for to, text in phones.received} == {code}
    assert await reset(app, ada.phone, code, at(HOME)) == 204
    assert (await login(app, Person("", ada.phone, BETTER, "", {}, {}))).status_code == 200


async def test_an_owner_gets_a_code_after_strangers_had_one_sent_all_the_time(
    app: httpx.AsyncClient, phones: Phones, deployment: Settings, mongodb_url: str
) -> None:
    ada = await at_home(app)
    for number in range(8):
        assert await ask(app, ada.phone, stranger(number)) == 202
    before = await phones.code(ada.phone)
    async with connect(deployment, mongodb_url) as database:
        await database.db["codes"].delete_many({})  # ten minutes later
    phones.received.clear()
    assert await ask(app, ada.phone, at(AWAY)) == 202
    code = await phones.code(ada.phone)
    assert code != before  # but once in a million
    assert await reset(app, ada.phone, code, at(AWAY)) == 204


async def test_messages_to_one_number_stay_few_whoever_asks(app: httpx.AsyncClient, phones: Phones) -> None:
    ada = await at_home(app)
    for number in range(12):
        await ask(app, ada.phone, stranger(number))
    for _ in range(8):
        await ask(app, ada.phone, at(HOME))
    nobodys = new_phone()
    for number in range(20, 24):
        assert await ask(app, nobodys, stranger(number)) == 202
    await asyncio.sleep(0.2)
    # One new code; five repeats for strangers and five for a network that the account knows. Of a prefix, ten.
    assert 1 <= len(phones.received) <= 10
    assert {to for to, _ in phones.received} == {ada.phone}


async def test_one_network_asks_so_often_and_blocks_nobody_else(app: httpx.AsyncClient, phones: Phones) -> None:
    ada = await verify(app, phones, await at_home(app))
    answers = [await ask(app, new_phone(), at("203.0.113.9")) for _ in range(10)]
    assert answers == [202] * 8 + [429] * 2
    assert await ask(app, new_phone(), at("203.0.113.200")) == 429  # a neighbour
    assert await ask(app, ada.phone, at("203.0.113.9")) == 429
    phones.received.clear()
    assert await ask(app, ada.phone, at(HOME)) == 202
    assert await ask(app, new_phone(), at(AWAY)) == 202
    assert await reset(app, ada.phone, await phones.code(ada.phone), at(HOME)) == 204


async def test_strangers_messages_leave_those_of_verified_owners(app: httpx.AsyncClient, phones: Phones) -> None:
    people = [await at_home(app) for _ in range(11)]
    ada = await verify(app, phones, people[0])
    for number, each in enumerate(people[1:]):  # use up the prefix
        await ask(app, each.phone, stranger(number))
    phones.received.clear()
    assert await ask(app, ada.phone, at(HOME)) == 202
    assert len(await phones.code(ada.phone)) == 6


async def test_wrong_codes_of_strangers_do_not_spend_the_owners(app: httpx.AsyncClient, phones: Phones) -> None:
    ada = await at_home(app)
    assert await ask(app, ada.phone, at(HOME)) == 202
    code = await phones.code(ada.phone)
    for number in range(6):
        for guess in range(TRIES + 1):
            assert await reset(app, ada.phone, wrong(code, guess + 1), stranger(number)) == 422
    assert await reset(app, ada.phone, code, at(HOME)) == 204


async def test_guessing_a_code_is_bounded_for_each_network_and_for_all(app: httpx.AsyncClient, phones: Phones) -> None:
    ada = await at_home(app)
    assert await ask(app, ada.phone, at(HOME)) == 202
    code = await phones.code(ada.phone)
    for guess in range(TRIES):
        assert await reset(app, ada.phone, wrong(code, guess + 1), stranger(0)) == 422
    assert await reset(app, ada.phone, code, stranger(0)) == 422  # this network has had its tries
    for number in range(1, TRIES_OF_STRANGERS // TRIES):
        for guess in range(TRIES):
            assert await reset(app, ada.phone, wrong(code, guess + 1), stranger(number)) == 422
    assert await reset(app, ada.phone, code, stranger(99)) == 422  # and so have all others
    tries = [await reset(app, ada.phone, code, stranger(number)) for number in range(100, 140)]
    assert 429 in tries  # for today, whatever code is sent
    assert 204 not in tries
    assert await reset(app, ada.phone, code, at(HOME)) == 204


async def test_a_known_device_recovers_wherever_it_is(app: httpx.AsyncClient, phones: Phones) -> None:
    ada = await verify(app, phones, await at_home(app))
    device = ada.signed_in["device_token"]
    phones.received.clear()
    assert await ask(app, ada.phone, at(AWAY), device_token=device) == 202
    code = await phones.code(ada.phone)
    for guess in range(TRIES):
        assert await reset(app, ada.phone, wrong(code, guess + 1), at(AWAY)) == 422
    assert await reset(app, ada.phone, code, at(AWAY)) == 422
    for forged in (device[:-1] + "x", "x", "", device.partition(".")[0]):
        assert await reset(app, ada.phone, code, at(AWAY), device_token=forged) == 422
    assert await reset(app, ada.phone, code, at(AWAY), device_token=device) == 204


async def test_others_do_not_use_up_the_messages_to_ones_own_number(app: httpx.AsyncClient, phones: Phones) -> None:
    ada, eve = await at_home(app), await at_home(app)
    wish = {"phone": ada.phone, "current_password": PASSWORD}
    for _ in range(6):
        refused = await app.post("/v1/me/phone", json=wish, headers=eve.headers)
    assert refused.status_code == 429
    assert (await app.post("/v1/me/phone", json=wish, headers=ada.headers)).status_code == 202
    assert await ask(app, ada.phone, at(HOME)) == 202


async def texts(client: httpx.AsyncClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get("/v1/documents", headers=headers)).json()["items"]
    return found


async def test_a_number_that_was_never_proved_gets_no_second_factor(app: httpx.AsyncClient, phones: Phones) -> None:
    eve = await somebody(app)
    refused = await app.post("/v1/me/second-factor", json={"current_password": PASSWORD}, headers=eve.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "phone_unverified")
    await verify(app, phones, eve)
    await add_factor(app, eve)


@pytest.mark.parametrize("factor", [False, True])
async def test_who_proves_a_number_has_it_and_sees_nothing_of_who_took_it(
    app: httpx.AsyncClient, phones: Phones, deployment: Settings, mongodb_url: str, factor: bool
) -> None:
    eve = await somebody(app)
    await app.post("/v1/documents", json={"name": "private.md", "text": "Eve's"}, headers=eve.headers)
    if factor:  # of a time when it was taken without a verified number
        async with connect(deployment, mongodb_url) as database:
            kept = {"secret": "x", "last_step": 0, "recovery": []}
            await database.db["users"].update_one({"_id": eve.id}, {"$set": {"totp": kept}})
    assert await ask(app, eve.phone, at(AWAY)) == 202
    assert await reset(app, eve.phone, await phones.code(eve.phone), at(AWAY)) == 204
    owner = await login(app, Person("", eve.phone, BETTER, "", {}, {}))
    assert owner.status_code == 200, owner.text
    user = owner.json()["user"]
    assert (user["phone"], user["phone_verified"], user["second_factor"]) == (eve.phone, True, False)
    assert user["id"] != eve.id
    assert await texts(app, bearer(owner)) == []
    assert (await app.get("/v1/me", headers=eve.headers)).status_code == 401
    assert (await login(app, eve)).status_code == 401
    events = (await app.get("/v1/me/security-events", headers=bearer(owner))).json()["items"]
    assert [each["event"] for each in events] == ["login_failed", "login", "registered"]


async def test_who_loses_a_number_keeps_what_they_wrote(app: httpx.AsyncClient, phones: Phones) -> None:
    eve = await somebody(app)
    await app.post("/v1/documents", json={"name": "private.md", "text": "Eve's"}, headers=eve.headers)
    assert await ask(app, eve.phone, at(AWAY)) == 202
    assert await reset(app, eve.phone, await phones.code(eve.phone), at(AWAY)) == 204
    wish = {"phone": eve.phone, "password": PASSWORD, "former": True}
    assert (await app.post("/v1/auth/login", json=wish | {"password": BETTER})).status_code == 401
    entered = await app.post("/v1/auth/login", json=wish)
    assert (entered.status_code, entered.json()["user"]["phone"]) == (200, None)
    assert [each["name"] for each in await texts(app, bearer(entered))] == ["private.md"]
    events = (await app.get("/v1/me/security-events", headers=bearer(entered))).json()["items"]
    assert "phone_lost" in [each["event"] for each in events]
    # Another number, which is hers, makes the account whole.
    eve.headers = bearer(entered)
    await verify(app, phones, eve, mine := new_phone())
    assert (await login(app, Person("", mine, PASSWORD, "", {}, {}))).status_code == 200
    assert (await app.post("/v1/auth/login", json=wish)).status_code == 401


async def test_a_device_of_the_account_shows_that_it_is_ones_own(app: httpx.AsyncClient, phones: Phones) -> None:
    ada = await at_home(app)
    await app.post("/v1/documents", json={"name": "mine.md", "text": "Ada's"}, headers=ada.headers)
    device = {"device_token": ada.signed_in["device_token"]}
    assert await ask(app, ada.phone, at(AWAY), **device) == 202
    assert await reset(app, ada.phone, await phones.code(ada.phone), at(AWAY), **device) == 204
    entered = await login(app, Person("", ada.phone, BETTER, "", {}, {}))
    assert (entered.json()["user"]["id"], entered.json()["user"]["phone_verified"]) == (ada.id, True)
    assert [each["name"] for each in await texts(app, bearer(entered))] == ["mine.md"]
    # From now on the number is proved: a code is enough, on any device.
    phones.received.clear()
    assert await ask(app, ada.phone, at(AWAY)) == 202
    assert await reset(app, ada.phone, await phones.code(ada.phone), at(AWAY)) == 204
    assert (await login(app, Person("", ada.phone, BETTER, "", {}, {}))).json()["user"]["id"] == ada.id


async def test_another_account_that_proves_a_number_takes_it_too(app: httpx.AsyncClient, phones: Phones) -> None:
    eve, ada = await somebody(app), await somebody(app)
    await verify(app, phones, ada, eve.phone)
    assert (await app.get("/v1/me", headers=ada.headers)).json()["phone"] == eve.phone
    assert (await app.get("/v1/me", headers=eve.headers)).status_code == 401
