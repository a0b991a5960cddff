"""Access tokens: only those that we signed, as we signed them."""

import asyncio
import json

import httpx
import jwt
import pytest

from redraft.accounts import Keyring
from redraft.config import Settings
from redraft.db import connect
from redraft.vault import open_vault
from tests.accounts.conftest import bearer, refresh
from tests.accounts.forging import forgeries, misused, own_signature, parts, public_key
from tests.clients import PATIENCE_SECONDS
from tests.people import somebody


async def test_anybody_can_check_a_token_with_the_published_keys(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    header, claims, token = parts(ada)
    assert header["alg"] == "EdDSA"
    key = await public_key(client, header["kid"])
    assert jwt.decode(token, key, algorithms=["EdDSA"], audience="redraft", issuer="redraft") == claims
    assert claims["sub"] == ada.id
    assert ada.phone not in json.dumps(claims)


async def test_no_private_half_is_published(client: httpx.AsyncClient) -> None:
    for key in (await client.get("/.well-known/jwks.json")).json()["keys"]:
        assert set(key) == {"kty", "crv", "use", "alg", "kid", "x"}


async def test_altered_and_foreign_tokens_are_refused(client: httpx.AsyncClient, settings: Settings) -> None:
    ada, eve = await somebody(client), await somebody(client)
    public = await public_key(client, parts(ada)[0]["kid"])
    async with own_signature(settings) as sign:
        forged = forgeries(ada, eve, public) | misused(ada, sign)
        for name, token in forged.items():
            response = await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
            assert response.status_code == 401, name
        genuine = {"Authorization": f"Bearer {sign(parts(ada)[1])}"}
        assert (await client.get("/v1/me", headers=genuine)).status_code == 200, "what is refused is not the signature"
    assert (await client.get("/v1/me", headers=ada.headers)).status_code == 200


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer,", "Basic YTpi", "Bearer a b", "\xe9\xe9"])
async def test_other_ways_to_sign_in_are_no_ways(client: httpx.AsyncClient, authorization: str) -> None:
    response = await client.get("/v1/me", headers=[(b"Authorization", authorization.encode("latin-1"))])
    assert response.status_code == 401


async def test_a_token_in_the_address_is_not_looked_at(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    response = await client.get("/v1/me", params={"access_token": ada.signed_in["access_token"]})
    assert response.status_code == 401


async def test_rotating_the_keys_logs_nobody_out_and_signs_with_the_new_one(
    client: httpx.AsyncClient, second: httpx.AsyncClient, settings: Settings
) -> None:
    ada = await somebody(client)
    before = await key_ids(client)
    await rotate(settings)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await key_ids(client) - before:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    renewed = await refresh(client, ada.refresh_token)
    assert jwt.get_unverified_header(renewed.json()["access_token"])["kid"] not in before
    for replica in (client, second):
        assert (await replica.get("/v1/me", headers=ada.headers)).status_code == 200
        assert (await replica.get("/v1/me", headers=bearer(renewed))).status_code == 200


async def test_a_key_that_was_made_since_a_replica_looked_is_known_to_it(settings: Settings) -> None:
    assert settings.mongodb_url
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        mine, other = [Keyring(database, await open_vault(settings, database)) for _ in range(2)]
        await mine.rotate()
        await other.load()
        await mine.rotate()
        made = mine.newest().id
        assert made not in other
        assert await other.find(made) is not None
        assert await other.find("key_that_nobody_made") is None


async def test_keys_that_are_distrusted_sign_nobody_in(client: httpx.AsyncClient, settings: Settings) -> None:
    ada = await somebody(client)
    await rotate(settings, distrust_old=True)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await client.get("/v1/me", headers=ada.headers)).status_code != 401:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    renewed = await refresh(client, ada.refresh_token)
    assert (await client.get("/v1/me", headers=bearer(renewed))).status_code == 200


async def key_ids(client: httpx.AsyncClient) -> set[str]:
    return {each["kid"] for each in (await client.get("/.well-known/jwks.json")).json()["keys"]}


async def rotate(settings: Settings, distrust_old: bool = False) -> None:
    """What `redraft keys rotate` does, beside the running replicas."""
    assert settings.mongodb_url
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        keys = Keyring(database, await open_vault(settings, database))
        await keys.rotate(distrust_old=distrust_old)
