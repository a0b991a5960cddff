"""Access tokens as attackers make them, and as we would never make them."""

import base64
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from redraft.accounts import Keyring
from redraft.config import Settings
from redraft.db import connect
from redraft.vault import open_vault
from tests.people import Person

Sign = Callable[..., str]


def encode(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


async def public_key(client: httpx.AsyncClient, key_id: str) -> Ed25519PublicKey:
    keys = (await client.get("/.well-known/jwks.json")).json()["keys"]
    found = jwt.PyJWK(next(each for each in keys if each["kid"] == key_id)).key
    assert isinstance(found, Ed25519PublicKey)
    return found


def parts(ada: Person) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Header and claims of her access token, and the token."""
    token = ada.signed_in["access_token"]
    return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False}), token


def forgeries(ada: Person, eve: Person, public: Ed25519PublicKey) -> dict[str, str]:
    """Tokens that somebody without our private key can make."""
    header, claims, token = parts(ada)
    head, body, signature = token.split(".")
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    own_key = Ed25519PrivateKey.generate()
    later = int(time.time()) + 3600

    def hs256(key: bytes) -> str:
        # Made by hand: the library itself refuses to use a public key as a shared secret.
        signed = f"{encode({**header, 'alg': 'HS256'})}.{body}"
        made = hmac.new(key, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"

    def with_own_key(**more: Any) -> str:
        return jwt.encode(claims, own_key, algorithm="EdDSA", headers={**header, **more})

    return {
        **{
            f"algorithm {each!r}": f"{encode({**header, 'alg': each})}.{body}." for each in ("none", "None", "nOnE", "")
        },
        "no algorithm, kept signature": f"{encode({**header, 'alg': 'none'})}.{body}.{signature}",
        "another algorithm": f"{encode({**header, 'alg': 'ES256'})}.{body}.{signature}",
        "the public key as a shared secret": hs256(public.public_bytes_raw()),
        "the public key's file as a shared secret": hs256(pem),
        "an empty shared secret": hs256(b""),
        "another user": f"{head}.{encode({**claims, 'sub': eve.id})}.{signature}",
        "an admin": f"{head}.{encode({**claims, 'adm': True})}.{signature}",
        "a longer life": f"{head}.{encode({**claims, 'exp': later})}.{signature}",
        "no signature": f"{head}.{body}.",
        "half a signature": f"{head}.{body}.{signature[:40]}",
        "another's signature": f"{head}.{body}.{parts(eve)[2].split('.')[2]}",
        "a key of one's own": with_own_key(),
        "a key that came along": with_own_key(jwk={"kty": "OKP", "crv": "Ed25519"}, jku="http://127.0.0.1:9/keys"),
        "a key from a path": with_own_key(kid="../../../../dev/null"),
        "a key from a query": with_own_key(kid="' or 1=1 --"),
        "a key from an operator": f"{encode({**header, 'kid': {'$ne': ''}})}.{body}.{signature}",
        "no key": f"{encode({'alg': 'EdDSA', 'typ': 'at+jwt'})}.{body}.{signature}",
        "a header that must be understood": with_own_key(crit=["exp"]),
        "a refresh token": ada.refresh_token,
        "nothing much": "x",
        "dots": "..",
        "very long": "x" * 5_000,
    }


def misused(ada: Person, sign: Sign) -> dict[str, str]:
    """Tokens that our own key signed, for another purpose, another audience or another time."""
    _, claims, _ = parts(ada)
    now = int(time.time())
    without = {name: sign({key: value for key, value in claims.items() if key != name}) for name in claims}
    return {
        **{f"without {name}": token for name, token in without.items()},
        "for another service": sign({**claims, "aud": "another"}),
        "from another service": sign({**claims, "iss": "another"}),
        "expired": sign({**claims, "iat": now - 7200, "exp": now - 3600}),
        "not valid yet": sign({**claims, "nbf": now + 3600}),
        "made in the future": sign({**claims, "iat": now + 3600, "exp": now + 7200}),
        "a lifetime that is no number": sign({**claims, "exp": "never"}),
        "of another type": sign(claims, typ="JWT"),
        "of an id token's type": sign(claims, typ="id+jwt"),
    }


@contextlib.asynccontextmanager
async def own_signature(settings: Settings) -> AsyncIterator[Sign]:
    """Signs claims with the deployment's newest key, as nobody outside can."""
    assert settings.mongodb_url
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        keys = Keyring(database, await open_vault(settings, database))
        await keys.load()
        key = keys.newest()

        def sign(claims: dict[str, Any], typ: str = "at+jwt") -> str:
            return jwt.encode(claims, key.private, algorithm="EdDSA", headers={"kid": key.id, "typ": typ})

        yield sign
