"""The account itself: its profile, its export and its end."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from redraft.accounts.revocations import Revocations
from redraft.config import Settings
from redraft.db import Database, connect
from redraft.errors import NotFound
from redraft.vault import Vault, open_vault
from tests.accounts.conftest import login, refresh
from tests.clients import PATIENCE_SECONDS
from tests.people import PASSWORD, new_phone, somebody


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    assert settings.mongodb_url
    async with connect(settings, settings.mongodb_url.get_secret_value()) as connected:
        yield connected


async def test_the_name_can_be_changed_and_taken_away(client: httpx.AsyncClient) -> None:
    ada = await somebody(client, name="Ada")
    for body, name in (({"name": "Ada L."}, "Ada L."), ({}, "Ada L."), ({"name": None}, None)):
        response = await client.patch("/v1/me", headers=ada.headers, json=body)
        assert response.status_code == 200
        assert response.json()["name"] == name
    assert (await client.get("/v1/me", headers=ada.headers)).json()["name"] is None


@pytest.mark.parametrize("field", ["is_admin", "phone", "id", "password_hash", "generation"])
async def test_nothing_else_of_an_account_can_be_patched(client: httpx.AsyncClient, field: str) -> None:
    ada = await somebody(client)
    response = await client.patch("/v1/me", headers=ada.headers, json={field: True})
    assert response.status_code == 422
    assert (await client.get("/v1/me", headers=ada.headers)).json() == ada.signed_in["user"]


async def test_an_export_is_one_json_file_with_the_account_and_its_sessions(client: httpx.AsyncClient) -> None:
    ada = await somebody(client, name="Ada")
    response = await client.get("/v1/me/export", headers=ada.headers)
    assert response.status_code == 200
    assert "attachment" in response.headers["content-disposition"]
    archive = json.loads(response.content)
    assert archive["account"] == ada.signed_in["user"]
    assert [each["address"] for each in archive["sessions"]] == ["127.0.0.0/24"]
    assert "argon2" not in response.text


async def test_an_erased_account_is_gone_and_its_number_free(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    assert (await client.delete("/v1/me", headers=ada.headers)).status_code == 204
    assert (await client.get("/v1/me", headers=ada.headers)).status_code == 401
    assert (await refresh(client, ada.refresh_token)).status_code == 401
    assert (await login(client, ada)).status_code == 401
    again = await client.post("/v1/auth/register", json={"phone": ada.phone, "password": PASSWORD})
    assert again.status_code == 201
    assert again.json()["user"]["id"] != ada.id


async def test_two_registrations_of_one_number_that_race_make_one_account(
    client: httpx.AsyncClient, second: httpx.AsyncClient, database: Database
) -> None:
    phone = new_phone()
    spellings = [phone, f"{phone[:3]} {phone[3:6]} {phone[6:]}", f"00{phone[1:]}".replace("00", "+", 1)]
    replicas = [client, second]
    wishes = [{"phone": spellings[i % 3], "password": PASSWORD} for i in range(12)]
    answers = [replicas[i % 2].post("/v1/auth/register", json=wish) for i, wish in enumerate(wishes)]
    before = await database.db["users"].count_documents({})
    statuses = sorted(each.status_code for each in await asyncio.gather(*answers))
    assert statuses == [201] + [409] * 11
    assert await database.db["users"].count_documents({}) == before + 1


async def test_a_replica_forgets_the_key_of_who_was_erased_elsewhere(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    vault = await open_vault(settings, database)
    revocations = Revocations(database, timedelta(minutes=10), vault.forget)
    ada, bob = await somebody(client), await somebody(client)
    for each in (ada, bob):
        await vault.key(each.id)
    async with revocations.following(), asyncio.timeout(PATIENCE_SECONDS):
        assert (await client.delete("/v1/me", headers=ada.headers)).status_code == 204
        while await holds(vault, ada.id):  # noqa: ASYNC110  cached for minutes, and gone within seconds
            await asyncio.sleep(0.1)
    assert await holds(vault, bob.id)


async def holds(vault: Vault, owner_id: str) -> bool:
    """Whether the replica still lends the user's key."""
    try:
        await vault.key(owner_id)
    except NotFound:
        return False
    return True
