"""The record of what happened to an account's security, as its owner reads it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.accounts.conftest import login
from tests.accounts.factors import add_factor, next_code
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import PASSWORD, Person, somebody
from tests.scripted_model import ScriptedModel


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
        assert set(each) == {"id", "at", "event", "session_id", "network", "proof", "count", "last_at"}
        assert each["at"].endswith("Z")
        assert each["network"] == "127.0.0.0/24"
    for personal in (ada.phone, "Lovelace", "Ada's phone", PASSWORD):
        assert personal not in str(listed)
    assert await events(client, eve) == [("registered", "password")]


@pytest.fixture
async def proxied(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A deployment behind a proxy, whose clients come from where the tests say."""
    settings = make_settings(
        mongodb_url, model, tmp_path, trusted_proxies="127.0.0.1", page_size=3, login_free_failures=1_000
    )
    async with serving(settings) as url, client_of(url) as http:
        yield http


async def every_page(client: httpx.AsyncClient, ada: Person, limit: int | None = None) -> list[list[dict[str, Any]]]:
    """The whole record, page by page."""
    pages, cursor = [], None
    while True:
        asked = {name: value for name, value in (("limit", limit), ("cursor", cursor)) if value is not None}
        answer = await client.get("/v1/me/security-events", headers=ada.headers, params=asked)
        assert answer.status_code == 200, answer.text
        pages.append(answer.json()["items"])
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return pages


async def test_the_record_is_read_by_pages_without_a_gap_or_a_repeat(proxied: httpx.AsyncClient) -> None:
    ada = await somebody(proxied)
    for _ in range(6):
        await login(proxied, ada)
    [whole] = await every_page(proxied, ada, limit=200)
    assert len(whole) == 7
    assert [len(page) for page in await every_page(proxied, ada)] == [3, 3, 1]
    for limit in (1, 2, 7):
        assert [each for page in await every_page(proxied, ada, limit) for each in page] == whole


@pytest.mark.parametrize("cursor", ["x", "bjE", "bjk5OTk5OTk5OTk5OTk5OTk5OQ"])
async def test_a_made_up_cursor_is_a_422_or_a_page(client: httpx.AsyncClient, cursor: str) -> None:
    ada = await somebody(client)
    answer = await client.get("/v1/me/security-events", headers=ada.headers, params={"cursor": cursor})
    assert answer.status_code == (422 if cursor == "x" else 200)


async def test_strangers_failures_are_counted_and_bury_nothing(proxied: httpx.AsyncClient) -> None:
    ada = await somebody(proxied)
    wrong = {"phone": ada.phone, "password": "not the password"}
    guess = {"phone": ada.phone, "code": "000000", "new_password": "an even better passphrase"}
    for _ in range(12):
        await proxied.post("/v1/auth/login", json=wrong, headers={"X-Forwarded-For": "203.0.113.9"})
        await proxied.post("/v1/auth/password-reset/confirm", json=guess, headers={"X-Forwarded-For": "203.0.113.9"})
    [listed] = await every_page(proxied, ada, limit=200)
    counted = {(each["event"], each["network"]): each["count"] for each in listed}
    # Two where the clock struck the hour in between.
    assert len(listed) <= 5
    assert counted["registered", "127.0.0.0/24"] == 1
    assert sum(each["count"] for each in listed if each["event"] == "login_failed") == 12
    assert sum(each["count"] for each in listed if each["event"] == "proof_failed") == 12
    assert {each["network"] for each in listed if each["event"].endswith("failed")} == {"203.0.113.0/24"}
    assert all(each["at"] <= each["last_at"] for each in listed)


async def test_failures_from_ever_more_networks_are_one_event(proxied: httpx.AsyncClient) -> None:
    ada = await somebody(proxied)
    wrong = {"phone": ada.phone, "password": "not the password"}
    for number in range(24):
        await proxied.post("/v1/auth/login", json=wrong, headers={"X-Forwarded-For": f"203.0.{number}.9"})
    [listed] = await every_page(proxied, ada, limit=200)
    failed = [each for each in listed if each["event"] == "login_failed"]
    assert sum(each["count"] for each in failed) == 24
    if len({each["at"][:13] for each in failed}) == 1:  # the clock did not strike in between
        assert len(failed) == 21
        assert [each["count"] for each in failed if each["network"] is None] == [4]
