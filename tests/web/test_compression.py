"""What travels compressed, in both directions, and what must not."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from redraft.config import Settings
from redraft.web.compression import unpack
from tests.clients import client_of
from tests.conftest import serving
from tests.people import PASSWORD, new_phone, somebody
from tests.scripted_model import ScriptedModel

MOST = 1_000_000
TEXT = "".join(f"{number}. The boat number {number * 7} leaves at dawn.\n" for number in range(4_000))
MERGE = {"base": TEXT, "mine": TEXT, "theirs": TEXT}


@pytest.fixture(scope="module")
async def server(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(settings.model_copy(update={"max_body_bytes": MOST})) as url, client_of(url) as http:
        yield http


async def sent(
    server: httpx.AsyncClient, content: bytes, encoding: str = "gzip", path: str = "/v1/merges"
) -> httpx.Response:
    ada = await somebody(server)
    headers = {**ada.headers, "Content-Type": "application/json", "Content-Encoding": encoding}
    return await server.post(path, content=content, headers=headers)


def packed(value: Any) -> bytes:
    return gzip.compress(json.dumps(value).encode())


async def test_a_large_answer_is_compressed_for_who_takes_it(server: httpx.AsyncClient) -> None:
    ada = await somebody(server)
    for accepted, encoding in (
        ("gzip, deflate, br", "gzip"),
        ("gzip;q=0.5", "gzip"),
        ("br", None),
        ("gzip;q=0", None),
        ("identity", None),
    ):
        headers = {**ada.headers, "Accept-Encoding": accepted}
        answer = await server.post("/v1/merges", json=MERGE, headers=headers)
        assert answer.json()["document"] == TEXT
        assert answer.headers.get("content-encoding") == encoding, accepted
        if encoding:
            assert answer.num_bytes_downloaded < len(TEXT) / 3
            assert "accept-encoding" in answer.headers["vary"].lower()
            assert int(answer.headers["content-length"]) == answer.num_bytes_downloaded


async def test_small_answers_event_streams_and_secrets_are_not(server: httpx.AsyncClient, model: ScriptedModel) -> None:
    long_name = {"phone": new_phone(), "password": PASSWORD, "name": "A" * 200}
    registered = await server.post("/v1/auth/register", json=long_name)
    headers = {"Authorization": f"Bearer {registered.json()['access_token']}"}
    model.says("word " * 2_000)
    ask = {"messages": [{"role": "user", "content": "Say much."}]}
    for answer in (
        registered,
        await server.get("/healthz"),
        await server.get("/v1/me", headers=headers),
        await server.post("/v1/me/second-factor", json={"current_password": PASSWORD}, headers=headers),
        await server.post("/v1/chat", json=ask, headers=headers),
    ):
        assert answer.is_success
        assert "content-encoding" not in answer.headers, answer.request.url


async def test_the_export_is_compressed(server: httpx.AsyncClient) -> None:
    ada = await somebody(server)
    await server.post("/v1/documents", json={"name": "a.md", "text": TEXT}, headers=ada.headers)
    export = await server.get("/v1/me/export", headers=ada.headers)
    assert export.headers["content-encoding"] == "gzip"
    assert export.json()["documents"]


async def test_a_body_may_be_sent_compressed(server: httpx.AsyncClient) -> None:
    for encoding in ("gzip", "GZIP", "x-gzip"):
        answer = await sent(server, packed(MERGE), encoding)
        assert (answer.status_code, answer.json()["document"]) == (200, TEXT)

    async def in_pieces() -> AsyncIterator[bytes]:
        whole = packed(MERGE)
        for start in range(0, len(whole), 1_000):
            yield whole[start : start + 1_000]

    ada = await somebody(server)
    headers = {**ada.headers, "Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await server.post("/v1/merges", content=in_pieces(), headers=headers)
    assert answer.json()["document"] == TEXT


async def test_one_request_is_one_however_it_was_packed(server: httpx.AsyncClient) -> None:
    ada, body = await somebody(server), {"name": "a.md", "text": TEXT}
    headers = {**ada.headers, "Idempotency-Key": "k1", "Content-Type": "application/json"}
    plain = await server.post("/v1/documents", content=json.dumps(body), headers=headers)
    again = await server.post("/v1/documents", content=packed(body), headers={**headers, "Content-Encoding": "gzip"})
    assert (plain.status_code, again.status_code) == (201, 201)
    assert again.json() == plain.json()


@pytest.mark.parametrize(
    ("content", "encoding", "status"),
    [
        (gzip.compress(b" " * 50_000_000), "gzip", 413),
        (gzip.compress(json.dumps(MERGE["base"] * 10).encode()), "gzip", 413),
        (gzip.compress(b"{}")[:-4], "gzip", 400),
        (gzip.compress(b"{}") + b"more", "gzip", 400),
        (b"{}", "gzip", 400),
        (b"{}", "br", 415),
        (gzip.compress(gzip.compress(b"{}")), "gzip, gzip", 415),
    ],
    ids=["bomb", "too large", "cut off", "more than that", "not packed", "another coding", "twice"],
)
async def test_what_cannot_be_unpacked_is_refused(
    server: httpx.AsyncClient, content: bytes, encoding: str, status: int
) -> None:
    answer = await sent(server, content, encoding)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert status != 415 or answer.headers["accept-encoding"] == "gzip"


def test_a_bomb_is_not_unpacked_further_than_a_body_may_be() -> None:
    body, rest = unpack(gzip.compress(b" " * 50_000_000), MOST + 1)
    assert (len(body), rest) == (MOST + 1, True)
