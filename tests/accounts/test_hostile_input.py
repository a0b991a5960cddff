"""Input made to break things gets a clear 4xx, never a 500 and never a way in."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import PASSWORD, new_phone, somebody
from tests.scripted_model import ScriptedModel

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


@pytest.fixture
async def narrow(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A deployment that hashes one password at a time and lets nobody wait."""
    settings = make_settings(mongodb_url, model, tmp_path, hash_threads=1, hash_queue=0)
    async with serving(settings) as url, client_of(url) as http:
        yield http


async def test_an_unknown_number_costs_the_work_of_a_wrong_password(narrow: httpx.AsyncClient) -> None:
    """So that the time of an answer does not tell them apart; `bench/accounts.py` measures that it does not."""
    wishes = [{"phone": new_phone(), "password": "not the password"} for _ in range(40)]
    answers = await asyncio.gather(*(narrow.post("/v1/auth/login", json=wish) for wish in wishes))
    # Whoever comes while the one thread is busy with the hash of another is refused.
    assert {each.status_code for each in answers} == {401, 503}


async def test_no_field_of_any_body_takes_an_operator(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    spec = (await client.get("/openapi.json")).json()
    tried = 0
    for path, calls in spec["paths"].items():
        for method, call in calls.items():
            for field, value in bodies(call, spec["components"]["schemas"]):
                address = path.replace("{", "").replace("}", "")
                answer = await client.request(method, address, json={field: value}, headers=ada.headers)
                assert answer.status_code == 422, f"{method} {path} {field}: {answer.status_code} {answer.text}"
                tried += 1
    assert tried > 40
    assert model.asked == []


def bodies(call: dict[str, Any], schemas: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Each field of a call's body, with an operator for its value."""
    body = call.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    named = [body, *body.get("anyOf", [])]
    for name in (each["$ref"].rpartition("/")[2] for each in named if "$ref" in each):
        for field in schemas[name]["properties"]:
            yield field, {"$ne": ""}
