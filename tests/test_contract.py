"""The HTTP surface against its own description: no server error, and no answer that is not described."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from redraft.config import Settings
from redraft.db import connect
from tests.clients import PATIENCE_SECONDS
from tests.people import Person, somebody

ENDS_THE_SESSION = "_v1_(auth_logout|me_delete|me_password|me_sessions)"
"""In the `operationId` of what would leave everything after it with a 401."""
SECONDS = os.environ.get("REDRAFT_TEST_CONTRACT_SECONDS", "15")
"""For what is random; the examples and the edges of each schema come before, however long they take."""


@pytest.fixture
async def admin(client: httpx.AsyncClient, settings: Settings) -> Person:
    """Somebody who may call everything."""
    assert settings.mongodb_url is not None
    person = await somebody(client)
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        await database.db["users"].update_one({"_id": person.id}, {"$set": {"is_admin": True}})
    return person


@pytest.fixture
async def calls(client: httpx.AsyncClient) -> list[tuple[str, str, dict[str, Any]]]:
    """Every call of the description: method, path, operation."""
    spec = (await client.get("/openapi.json")).json()
    return [(method, path, each) for path, item in spec["paths"].items() for method, each in item.items()]


async def probe(base_url: str, person: Person, directory: Path, *chosen: str) -> None:
    """Send the chosen operations what is in their examples, at the edges of their schemas, and at random."""
    arguments = (
        "run", f"{base_url}/openapi.json", "--header", f"Authorization: {person.headers['Authorization']}", *chosen,
        "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        "--phases", "examples,coverage,fuzzing", "--seed", "1", "--no-color", "--warnings", "off",
        "--request-timeout", str(PATIENCE_SECONDS), "--no-shrink", "--generation-with-security-parameters", "false",
    )  # fmt: skip
    # 502 is the model's fault: the scripted one says "Yes." also where it was asked for JSON.
    (directory / "schemathesis.toml").write_text(
        '[checks.not_a_server_error]\nexpected-statuses = ["2xx", "3xx", "4xx", 502]\n'
    )
    running = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")), *arguments, cwd=directory,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await running.communicate()
    assert running.returncode == 0, output.decode()[-20_000:]


async def test_nothing_sent_at_random_breaks_the_server_or_gets_an_answer_that_is_not_described(
    base_url: str, client: httpx.AsyncClient, admin: Person, tmp_path: Path
) -> None:
    chosen = ("--exclude-operation-id-regex", ENDS_THE_SESSION, "--max-examples", "20", "--max-time", SECONDS)
    await probe(base_url, admin, tmp_path, *chosen)
    assert (await client.get("/v1/me", headers=admin.headers)).status_code == 200  # was signed in to the end


@pytest.mark.parametrize("ending", ["me_password|me_sessions", "auth_logout", "me_delete"])
async def test_nor_does_what_ends_a_session(
    base_url: str, client: httpx.AsyncClient, tmp_path: Path, ending: str
) -> None:
    chosen = ("--include-operation-id-regex", f"_v1_({ending})", "--max-examples", "5", "--max-time", "5")
    await probe(base_url, await somebody(client), tmp_path, *chosen)


async def test_every_body_is_json_that_calls_itself_so(
    client: httpx.AsyncClient, admin: Person, calls: list[tuple[str, str, dict[str, Any]]]
) -> None:
    bodies = [(method, path) for method, path, operation in calls if "requestBody" in operation]
    assert len(bodies) > 10
    for method, path in bodies:
        address = path.replace("{", "").replace("}", "")
        for content_type, content, status in (("text/plain", b"{}", 415), ("application/json", b'{"a": NaN}', 400)):
            headers = {**admin.headers, "content-type": content_type}
            answer = await client.request(method, address, content=content, headers=headers)
            assert (method, path, answer.status_code) == (method, path, status)


def test_every_call_says_what_it_is_for(calls: list[tuple[str, str, dict[str, Any]]]) -> None:
    for method, path, operation in calls:
        assert operation.get("description"), f"{method} {path}"
        assert operation.get("tags"), f"{method} {path}"
