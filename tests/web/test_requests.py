"""What every request meets, whatever its route: a real app with three routes of its own added."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter

from redraft.config import Settings
from redraft.main import create_app
from redraft.web.routing import Body, api_router
from tests.clients import PATIENCE_SECONDS, client_of
from tests.conftest import listening

router: APIRouter = api_router("/probe", "probe")


class Probe(Body):
    count: int
    text: str = ""


@router.post("")
async def echo(probe: Probe) -> Probe:
    return probe


@router.put("")
async def put(probe: Probe) -> Probe:
    return probe


@router.get("/broken")
async def broken() -> None:
    raise RuntimeError("the secret is 42")


@pytest.fixture(scope="module")
async def probe(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings.model_copy(update={"max_body_bytes": 10_000}))
    app.include_router(router)
    async with listening(app) as url, client_of(url) as http:
        yield http


def assert_problem(response: httpx.Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["request_id"] == response.headers["x-request-id"]


async def test_what_nobody_foresaw_is_a_500_that_tells_nothing(probe: httpx.AsyncClient) -> None:
    response = await probe.get("/v1/probe/broken")
    assert_problem(response, 500, "internal_error")
    assert "42" not in str({**response.json(), "request_id": ""})
    assert "RuntimeError" not in response.text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"count": NaN}', "NaN"),
        (b'{"count": 1, "text": "\xff"}', "UTF-8"),
        (b'{"count": 1, "count": 2}', "twice"),
        (b'{"count": 1, "text": "\\ud800"}', "surrogate"),
        (b"[" * 5_000, "deeply"),
        (b'{"count": ' + b"9" * 5_000 + b"}", "digits"),
        (b'{"count": 1', "line 1"),
    ],
)
async def test_json_that_is_none_is_a_400_with_the_reason(probe: httpx.AsyncClient, body: bytes, reason: str) -> None:
    response = await probe.post("/v1/probe", content=body, headers={"content-type": "application/json"})
    assert_problem(response, 400, "bad_request")
    assert reason in response.json()["detail"]


@pytest.mark.parametrize("body", [{"count": "1"}, {"count": True}, {"count": 1, "other": 2}, [], {}])
async def test_another_type_or_name_is_a_422(probe: httpx.AsyncClient, body: object) -> None:
    assert_problem(await probe.post("/v1/probe", json=body), 422, "invalid_request")


async def test_escaped_pairs_are_text(probe: httpx.AsyncClient) -> None:
    response = await probe.post(
        "/v1/probe", content=json.dumps({"count": 1, "text": "😀"}), headers={"content-type": "application/json"}
    )
    assert response.json()["text"] == "😀"


async def test_a_body_of_another_type_is_a_415(probe: httpx.AsyncClient) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        response = await probe.post("/v1/probe", content=b'{"count": 1}', headers={"content-type": content_type})
        assert_problem(response, 415, "unsupported_media_type")


async def test_a_body_over_the_limit_is_a_413_however_it_comes(probe: httpx.AsyncClient) -> None:
    large = json.dumps({"count": 1, "text": "x" * 10_000}).encode()

    async def in_pieces() -> AsyncIterator[bytes]:
        yield large[:5_000]
        yield large[5_000:]

    for content in (large, in_pieces()):
        response = await probe.post("/v1/probe", content=content, headers={"content-type": "application/json"})
        assert_problem(response, 413, "too_large")


async def test_a_body_that_trickles_in_is_a_408_that_ends_the_connection(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"body_seconds": 0.5}))
    app.include_router(router)

    head = b"POST /v1/probe HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n"
    async with listening(app) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        for piece in (head, b'{"co', b'unt"'):
            writer.write(piece)
            await asyncio.sleep(0.1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer, _, body = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
    assert answer.startswith("HTTP/1.1 408 ")
    assert "connection: close" in answer
    assert "content-type: application/problem+json" in answer
    assert (json.loads(body)["code"], "0.5 seconds" in json.loads(body)["detail"]) == ("request_timeout", True)


async def test_a_method_that_a_path_has_not_is_a_405_naming_those_it_has(probe: httpx.AsyncClient) -> None:
    response = await probe.delete("/v1/probe")
    assert_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST, PUT"


async def test_every_call_lists_its_problems(probe: httpx.AsyncClient) -> None:
    spec = (await probe.get("/openapi.json")).json()
    operation = spec["paths"]["/v1/probe"]["post"]
    assert set(operation["responses"]) == {"200", "400", "408", "413", "415", "422", "500", "503"}
    for status in ("400", "500"):
        assert "application/problem+json" in operation["responses"][status]["content"]
    assert "HTTPValidationError" not in json.dumps(spec)
