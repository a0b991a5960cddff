"""The record of what happened to an account's security, as its owner reads it."""

from typing import Any

import httpx

from tests.accounts.conftest import login
from tests.accounts.factors import add_factor, next_code
from tests.people import PASSWORD, Person, somebody


async def events(client: httpx.AsyncClient, ada: Person) -> list[tuple[str, str | None]]:
    """What happened, the oldest first, and what was shown or was wrong."""
    listed = (await client.get("/v1/me/security-events", headers=ada.headers)).json()["items"]
    return [(each["event"], each["proof"]) for each in reversed(listed)]


async def test_every_way_in_and_every_failure_is_on_record_with_its_proof(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    secret, recovery = await add_factor(client, ada)
    wish = {"phone": ada.phone, "password": ada.password}
    codes = (next_code(secret), recovery[0], recovery[0])
    for body in (wish | {"password": "not the password"}, *(wish | {"code": code} for code in codes)):
        await client.post("/v1/auth/login", json=body)
    wrong = {"current_password": "not the password", "new_password": "an even better passphrase"}
    await client.post("/v1/me/password", json=wrong, headers=ada.headers)
    await client.post("/v1/me/second-factor/remove", json={"current_password": PASSWORD}, headers=ada.headers)
    assert await events(client, ada) == [
        ("registered", "password"),
        ("second_factor_added", None),
        ("login_failed", "password"),
        ("login", "totp"),
        ("login", "recovery_code"),
        ("login_failed", "code"),
        ("proof_failed", "password"),
        ("second_factor_removed", None),
    ]


async def test_the_record_holds_nothing_personal_and_is_its_owners_alone(client: httpx.AsyncClient) -> None:
    ada, eve = await somebody(client, name="Ada Lovelace"), await somebody(client)
    await login(client, ada, device="Ada's phone")
    listed: dict[str, Any] = (await client.get("/v1/me/security-events", headers=ada.headers)).json()
    for each in listed["items"]:
        assert set(each) == {"id", "at", "event", "session_id", "network", "proof"}
        assert each["at"].endswith("Z")
        assert each["network"] == "127.0.0.0/24"
    for personal in (ada.phone, "Lovelace", "Ada's phone", PASSWORD):
        assert personal not in str(listed)
    assert await events(client, eve) == [("registered", "password")]
