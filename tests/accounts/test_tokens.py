"""Access tokens: only those that we signed, as we signed them."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from redraft.accounts import Keyring
from redraft.config import Settings
from redraft.db import connect
from redraft.vault import open_vault
from tests.accounts.conftest import bearer, refresh
from tests.people import Person, somebody


def encode(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


async def public_key(client: httpx.AsyncClient, key_id: str) -> Ed25519PublicKey:
    keys = (await client.get("/.well-known/jwks.json")).json()["keys"]
    found = jwt.PyJWK(next(each for each in keys if each["kid"] == key_id)).key
    assert isinstance(found, Ed25519PublicKey)
    return found


def parts(ada: Person) -> tuple[dict[str, Any], dict[str, Any], str]:
    token = ada.signed_in["access_token"]
    return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False}), token


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


async def test_altered_and_foreign_tokens_are_refused(client: httpx.AsyncClient) -> None:
    ada, eve = await somebody(client), await somebody(client)
    header, claims, token = parts(ada)
    head, body, signature = token.split(".")
    public = await public_key(client, header["kid"])
    secret = public.public_bytes_raw()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    own_key = Ed25519PrivateKey.generate()
    later = int(time.time()) + 3600

    def hs256(key: bytes) -> str:
        # Made by hand: the library itself refuses to use a public key as a shared secret.
        signed = f"{encode({**header, 'alg': 'HS256'})}.{body}"
        made = hmac.new(key, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"

    forged = {
        "no algorithm": f"{encode({**header, 'alg': 'none'})}.{body}.",
        "no algorithm, kept signature": f"{encode({**header, 'alg': 'none'})}.{body}.{signature}",
        "the public key as a shared secret": hs256(secret),
        "the public key's file as a shared secret": hs256(pem),
        "another user": f"{head}.{encode({**claims, 'sub': eve.id})}.{signature}",
        "an admin": f"{head}.{encode({**claims, 'adm': True})}.{signature}",
        "a longer life": f"{head}.{encode({**claims, 'exp': later})}.{signature}",
        "no signature": f"{head}.{body}.",
        "half a signature": f"{head}.{body}.{signature[:40]}",
        "a key of one's own": jwt.encode(claims, own_key, algorithm="EdDSA", headers={**header}),
        "a key that came along": jwt.encode(
            claims,
            own_key,
            algorithm="EdDSA",
            headers={**header, "jwk": {"kty": "OKP", "crv": "Ed25519"}, "jku": "http://127.0.0.1:9/keys"},
        ),
        "a key from a path": jwt.encode(claims, own_key, algorithm="EdDSA", headers={**header, "kid": "../../etc"}),
        "a refresh token": ada.refresh_token,
        "nothing much": "x",
        "dots": "..",
        "very long": "x" * 5_000,
    }
    for name, token in forged.items():
        response = await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 401, name
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
    async with asyncio.timeout(30):
        while not await key_ids(client) - before:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    renewed = await refresh(client, ada.refresh_token)
    assert jwt.get_unverified_header(renewed.json()["access_token"])["kid"] not in before
    for replica in (client, second):
        assert (await replica.get("/v1/me", headers=ada.headers)).status_code == 200
        assert (await replica.get("/v1/me", headers=bearer(renewed))).status_code == 200


async def test_keys_that_are_distrusted_sign_nobody_in(client: httpx.AsyncClient, settings: Settings) -> None:
    ada = await somebody(client)
    await rotate(settings, distrust_old=True)
    async with asyncio.timeout(30):
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
