"""Access tokens that our own key signed, and that still open nothing."""

import time
from typing import Any

import httpx
import jwt
import pytest

from redraft.accounts import Keyring
from redraft.config import Settings
from redraft.db import connect
from redraft.vault import open_vault
from tests.people import Person, somebody

NOW = int(time.time())


async def signed(settings: Settings, ada: Person, claims: dict[str, Any], header: dict[str, Any]) -> str:
    """Ada's token with other claims and another header, signed with the key that signs."""
    token = ada.signed_in["access_token"]
    own = jwt.decode(token, options={"verify_signature": False}) | claims
    assert settings.mongodb_url
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        keys = Keyring(database, await open_vault(settings, database))
        await keys.load()
        key = await keys.find(jwt.get_unverified_header(token)["kid"])
        assert key is not None
        kept = {name: value for name, value in own.items() if value is not None}
        return jwt.encode(kept, key.private, algorithm="EdDSA", headers={"kid": key.id, "typ": "at+jwt", **header})


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        ({"exp": NOW - 1}, {}),
        ({"exp": None}, {}),
        ({"nbf": NOW + 3600}, {}),
        ({"iat": NOW + 3600}, {}),
        ({"aud": "another service"}, {}),
        ({"aud": None}, {}),
        ({"iss": "another issuer"}, {}),
        ({"sid": None}, {}),
        ({}, {"typ": "JWT"}),
        ({}, {"typ": "rt+jwt"}),
        ({}, {"kid": "key_of_nobody"}),
    ],
)
async def test_a_token_for_something_else_or_another_time_is_refused(
    client: httpx.AsyncClient, settings: Settings, claims: dict[str, Any], header: dict[str, Any]
) -> None:
    ada = await somebody(client)
    token = await signed(settings, ada, claims, header)
    assert (await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})).status_code == 401
    same = await signed(settings, ada, {}, {})
    assert (await client.get("/v1/me", headers={"Authorization": f"Bearer {same}"})).status_code == 200
