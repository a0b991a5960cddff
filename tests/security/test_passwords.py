"""Which passwords are taken, and that each is checked as it was written."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from redraft.config import Settings
from redraft.db import Database, connect
from tests.accounts.conftest import login
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import PASSWORD, new_phone, somebody
from tests.scripted_model import ScriptedModel


@pytest.fixture
async def named(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> Settings:
    """A new deployment of a firm with a name."""
    return make_settings(mongodb_url, model, tmp_path, password_words="Inkwell, Müller-Verlag")


@pytest.fixture
async def database(named: Settings) -> AsyncIterator[Database]:
    assert named.mongodb_url
    async with connect(named, named.mongodb_url.get_secret_value()) as connected:
        yield connected


@pytest.fixture
async def firm(named: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(named) as url, client_of(url) as http:
        yield http


async def test_a_new_deployment_has_no_account_of_its_own(firm: httpx.AsyncClient, database: Database) -> None:
    assert await database.db["users"].count_documents({}) == 0
    for password in ("admin", "password", "redraft"):
        tried = await firm.post("/v1/auth/login", json={"phone": "+84900000000", "password": password})
        assert tried.status_code == 401


async def test_the_names_of_app_and_firm_are_no_passwords(firm: httpx.AsyncClient) -> None:
    refused = [
        "redraft1",
        "R3dr4ft-2026!",
        "redraftredraft",
        "1nkw3ll!!",
        "Inkwell-redraft",
        "müller-verlag-1",
        "Müll3r_Verlag",
    ]
    for password in refused:
        wish = {"phone": new_phone(), "password": password}
        answer = await firm.post("/v1/auth/register", json=wish)
        assert answer.status_code == 422, password
        assert [each["field"] for each in answer.json()["errors"]] == ["password"]
    for password in ("my redraft of the inkwell story", "1234567890-1234567890-11", "ink and a well"):
        await somebody(firm, password=password)


async def test_the_same_holds_for_a_changed_password(firm: httpx.AsyncClient) -> None:
    ada = await somebody(firm)
    for password in ("inkwell2026", "password1", ada.phone[1:], "short"):
        wish = {"current_password": ada.password, "new_password": password}
        answer = await firm.post("/v1/me/password", json=wish, headers=ada.headers)
        assert [each["field"] for each in answer.json()["errors"]] == ["new_password"]
    assert (await login(firm, ada)).status_code == 200


async def test_nothing_but_the_very_password_opens(client: httpx.AsyncClient) -> None:
    ada = await somebody(client, password="x" * 1_023 + "Y")
    for near in (
        "x" * 1_023,
        "x" * 1_023 + "y",
        "x" * 1_022 + "Y",
        "X" * 1_023 + "Y",
        " " + "x" * 1_023 + "Y",
        "x" * 72,
    ):
        wish = {"phone": ada.phone, "password": near}
        assert (await client.post("/v1/auth/login", json=wish)).status_code in {401, 422}, len(near)
    assert (await login(client, ada)).status_code == 200


async def test_a_password_does_not_grow_old(firm: httpx.AsyncClient, database: Database) -> None:
    ada = await somebody(firm)
    long_ago = datetime.now(UTC) - timedelta(days=20 * 365)
    await database.db["users"].update_one({"_id": ada.id}, {"$set": {"created_at": long_ago}})
    assert (await login(firm, ada)).status_code == 200


async def test_only_a_slow_hash_of_the_password_is_kept(firm: httpx.AsyncClient, database: Database) -> None:
    ada = await somebody(firm)
    kept = await database.db["users"].find_one({"_id": ada.id})
    assert kept is not None
    assert kept["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in str(kept)


async def test_nobody_is_asked_a_secret_question(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()
    fields = {name for shape in described["components"]["schemas"].values() for name in shape.get("properties", {})}
    assert {"password", "current_password", "new_password"} <= fields
    assert not {name for name in fields if any(word in name for word in ("hint", "question", "maiden", "birth"))}
