"""Input made to break things gets a clear 4xx, never a 500 and never a way in."""

import json
import statistics
import time

import httpx
import pytest

from tests.people import PASSWORD, new_phone, somebody

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "value", [{"$ne": ""}, {"$gt": ""}, ["+84912345678"], 84912345678, True, None, {"$where": "1"}]
)
@pytest.mark.parametrize("field", ["phone", "password"])
async def test_an_operator_is_no_phone_number_and_no_password(
    client: httpx.AsyncClient, field: str, value: object
) -> None:
    ada = await somebody(client)
    wish = {"phone": ada.phone, "password": ada.password, field: value}
    assert (await client.post("/v1/auth/login", json=wish)).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        b'{"phone": "+84912345678", "phone": "+84912345679", "password": "x"}',
        b'{"phone": "+84912345678", "password": "a\\u0000b"}',
        b'{"phone": "+84912345678", "password": "a\x00b"}',
        b'{"phone": "+84912345678", "password": "\\ud800"}',
        b'{"phone": "+84912345678", "password": "\xff"}',
        b'{"phone": 99999999999999999999999, "password": "x"}',
        b'{"phone": 9223372036854775808, "password": "x"}',
        b'{"phone": NaN, "password": "x"}',
        b'{"phone": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b"{",
        b"",
    ],
)
async def test_broken_json_is_a_clear_refusal(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/v1/auth/login", content=body, headers=JSON)
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_password_about_an_escape_is_a_password(client: httpx.AsyncClient) -> None:
    await somebody(client, password=r"what is \u0000 and \\u0000?")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"]
)
async def test_another_content_type_is_a_415(client: httpx.AsyncClient, kind: str) -> None:
    body = json.dumps({"phone": new_phone(), "password": PASSWORD})
    response = await client.post("/v1/auth/login", content=body, headers={"Content-Type": kind})
    assert response.status_code == 415


async def test_sizes_are_bounded_before_anybody_looks_inside(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/auth/login", content=b"x" * 9_000_000, headers=JSON)
    assert response.status_code == 413
    wish = {"phone": "+" * 1_000_000, "password": "x" * 1_000_000}
    response = await client.post("/v1/auth/login", json=wish)
    assert response.status_code == 422
    assert len(response.content) < 2_000


@pytest.mark.parametrize("segment", ["%00", "%ff", "..%2f..%2fetc", "%7b%22$ne%22:1%7d", "x" * 5_000, "9" * 40, "-1"])
async def test_strange_ids_are_ids_of_nothing(client: httpx.AsyncClient, segment: str) -> None:
    ada = await somebody(client)
    made = await client.post("/v1/documents", json={"name": "a.md", "text": "A"}, headers=ada.headers)
    for path in (
        f"/v1/runs/{segment}",
        f"/v1/conversations/{segment}",
        f"/v1/documents/{segment}",
        f"/v1/documents/{made.json()['id']}/versions/{segment}",
        f"/v1/conversations?cursor={segment}",
    ):
        response = await client.get(path, headers=ada.headers)
        assert response.status_code in {404, 422}, f"{path}: {response.status_code}"


async def test_an_unknown_number_takes_as_long_as_a_wrong_password(client: httpx.AsyncClient) -> None:
    people = [await somebody(client) for _ in range(10)]

    async def seconds(phone: str) -> float:
        started = time.perf_counter()
        response = await client.post("/v1/auth/login", json={"phone": phone, "password": "not the password"})
        assert response.status_code == 401
        return time.perf_counter() - started

    wrong, unknown = [], []
    for ada in people * 4:  # by turns, so that what else the machine does falls on both
        wrong.append(await seconds(ada.phone))
        unknown.append(await seconds(new_phone()))
    # Hashing is nine tenths of a login: an answer without it would take a tenth as long, whatever the machine does.
    ratio = statistics.median(unknown) / statistics.median(wrong)
    assert 0.6 < ratio < 1.6
