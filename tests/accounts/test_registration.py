"""Who may register: anybody, who has an invite, or nobody."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from redraft.accounts import Admins
from redraft.cli.admin import invites
from redraft.config import Settings
from redraft.db import connect
from tests.accounts.conftest import bearer
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import PASSWORD, new_phone, somebody
from tests.scripted_model import ScriptedModel


@pytest.fixture
def private(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> Settings:
    return make_settings(mongodb_url, model, tmp_path, registration="invite")


@pytest.fixture
async def app(private: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(private) as url, client_of(url) as http:
        yield http


async def register(client: httpx.AsyncClient, invite: str | None = None, phone: str | None = None) -> httpx.Response:
    wish = {"phone": phone or new_phone(), "password": PASSWORD} | ({"invite": invite} if invite is not None else {})
    return await client.post("/v1/auth/register", json=wish)


def code_of(response: httpx.Response) -> tuple[int, str | None]:
    return response.status_code, response.json().get("code")


async def test_a_closed_deployment_makes_no_accounts_and_lets_its_own_in(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    settings = make_settings(mongodb_url, model, tmp_path)
    async with serving(settings) as url, client_of(url) as client:
        ada = await somebody(client)
    closed = settings.model_copy(update={"registration": "closed"})
    [invite] = await invites(closed, 1, 7)
    async with serving(closed) as url, client_of(url) as client:
        for phone in (new_phone(), ada.phone):  # nor does it tell who has one
            assert code_of(await register(client, invite, phone)) == (403, "registration_closed")
        entered = await client.post("/v1/auth/login", json={"phone": ada.phone, "password": PASSWORD})
        assert entered.status_code == 200


async def test_an_open_deployment_asks_for_no_invite(client: httpx.AsyncClient) -> None:
    assert (await register(client)).status_code == 201
    assert (await register(client, "any-thing")).status_code == 201


async def test_an_invite_lets_one_person_register(app: httpx.AsyncClient, private: Settings) -> None:
    first, second = await invites(private, 2, 7)
    for wrong in (None, "", "aaaaa-bbbbb-ccccc-ddddd", first[:-1], f"{first}x"):
        assert code_of(await register(app, wrong)) == (403, "invite_needed")
    phone = new_phone()
    assert (await register(app, f" {first.upper()} ", phone)).status_code == 201
    assert code_of(await register(app, first)) == (403, "invite_needed")
    # Whoever lost the answer and asks again is told that the account is there.
    assert code_of(await register(app, first, phone)) == (409, "phone_taken")
    # A number that is taken spends no invite.
    assert code_of(await register(app, second, phone)) == (409, "phone_taken")
    assert (await register(app, second)).status_code == 201


async def test_of_many_with_one_invite_one_registers(app: httpx.AsyncClient, private: Settings) -> None:
    [invite] = await invites(private, 1, 7)
    answers = await asyncio.gather(*(register(app, invite) for _ in range(8)))
    assert sorted(each.status_code for each in answers) == [201] + [403] * 7


async def test_an_invite_has_an_end_and_is_kept_as_a_hash(app: httpx.AsyncClient, private: Settings) -> None:
    [invite] = await invites(private, 1, 7)
    assert private.mongodb_url is not None
    async with connect(private, private.mongodb_url.get_secret_value()) as database:
        [kept] = await database.db["invites"].find({}).to_list()
        assert invite not in str(kept)
        assert timedelta(days=6) < kept["expires_at"] - datetime.now(UTC) <= timedelta(days=7)
        await database.db["invites"].update_one({}, {"$set": {"expires_at": datetime.now(UTC)}})
    assert code_of(await register(app, invite)) == (403, "invite_needed")


async def test_admins_make_invites_and_nobody_else_does(app: httpx.AsyncClient, private: Settings) -> None:
    [first] = await invites(private, 1, 7)
    entered = await register(app, first)
    phone, headers = entered.json()["user"]["phone"], bearer(entered)
    assert code_of(await app.post("/v1/admin/invites", headers=headers)) == (403, "forbidden")
    assert private.mongodb_url is not None
    async with connect(private, private.mongodb_url.get_secret_value()) as database:
        await (await Admins.opened(database, private)).set(phone, is_admin=True)
    made = await app.post("/v1/admin/invites", params={"days": 1}, headers=headers)
    assert made.status_code == 201
    assert (await register(app, made.json()["invite"])).status_code == 201
    for days in (0, -1, 1_000, "soon", "inf", "nan"):
        assert (await app.post("/v1/admin/invites", params={"days": days}, headers=headers)).status_code == 422
