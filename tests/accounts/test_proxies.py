"""Whose word counts for where a request comes from."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from redraft.config import Settings
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import PASSWORD, new_phone
from tests.scripted_model import ScriptedModel

CLAIMS = ["203.0.113.9", "127.0.0.1", "::1", "unknown", "' or 1=1", ""]


async def address_seen(client: httpx.AsyncClient, *headers: tuple[str, str]) -> str | None:
    """The network that the list of sessions names for a login with these headers."""
    wish = {"phone": new_phone(), "password": PASSWORD}
    signed_in = await client.post("/v1/auth/register", json=wish, headers=list(headers))
    assert signed_in.status_code == 201, signed_in.text
    bearer = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    [session] = (await client.get("/v1/me/sessions", headers=bearer)).json()["items"]
    address: str | None = session["address"]
    return address


@pytest.fixture
async def proxied(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A deployment behind a proxy on this machine, which is behind others in 10.0.0.0/8."""
    settings = make_settings(
        mongodb_url, model, tmp_path, trusted_proxies="127.0.0.1, 10.0.0.0/8", login_failures_per_address_hour=5
    )
    async with serving(settings) as url, client_of(url) as http:
        yield http


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP"])
async def test_nobody_is_believed_by_default(client: httpx.AsyncClient, header: str) -> None:
    for claim in CLAIMS:
        assert await address_seen(client, (header, claim)) == "127.0.0.0/24"


async def test_made_up_addresses_do_not_get_around_a_limit(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    settings = make_settings(mongodb_url, model, tmp_path, login_failures_per_address_hour=5)
    async with serving(settings) as url, client_of(url) as client:
        assert await guesses(client, [f"203.0.113.{each}" for each in range(8)]) == [401] * 5 + [429] * 3


async def guesses(client: httpx.AsyncClient, forwarded: list[str]) -> list[int]:
    """The answers to one guess at a number of its own for each value of the header."""
    return [
        (
            await client.post(
                "/v1/auth/login",
                json={"phone": new_phone(), "password": "a wrong guess"},
                headers={"X-Forwarded-For": each},
            )
        ).status_code
        for each in forwarded
    ]


@pytest.mark.parametrize(
    ("forwarded", "network"),
    [
        (["198.51.100.7"], "198.51.100.0/24"),
        (["203.0.113.9, 198.51.100.7"], "198.51.100.0/24"),  # the client wrote the first one itself
        (["203.0.113.9, 198.51.100.7, 10.1.2.3"], "198.51.100.0/24"),
        (["203.0.113.9", "198.51.100.7"], "198.51.100.0/24"),
        (["127.0.0.1, 198.51.100.7"], "198.51.100.0/24"),
        (["198.51.100.7:4711"], "198.51.100.0/24"),
        (["2001:db8:1:2::7"], "2001:db8:1::/48"),
        (["[2001:db8:1:2::7]:443"], "2001:db8:1::/48"),
        (["unknown"], "0.0.0.0/24"),
        ([], "127.0.0.0/24"),
    ],
)
async def test_of_forwarded_addresses_the_last_that_is_no_proxy_of_ours_counts(
    proxied: httpx.AsyncClient, forwarded: list[str], network: str
) -> None:
    assert await address_seen(proxied, *(("X-Forwarded-For", each) for each in forwarded)) == network


@pytest.mark.parametrize("header", ["Forwarded", "X-Real-IP"])
async def test_a_trusted_proxy_is_asked_by_one_header_only(proxied: httpx.AsyncClient, header: str) -> None:
    """What it does not write itself, it passes on as the client wrote it."""
    assert await address_seen(proxied, (header, "for=203.0.113.9")) == "127.0.0.0/24"


async def test_behind_a_proxy_each_client_has_limits_of_its_own(proxied: httpx.AsyncClient) -> None:
    spoofed = [f"203.0.113.{each}, 198.51.100.8" for each in range(7)]
    assert await guesses(proxied, spoofed) == [401] * 5 + [429] * 2
    assert await guesses(proxied, ["198.51.100.9"]) == [401]


async def test_only_a_trusted_proxy_says_that_the_client_came_over_tls(
    client: httpx.AsyncClient, proxied: httpx.AsyncClient
) -> None:
    over_tls = {"X-Forwarded-Proto": "https"}
    assert "strict-transport-security" in (await proxied.get("/healthz", headers=over_tls)).headers
    assert "strict-transport-security" not in (await client.get("/healthz", headers=over_tls)).headers


@pytest.mark.parametrize(
    "value",
    [
        "*", "localhost", "10.0.0.1/8", "127.0.0.1;10.0.0.1",
        "0.0.0.0/0", "::/0", "127.0.0.1 0.0.0.0/0", "0.0.0.0/1, 128.0.0.0/1", "::/1", "2000::/3", "::ffff:0:0/96",
    ],
)  # fmt: skip
def test_what_is_no_proxys_address_stops_the_start(value: str) -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings(trusted_proxies=value)


@pytest.mark.parametrize("value", ["10.0.0.0/8", "fc00::/7", "127.0.0.1 ::1", "::ffff:10.0.0.0/104", ""])
def test_the_networks_of_proxies_are_taken(value: str) -> None:
    assert Settings(trusted_proxies=value).trusted_proxies == value
