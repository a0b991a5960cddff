"""Numbers and names of accounts: sealed, also those that an earlier version kept in the clear."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from redraft.accounts.models import Account
from redraft.accounts.store import USERS, UserStore
from redraft.config import Settings
from redraft.db import Database, connect, now
from redraft.errors import PhoneTaken
from redraft.ids import new_id
from redraft.vault import MasterKeys, Vault, generate_master_key
from tests.clients import PATIENCE_SECONDS, client_of
from tests.conftest import make_settings, serving
from tests.people import new_phone, somebody
from tests.scripted_model import ScriptedModel


@pytest.fixture
def alone(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> Settings:
    return make_settings(mongodb_url, model, tmp_path)


@pytest.fixture
async def database(alone: Settings, mongodb_url: str) -> AsyncIterator[Database]:
    async with connect(alone, mongodb_url) as connected:
        await connected.db[USERS.collection].create_indexes(list(USERS.models))
        yield connected


def account(phone: str) -> Account:
    return Account(new_id("usr"), phone, "a hash", is_admin=False, generation=0, created_at=now())


def in_the_clear(of: Account, name: str | None) -> dict[str, Any]:
    """An account as an earlier version kept it."""
    kept = {field: getattr(of, field) for field in ("phone", "password_hash", "is_admin", "generation", "created_at")}
    return {"_id": of.id, "name": name, "phone_verified": False, **kept}


async def test_an_account_of_an_earlier_version_logs_in_and_is_sealed(
    alone: Settings, database: Database, mongodb_url: str
) -> None:
    async with serving(alone) as url, client_of(url) as app:
        ada = await somebody(app, name="Ada Lovelace")
        old = {"$set": {"phone": ada.phone, "name": "Ada Lovelace"}, "$unset": {"phone_hash": ""}}
        await database.db["users"].update_one({"_id": ada.id}, old)
    async with serving(alone) as url, client_of(url) as app:
        wish = {"phone": ada.phone, "password": ada.password}
        entered = await app.post("/v1/auth/login", json=wish)
        assert entered.json()["user"]["name"] == "Ada Lovelace"
        again = await app.post("/v1/auth/register", json=wish)
        assert again.json()["code"] == "phone_taken"
        kept = str(await database.db["users"].find_one({"_id": ada.id}))
        assert ada.phone not in kept
        assert "Lovelace" not in kept
        shown = await app.get("/v1/me", headers=ada.headers)
        assert (shown.json()["phone"], shown.json()["name"]) == (ada.phone, "Ada Lovelace")


async def test_sealing_goes_on_where_one_was_killed_and_two_do_it_at_once(database: Database) -> None:
    masters = MasterKeys.parse(generate_master_key())
    users, everybody = database.db["users"], [account(new_phone()) for _ in range(12)]
    await users.insert_many([in_the_clear(each, f"Name {each.id}") for each in everybody])
    killed = asyncio.create_task((await UserStore.opened(database, Vault(database, masters))).seal_old())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await users.find_one({"phone_hash": {"$gte": ""}}) is None:  # noqa: ASYNC110  the database tells nobody
            await asyncio.sleep(0.001)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    replicas = [await UserStore.opened(database, Vault(database, masters)) for _ in range(2)]
    await asyncio.gather(*(each.seal_old() for each in replicas))

    raw = str(await users.find({}).to_list())
    for each in everybody:
        assert each.phone not in raw
        assert f"Name {each.id}" not in raw
        found = await replicas[0].by_phone(each.phone)
        assert found is not None
        shown = await replicas[1].shown(found)
        assert (shown.id, shown.phone, shown.name) == (each.id, each.phone, f"Name {each.id}")
        with pytest.raises(PhoneTaken):
            await replicas[0].add(account(each.phone), None)


async def test_a_number_in_the_clear_is_found_and_taken_before_it_is_sealed(database: Database) -> None:
    users = await UserStore.opened(database, Vault(database, MasterKeys.parse(generate_master_key())))
    ada = account(new_phone())
    await database.db["users"].insert_one(in_the_clear(ada, None))
    found = await users.by_phone(ada.phone)
    assert found is not None
    assert found.id == ada.id
    assert (await users.shown(found)).name is None
    with pytest.raises(PhoneTaken):
        await users.add(account(ada.phone), "Eve")


async def test_accounts_are_found_by_their_numbers_under_another_master_key(database: Database) -> None:
    old, new = generate_master_key(), generate_master_key()
    ada = account(new_phone())
    await (await UserStore.opened(database, Vault(database, MasterKeys.parse(old)))).add(ada, "Ada")
    await Vault(database, MasterKeys.parse(f"{new}\n{old}")).rewrap()
    users = await UserStore.opened(database, Vault(database, MasterKeys.parse(new)))
    found = await users.by_phone(ada.phone)
    assert found is not None
    assert (await users.shown(found)).name == "Ada"


async def test_a_number_or_a_name_opens_in_its_own_account_only(database: Database) -> None:
    users = await UserStore.opened(database, Vault(database, MasterKeys.parse(generate_master_key())))
    ada, bob = account(new_phone()), account(new_phone())
    for each, name in ((ada, "Ada"), (bob, "Bob")):
        await users.add(each, name)
    kept = await database.db["users"].find_one({"_id": bob.id})
    assert kept is not None
    await database.db["users"].update_one({"_id": bob.id}, {"$set": {"name": kept["phone"]}})
    found = await users.by_phone(bob.phone)
    assert found is not None
    with pytest.raises(InvalidTag):
        await users.shown(found)
