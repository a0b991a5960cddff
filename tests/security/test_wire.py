"""What may not get through below the routes: messages that end twice, headers within headers, text taken for code."""

import asyncio
from urllib.parse import urlsplit

import httpx
import pytest

from tests.clients import PATIENCE_SECONDS
from tests.people import somebody

BODY = b'{"phone": "+84900000000", "password": "x"}'


async def statuses(base_url: str, sent: bytes) -> list[int]:
    """The statuses of the answers to these bytes, until the server hangs up."""
    address = urlsplit(base_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(sent)
    await writer.drain()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):  # past it, the server waits for more
            answer = await reader.read()
    finally:
        writer.close()
    return [int(line.split()[1]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 42\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 42",
        b"Content-Length: 42\r\nContent-Length: 0",
        b"Content-Length: +42",
        b"Content-Length: 42, 42",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: xchunked",
        b"Content-Length: 42\r\n Transfer-Encoding: chunked",
    ],
)
async def test_a_message_of_two_lengths_is_not_read(base_url: str, framing: bytes) -> None:
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + framing + b"\r\n\r\n"
    assert await statuses(base_url, head + BODY + smuggled) == [400]


async def told(base_url: str, sent: bytes) -> httpx.Response:
    """The one answer to these bytes."""
    address = urlsplit(base_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(sent)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    status, *lines = head.decode().split("\r\n")
    headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    return httpx.Response(int(status.split()[1]), headers=headers, content=body)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nhost: b",
        b"GET /healthz HTTP/1.1\r\nHost:",
        b"GET /healthz HTTP/1.1\r\nHost: a b",
        b"GET /healthz HTTP/1.1\r\nHost: ada@example.com",
        b"GET /healthz HTTP/1.1\r\nHost: a:port",
        b"GET /healthz HTTP/1.0\r\nHost: a\r\nHost: b",
        b"GET /healthz",
        b"GET /healthz HTTP/0.9\r\nHost: a",
        b"GET /healthz HTTP/1.2\r\nHost: a",
        b"GET /healthz HTTP/2.0\r\nHost: a",
        b"GET /healthz HTTP/3.0\r\nHost: a",
        b"GET /healthz\x00 HTTP/1.1\r\nHost: a",
    ],
)
async def test_a_head_without_its_one_host_or_of_another_version_is_refused_like_any_other_request(
    base_url: str, client: httpx.AsyncClient, head: bytes
) -> None:
    refused = await told(base_url, head + b"\r\n\r\n")
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_request")
    usual = (await client.get("/nowhere")).headers
    given = ("date", "server", "content-length", "content-type", "x-request-id")
    assert {name: refused.headers.get(name) for name in usual if name not in given} == {
        name: value for name, value in usual.items() if name not in given
    }


@pytest.mark.parametrize(
    "head",
    [b"GET /healthz HTTP/1.0", b"GET /healthz HTTP/1.0\r\nHost: a"]
    + [b"GET /healthz HTTP/1.1\r\nConnection: close\r\nHost: " + host for host in (b"a", b"[::1]:80", b"10.0.0.1:1")],
)
async def test_a_head_with_what_its_version_asks_for_is_taken(base_url: str, head: bytes) -> None:
    assert (await told(base_url, head + b"\r\n\r\n")).status_code == 200


async def test_a_client_writes_no_header_of_an_answer(client: httpx.AsyncClient) -> None:
    injected = "x\r\nSet-Cookie: evil=1"
    ada = await somebody(client, name=injected)
    answers = [
        await client.get("/v1/me", headers=ada.headers),
        await client.get("/v1/%0d%0aSet-Cookie:%20evil=1", headers=ada.headers),
        await client.get("/healthz", headers={"X-Request-ID": "a b", "Origin": "x"}),
        await client.get("/v1/me/export", headers=ada.headers),
    ]
    for answer in answers:
        assert "set-cookie" not in answer.headers
        assert answer.headers["x-request-id"] != "a b"
    assert answers[0].json()["name"] == injected


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", '"}, {"role": "admin', "{{7*7}} ${7*7} %s {0}", "=cmd|' /C calc'!A0"]
)
async def test_text_comes_back_as_the_same_text_in_json(client: httpx.AsyncClient, text: str) -> None:
    ada = await somebody(client, name=text)
    answer = await client.get("/v1/me", headers=ada.headers)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["name"] == text
    made = await client.post("/v1/documents", json={"name": text, "text": text}, headers=ada.headers)
    kept = (await client.get(f"/v1/documents/{made.json()['id']}", headers=ada.headers)).json()
    assert (kept["name"], kept["text"]) == (text, text)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "HEAD", "DEBUG"])
async def test_methods_that_nobody_asked_for_do_nothing(base_url: str, method: str) -> None:
    sent = f"{method} /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    assert set(await statuses(base_url, sent)) <= {400, 405}


async def test_an_escape_is_undone_once(client: httpx.AsyncClient) -> None:
    ada = await somebody(client, name="%41 \\u0041 &amp; %2541")
    assert (await client.get("/v1/me", headers=ada.headers)).json()["name"] == "%41 \\u0041 &amp; %2541"
    made = await client.post("/v1/documents", json={"name": "a.md", "text": "A"}, headers=ada.headers)
    identifier = made.json()["id"]
    once, twice = (f"%{ord(identifier[0]):02x}{identifier[1:]}", f"%25{ord(identifier[0]):02x}{identifier[1:]}")
    assert (await client.get(f"/v1/documents/{once}", headers=ada.headers)).status_code == 200
    assert (await client.get(f"/v1/documents/{twice}", headers=ada.headers)).status_code == 404
