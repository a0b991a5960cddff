"""What a browser is given, and what another site cannot do with it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from redraft.config import Settings
from tests.accounts.conftest import bearer
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import PASSWORD, new_phone
from tests.scripted_model import ScriptedModel

OURS = "https://app.example.com"


@pytest.fixture
async def site(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = make_settings(mongodb_url, model, tmp_path, cors_origins=OURS)
    async with serving(settings) as url, client_of(url) as http:
        yield http


async def test_a_browser_keeps_its_refresh_token_where_no_script_sees_it(site: httpx.AsyncClient) -> None:
    wish = {"phone": new_phone(), "password": PASSWORD, "cookie": True}
    registered = await site.post("/v1/auth/register", json=wish)
    assert registered.json()["refresh_token"] is None
    cookie = registered.headers["set-cookie"]
    for attribute in ("Secure", "HttpOnly", "SameSite=strict", "Path=/v1/auth", "Max-Age=2592000"):
        assert attribute in cookie
    jar = {"Cookie": cookie.split(";")[0]}
    # That the account was used here is kept beyond the session, where no script sees it either.
    assert registered.json()["device_token"] is None
    [device] = [each for each in registered.headers.get_list("set-cookie") if each.startswith("__Secure-redraft-dev")]
    for attribute in ("Secure", "HttpOnly", "SameSite=strict", "Path=/v1/auth", "Max-Age=31536000"):
        assert attribute in device

    without_header = await site.post("/v1/auth/refresh", headers=jar)
    assert without_header.status_code == 403
    other_site = await site.post(
        "/v1/auth/refresh", headers={**jar, "X-Redraft-CSRF": "1", "Origin": "https://evil.example"}
    )
    assert other_site.status_code == 403
    refreshed = await site.post("/v1/auth/refresh", headers={**jar, "X-Redraft-CSRF": "1", "Origin": OURS})
    assert refreshed.status_code == 200
    assert refreshed.json()["refresh_token"] is None
    assert refreshed.headers["set-cookie"].split(";")[0] != jar["Cookie"]
    assert (await site.get("/v1/me", headers=jar)).status_code == 401

    left = await site.post("/v1/auth/logout", headers=bearer(refreshed))
    assert "Max-Age=0" in left.headers["set-cookie"]


async def test_only_sites_on_the_list_may_call(site: httpx.AsyncClient) -> None:
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    ours = await site.options("/v1/auth/login", headers={"Origin": OURS, **ask})
    assert ours.headers["access-control-allow-origin"] == OURS
    for origin in ("https://evil.example", "null", f"{OURS}.evil.example", "http://app.example.com"):
        answer = await site.options("/v1/auth/login", headers={"Origin": origin, **ask})
        assert "access-control-allow-origin" not in answer.headers


async def test_a_page_that_may_not_call_is_told_why_where_its_developer_looks(
    site: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    ask = {"Access-Control-Request-Method": "POST"}
    for there, origin, more, told in (
        (client, OURS, {}, "REDRAFT_CORS_ORIGINS"),
        (site, "https://evil.example", {}, "REDRAFT_CORS_ORIGINS"),
        (site, OURS, {"Access-Control-Request-Method": "TRACE"}, "GET, POST, PUT, PATCH, DELETE"),
    ):
        answer = await there.options("/v1/chat", headers={"Origin": origin, **ask, **more})
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
        assert told in answer.json()["detail"]
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


SENT_BY_OTHERS = (
    "sentry-trace", "baggage", "traceparent", "tracestate", "b3", "x-datadog-trace-id", "x-requested-with",
    "cache-control", "pragma", "prefer", "x-stainless-lang", "x-stainless-retry-count", "openai-organization",
    "openai-beta", "accept", "accept-language", "content-encoding", "last-event-id", "idempotency-key",
    "x-request-id", "x-redraft-csrf", "authorization", "content-type", "x-mine",
)  # fmt: skip


async def test_a_page_may_send_whatever_its_tracing_and_its_sdks_add(site: httpx.AsyncClient) -> None:
    for names in (*SENT_BY_OTHERS, ",".join(SENT_BY_OTHERS)):
        ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": names}
        answer = await site.options("/v1/chat", headers={"Origin": OURS, **ask})
        assert answer.status_code == 200, names
        allowed = {each.strip() for each in answer.headers["access-control-allow-headers"].lower().split(",")}
        assert set(names.split(",")) <= allowed


async def test_a_page_may_read_what_it_needs_of_an_answer(site: httpx.AsyncClient) -> None:
    answer = await site.get("/v1/me", headers={"Origin": OURS})
    exposed = {each.strip() for each in answer.headers["access-control-expose-headers"].lower().split(",")}
    assert {"retry-after", "x-request-id", "location", "content-disposition", "idempotent-replayed"} <= exposed


@pytest.mark.parametrize(
    ("origins", "told"),
    [
        ("https://app.example.com/", "no site as browsers name it"),
        ("https://a.example/app", "no site as browsers name it"),
        ("app.example.com", "no site as browsers name it"),
        ("null", "no site as browsers name it"),
        ("https://", "no site as browsers name it"),
        ("https://me@a.example", "no site as browsers name it"),
        ("https://A.example", "small letters: https://a.example"),
        ("https://münchen.example", "Punycode"),
        ("https://a.example:443", "leave out the port"),
        ("http://a.example:80", "leave out the port"),
        ("https://a.example:70000", "port from 1 to 65535"),
        ("https://a.example:0", "port from 1 to 65535"),
        ("*", "is a pattern"),
        ("https://*", "is a pattern"),
        ("https://*.example.com", "is a pattern"),
        ("https://a.example https://*.a.example", "is a pattern"),
    ],
)
def test_a_site_that_no_browser_would_name_so_stops_the_start(origins: str, told: str) -> None:
    with pytest.raises(ValidationError, match=f"cors_origins\n.*{told}"):
        Settings(cors_origins=origins)


def test_sites_are_named_with_their_ports_and_schemes() -> None:
    sites = ["http://localhost:5173", "capacitor://localhost", "http://[::1]:8080", "https://xn--mnchen-3ya.example"]
    assert Settings(cors_origins=" ".join(sites)).allowed_origins == sites


async def test_without_a_list_no_other_site_may_call(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz", headers={"Origin": OURS})
    assert "access-control-allow-origin" not in answer.headers
