"""Texts at rest are noise without their owner's key."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import ValidationError

from redraft.db import Database, connect
from redraft.errors import NotFound
from redraft.ids import new_id
from redraft.vault import MasterKeys, OwnerKey, Place, Vault, generate_master_key, load_or_create
from redraft.vault.master import WrongMasterKey, configured, in_database
from tests.conftest import make_settings
from tests.scripted_model import ScriptedModel

HERE = Place("messages", "content", "msg_1")


@pytest.fixture
async def database(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> AsyncIterator[Database]:
    async with connect(make_settings(mongodb_url, model, tmp_path), mongodb_url) as connected:
        yield connected


async def test_what_is_sealed_opens_again_and_says_nothing_meanwhile(database: Database) -> None:
    vault = Vault(database, MasterKeys.parse(generate_master_key()))
    ada = new_id("usr")
    sealed = await vault.seal(ada, "my secret — bí mật", HERE)
    assert b"secret" not in sealed
    assert await vault.open(ada, sealed, HERE) == "my secret — bí mật"
    assert await vault.seal(ada, "my secret — bí mật", HERE) != sealed
    with pytest.raises(InvalidTag):
        await vault.open(new_id("usr"), sealed, HERE)
    with pytest.raises(InvalidTag):
        await vault.open(ada, sealed[:-1] + bytes([sealed[-1] ^ 1]), HERE)


@pytest.mark.parametrize(
    "there",
    [HERE._replace(collection="documents"), HERE._replace(field="title"), HERE._replace(id="msg_2"), Place("", "", "")],
)
def test_what_is_sealed_opens_nowhere_but_in_its_place(there: Place) -> None:
    key = OwnerKey(os.urandom(32))
    moved: list[tuple[Callable[[], bytes], Callable[[bytes], object]]] = [
        (lambda: key.seal("hello", HERE), lambda sealed: key.open(sealed, there)),
        (lambda: key.seal_json(["hello"], HERE), lambda sealed: key.open_json(sealed, there)),
        (lambda: key.seal_bytes(b"hello", HERE), lambda sealed: key.open_bytes(sealed, there)),
    ]
    for seal, opened in moved:
        with pytest.raises(InvalidTag):
            opened(seal())


def test_two_places_that_read_alike_are_two() -> None:
    alike = [Place("ab", "c", "d"), Place("a", "bc", "d"), Place("a", "b", "cd"), Place("abc", "", "d")]
    assert len({place.bound for place in alike}) == len(alike)


def unbound(key: bytes, text: str, number: int = 1) -> bytes:
    """A text as it was sealed before texts were bound to their places."""
    name, nonce = bytes([number]), os.urandom(12)
    return name + nonce + AESGCM(key).encrypt(nonce, text.encode(), name)


def test_what_was_sealed_before_there_were_places_is_still_read() -> None:
    first, second = os.urandom(32), os.urandom(32)
    key = OwnerKey(first, [(datetime.now(UTC), second)])
    assert key.open(unbound(first, "old"), HERE) == "old"
    assert key.open(unbound(second, "newer", 2), HERE) == "newer"
    for damaged in (b"", b"\0", b"\1", unbound(first, "old", 3), b"\0" + unbound(first, "old")):
        with pytest.raises(InvalidTag):
            key.open(damaged, HERE)


async def test_two_replicas_that_meet_a_user_at_once_agree_on_the_key(database: Database) -> None:
    masters = MasterKeys.parse(generate_master_key())
    vaults = [Vault(database, masters) for _ in range(8)]
    ada = new_id("usr")
    sealed = await asyncio.gather(*(vault.seal(ada, "hello", HERE) for vault in vaults))
    assert [await vaults[0].open(ada, each, HERE) for each in sealed] == ["hello"] * 8


async def test_a_destroyed_key_opens_nothing_and_seals_nothing(database: Database) -> None:
    masters = MasterKeys.parse(generate_master_key())
    vault, ada = Vault(database, masters), new_id("usr")
    sealed = await vault.seal(ada, "hello", HERE)
    await vault.destroy(ada)
    for other in (vault, Vault(database, masters)):
        with pytest.raises(NotFound):
            await other.open(ada, sealed, HERE)
        with pytest.raises(NotFound):
            await other.seal(ada, "again", HERE)


async def test_the_master_key_can_be_changed_while_texts_stay_readable(database: Database) -> None:
    old, new = generate_master_key(), generate_master_key()
    ada = new_id("usr")
    sealed = await Vault(database, MasterKeys.parse(old)).seal(ada, "hello", HERE)
    with pytest.raises(WrongMasterKey):
        await Vault(database, MasterKeys.parse(new)).open(ada, sealed, HERE)
    assert await Vault(database, MasterKeys.parse(f"{new}\n{old}")).rewrap() == 1
    assert await Vault(database, MasterKeys.parse(new)).open(ada, sealed, HERE) == "hello"


async def test_a_renewed_key_seals_what_is_new_and_the_older_ones_open_what_they_sealed(database: Database) -> None:
    masters, ada = MasterKeys.parse(generate_master_key()), new_id("usr")
    vault = Vault(database, masters, cached=timedelta(0))
    sealed = [await vault.seal(ada, "first", HERE)]
    digest = (await vault.key(ada)).digest("0912345678")
    for number in (2, 3):
        assert await vault.renew(timedelta(0)) >= 1
        sealed.append(await vault.seal(ada, f"number {number}", HERE))
    assert [each[:2] for each in sealed] == [b"\0\1", b"\0\2", b"\0\3"]
    for other in (vault, Vault(database, masters)):
        assert [await other.open(ada, each, HERE) for each in sealed] == ["first", "number 2", "number 3"]
        assert (await other.key(ada)).digest("0912345678") == digest
        with pytest.raises(InvalidTag):
            await other.open(ada, b"\0\2" + sealed[0][2:], HERE)
        with pytest.raises(InvalidTag):
            await other.open(ada, b"\0\x09" + sealed[0][2:], HERE)
    assert await vault.renew(timedelta(hours=1)) == 0
    await vault.destroy(ada)
    kept = await database.db["owner_keys"].find_one({"_id": ada})
    assert kept is not None
    assert kept.get("renewed") is None


async def test_a_renewed_key_is_not_used_before_every_replica_has_it(database: Database) -> None:
    masters, ada = MasterKeys.parse(generate_master_key()), new_id("usr")
    behind, vault = Vault(database, masters), Vault(database, masters)
    await behind.key(ada)  # cached, without the key that is made now
    await vault.renew(timedelta(0))
    vault.forget([ada])
    assert await behind.open(ada, await vault.seal(ada, "hello", HERE), HERE) == "hello"


async def test_another_master_key_wraps_the_renewed_ones_too(database: Database) -> None:
    old, new, ada = generate_master_key(), generate_master_key(), new_id("usr")
    vault = Vault(database, MasterKeys.parse(old), cached=timedelta(0))
    sealed = [await vault.seal(ada, "first", HERE)]
    await vault.renew(timedelta(0))
    sealed.append(await vault.seal(ada, "second", HERE))
    both = Vault(database, MasterKeys.parse(f"{new}\n{old}"))
    assert (await both.rewrap(), await both.rewrap()) == (1, 0)
    only_new = Vault(database, MasterKeys.parse(new))
    assert [await only_new.open(ada, each, HERE) for each in sealed] == ["first", "second"]


async def test_replicas_with_nothing_but_the_database_in_common_have_one_master_key(database: Database) -> None:
    first, second = await asyncio.gather(in_database(database), in_database(database))
    assert first.newest == second.newest


def test_the_key_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    made = load_or_create(path)
    assert load_or_create(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["master.key"]
    MasterKeys.parse(made)


@pytest.mark.parametrize("text", ["", "short", "AAAA", "not base64!"])
def test_what_is_no_master_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="master key"):
        MasterKeys.parse(text)


async def test_the_master_key_may_come_from_a_file_or_a_command(
    database: Database, mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    old, new = generate_master_key(), generate_master_key()
    path = tmp_path / "a key.txt"
    path.write_text(f"{new}\n{old}\n")
    sealed = await Vault(database, MasterKeys.parse(old)).seal("ada", "hello", HERE)
    for named in ({"master_key_file": path}, {"master_key_command": f"cat '{path}'"}):
        settings = make_settings(mongodb_url, model, tmp_path, **named)
        masters = await configured(settings)
        assert masters is not None
        assert masters.newest == MasterKeys.parse(new).newest
        assert await Vault(database, masters).open("ada", sealed, HERE) == "hello"


async def test_a_command_that_prints_no_key_stops_the_start(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    for command, said in (("false", "ended with 1"), ("echo nothing", "master key"), ("true", "master key")):
        with pytest.raises(ValueError, match=said):
            await configured(make_settings(mongodb_url, model, tmp_path, master_key_command=command))
    with pytest.raises(ValidationError, match="set one"):
        make_settings(mongodb_url, model, tmp_path, master_key="x", master_key_command="true")
