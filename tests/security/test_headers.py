"""What every answer tells a browser, whatever kind of answer it is."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from redraft.main import create_app
from redraft.web.routing import api_router
from tests.clients import client_of
from tests.conftest import listening, make_settings
from tests.people import PASSWORD, Person, new_phone, somebody
from tests.scripted_model import ScriptedModel

OURS = "https://app.example.com"
router = api_router("/broken", "broken")


@router.get("")
async def broken() -> None:
    raise RuntimeError("nobody foresaw this")


@pytest.fixture(scope="module")
async def site(
    mongodb_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """The app with a route that breaks, a small limit of bodies, and a site that may call it."""
    settings = make_settings(
        mongodb_url, model, tmp_path_factory.mktemp("headers"), cors_origins=OURS, max_body_bytes=10_000
    )
    app = create_app(settings)
    app.include_router(router)
    async with listening(app) as url, client_of(url) as http:
        yield http


@pytest.fixture(scope="module")
async def answers(site: httpx.AsyncClient, model: ScriptedModel) -> dict[str, httpx.Response]:
    """An answer of every kind, to our site's own page."""
    ada = await somebody(site)
    headers, ask = {**ada.headers, "Origin": OURS}, {"messages": [{"role": "user", "content": "Hello."}]}
    model.says("Hello to you.")
    document = await site.post("/v1/documents", json={"name": "a.md", "text": "A"}, headers=headers)
    return {
        "200": await site.get("/v1/me", headers=headers),
        "201": document,
        "204": await site.delete(f"/v1/documents/{document.json()['id']}", headers=headers),
        "a stream": await site.post("/v1/chat", json=ask, headers=headers),
        "the export": await site.get("/v1/me/export", headers=headers),
        "health": await site.get("/healthz", headers={"Origin": OURS}),
        "the description": await site.get("/openapi.json", headers={"Origin": OURS}),
        "400": await site.post("/v1/chat", content=b"{", headers={**headers, "Content-Type": "application/json"}),
        "401": await site.get("/v1/me", headers={"Origin": OURS}),
        "403": await site.get("/v1/admin/metrics", headers=headers),
        "404": await site.get("/v1/documents/none", headers=headers),
        "404 of no route": await site.get("/v1/nothing", headers=headers),
        "405": await site.put("/v1/me", json={}, headers=headers),
        "413": await site.post("/v1/chat", content=b"x" * 20_000, headers=headers),
        "415": await site.post("/v1/chat", content=b"{}", headers={**headers, "Content-Type": "text/plain"}),
        "422": await site.post("/v1/chat", json={}, headers=headers),
        "500": await site.get("/v1/broken", headers=headers),
    }


async def test_every_kind_of_answer_tells_the_browser_to_be_careful(answers: dict[str, httpx.Response]) -> None:
    for kind, answer in answers.items():
        if kind[0].isdigit():
            assert answer.status_code == int(kind[:3]), kind
        assert answer.headers["x-content-type-options"] == "nosniff", kind
        assert answer.headers["x-frame-options"] == "DENY", kind
        assert answer.headers["referrer-policy"] == "no-referrer", kind
        assert answer.headers["cross-origin-opener-policy"] == "same-origin", kind
        policy = dict(each.strip().partition(" ")[::2] for each in answer.headers["content-security-policy"].split(";"))
        assert policy == dict.fromkeys(("default-src", "base-uri", "form-action", "frame-ancestors"), "'none'")


async def test_what_a_user_may_see_is_kept_nowhere_on_the_way(answers: dict[str, httpx.Response]) -> None:
    for kind, answer in answers.items():
        if kind not in {"health", "the description"}:
            assert "no-store" in answer.headers["cache-control"], kind


async def test_our_site_can_read_every_answer_also_of_what_failed(answers: dict[str, httpx.Response]) -> None:
    for kind, answer in answers.items():
        assert answer.headers["access-control-allow-origin"] == OURS, kind
        assert answer.headers["x-request-id"], kind


async def test_bodies_say_what_they_are(answers: dict[str, httpx.Response]) -> None:
    kinds = {kind: answer.headers["content-type"] for kind, answer in answers.items() if answer.content}
    assert kinds.pop("a stream") == "text/event-stream; charset=utf-8"
    for kind, content_type in kinds.items():
        error = kind[:3] >= "400" and kind[0].isdigit()
        assert content_type == ("application/problem+json" if error else "application/json"), kind
        json.loads(answers[kind].content)


async def test_hsts_is_sent_where_tls_was_used(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path, site: httpx.AsyncClient
) -> None:
    settings = make_settings(mongodb_url, model, tmp_path, trusted_proxies="127.0.0.1")
    async with listening(create_app(settings)) as url, client_of(url) as http:
        behind_tls = await http.get("/healthz", headers={"X-Forwarded-Proto": "https"})
        assert behind_tls.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    plain = await site.get("/healthz", headers={"X-Forwarded-Proto": "https"})  # from nobody we trust
    assert "strict-transport-security" not in plain.headers


async def test_the_page_of_the_api_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "//" not in page.text.replace("<!doctype html>", "")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "http" not in policy
    loaded = [part.split('"')[0] for part in page.text.replace("src=", "href=").split('href="')[1:]]
    assert len(loaded) == 4
    for address in loaded:
        assert (await client.get(f"/{address}")).status_code == 200, address
    for other in ("/docs/redoc.standalone.js", "/docs/..%2f__init__.py", "/docs/none", "/redoc"):
        assert (await client.get(other)).status_code == 404, other


async def test_no_token_is_in_an_address_a_redirect_or_a_cookie_that_nobody_asked_for(
    client: httpx.AsyncClient,
) -> None:
    wish = {"phone": new_phone(), "password": PASSWORD}
    for answer in (await client.post("/v1/auth/register", json=wish), await client.post("/v1/auth/login", json=wish)):
        assert "location" not in answer.headers
        assert "set-cookie" not in answer.headers
    ada: Person = await somebody(client)
    described = (await client.get("/openapi.json")).json()
    named = {
        parameter["name"]
        for methods in described["paths"].values()
        for call in methods.values()
        for parameter in call.get("parameters", [])
        if parameter["in"] in {"query", "path"}
    }
    assert not {name for name in named if any(secret in name for secret in ("token", "password", "phone", "code"))}
    assert (await client.get("/v1/me/", headers=ada.headers)).status_code == 404  # and no redirect
