"""What `redraft serve` refuses to start on, and `redraft doctor` says of it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pymongo import AsyncMongoClient
from typer.testing import CliRunner

from redraft import __version__
from redraft.cli.app import app
from redraft.cli.doctor import examine
from redraft.cli.exposure import console_fault, exposure, reachable_codes
from redraft.cli.finding import Finding
from redraft.cli.fitness import ensure_fit
from redraft.cli.parts import CannotStart, database_part, make_data_dir
from redraft.cli.serve import serve
from redraft.config import Settings
from redraft.embedded.database import free_port
from redraft.embedded.missing import remedy
from redraft.vault import generate_master_key
from tests.cli.conftest import environment, redraft
from tests.cli.old_server import mongodb_that_says
from tests.conftest import make_settings, serving
from tests.scripted_model import ScriptedModel

Make = Callable[..., Settings]
EVERYWHERE = "0.0.0.0"  # noqa: S104  as an operator may set it; nothing listens there


@pytest.fixture
def settings_of(model: ScriptedModel, tmp_path: Path) -> Make:
    """Settings for a database at an address, with everything else in order."""

    def make(url: str | None, **changed: object) -> Settings:
        values: dict[str, object] = {"mongodb_timeout_seconds": 5, "sms_sender": "none", "port": free_port(), **changed}
        found = make_settings(url or "mongodb://127.0.0.1", model, tmp_path / "data", **values)
        return found if url else found.model_copy(update={"mongodb_url": None})

    return make


async def finding(settings: Settings, about: str) -> Finding:
    """The doctor's worst on this subject."""
    found = [each async for each in examine(settings) if each.about == about]
    return min(found, key=lambda each: ["fail", "warn", "ok"].index(each.verdict))


@pytest.mark.parametrize(
    ("server", "told"),
    [
        ({"wire": 21}, "older than MongoDB 8.0"),
        ({"wire": 17}, "older than MongoDB 8.0"),
        ({"wire": 6}, "older than MongoDB 8.0"),
        ({"feature_version": "7.0"}, "setFeatureCompatibilityVersion"),
        ({"setName": None}, None),
    ],
)
async def test_a_server_without_what_redraft_needs_is_refused_in_a_line(
    settings_of: Make, server: dict[str, Any], told: str | None
) -> None:
    async with mongodb_that_says(**server) as url:
        settings = settings_of(url)
        if told is None:
            await ensure_fit(settings)
            return
        with pytest.raises(CannotStart, match=told):
            await ensure_fit(settings)
        found = await finding(settings, "database")
    assert found.verdict == "fail"
    assert told in found.text


@pytest.mark.parametrize(("off", "verdict"), [(0, "ok"), (3600, "fail"), (-3600, "fail"), (90, "fail")])
async def test_a_clock_that_is_off_is_told(
    settings_of: Make, capsys: pytest.CaptureFixture[str], off: int, verdict: str
) -> None:
    async with mongodb_that_says(clock=timedelta(seconds=off)) as url:
        await ensure_fit(settings_of(url))
        found = [each async for each in examine(settings_of(url)) if each.about in {"database", "clock"}]
    assert ("clocks differ" in capsys.readouterr().out) == (off != 0)
    assert [each.verdict for each in found] == (["ok", verdict] if off else ["ok"])
    assert not off or ("ahead of" if off > 0 else "behind") in found[1].text


async def test_a_database_of_a_newer_redraft_is_refused(settings_of: Make, mongodb_url: str) -> None:
    settings = settings_of(mongodb_url, mongodb_timeout_seconds=60)
    async with AsyncMongoClient[dict[str, Any]](mongodb_url) as client:
        migrations = client[settings.mongodb_database]["migrations"]
        await migrations.insert_one({"_id": "split_everything_in_two", "done_at": datetime.now(UTC)})
        with pytest.raises(CannotStart, match=r"newer redraft.*split_everything_in_two"):
            await ensure_fit(settings)
        assert "newer" in (await finding(settings, "database")).text
        await migrations.delete_one({"_id": "split_everything_in_two"})
    await ensure_fit(settings)


async def test_a_database_that_is_away_is_told_in_a_line_by_the_program(tmp_path: Path) -> None:
    surroundings = environment(
        tmp_path,
        REDRAFT_MONGODB_URL=f"mongodb://ada:secret@127.0.0.1:{free_port()}",
        REDRAFT_MONGODB_TIMEOUT_SECONDS="1",
        REDRAFT_MODEL="openai:x",
        REDRAFT_MODEL_API_KEY="x",
        REDRAFT_LOG_FORMAT="json",
    )
    done = await asyncio.to_thread(redraft, "serve", surroundings=surroundings)
    assert done.returncode == 1
    assert "does not answer within 1 s" in done.stderr
    assert "check REDRAFT_MONGODB_URL" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "secret" not in done.stderr


async def test_another_master_key_than_the_databases_is_refused_and_none_is_made_in_its_place(
    settings_of: Make, mongodb_url: str
) -> None:
    right = settings_of(mongodb_url, master_key=generate_master_key(), mongodb_timeout_seconds=60)
    async with serving(right):
        pass
    await ensure_fit(right)
    assert "opens this database" in (await finding(right, "keys")).text
    wrong = right.model_copy(update={"master_key": SecretStr(generate_master_key())})
    lost = right.model_copy(update={"master_key": None})
    for settings in (wrong, lost):
        with pytest.raises(CannotStart, match="sealed with the master key"):
            await ensure_fit(settings)
        assert (await finding(settings, "keys")).verdict == "fail"
    async with AsyncMongoClient[dict[str, Any]](mongodb_url) as client:
        assert await client[right.mongodb_database]["master_keys"].count_documents({}) == 0


async def test_a_lost_key_file_is_not_replaced_by_a_new_one(settings_of: Make) -> None:
    settings = settings_of(None)
    key = settings.data_dir / "keys" / "master.key"
    async with database_part(settings) as found, serving(found):
        assert "opens this database" in (await finding(settings, "keys")).text
    kept = key.read_text()
    key.unlink()
    assert (await finding(settings, "keys")).verdict == "fail"
    with pytest.raises(CannotStart, match="put it back"):
        async with database_part(settings):
            pass
    assert not key.exists()
    key.write_text(kept)
    async with database_part(settings) as found:
        await ensure_fit(found)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"master_key_file": "/nowhere/key"}, "REDRAFT_MASTER_KEY_FILE: No such file"),
        ({"master_key_command": "false"}, "REDRAFT_MASTER_KEY_COMMAND ended with 1"),
        ({"master_key_command": "/nowhere/vault read"}, "REDRAFT_MASTER_KEY_COMMAND: No such file"),
        ({"master_key_command": "echo short"}, "32 bytes"),
    ],
)
async def test_the_doctor_fetches_the_master_key(settings_of: Make, changed: dict[str, str], told: str) -> None:
    found = await finding(settings_of(None, **changed), "keys")
    assert found.verdict == "fail"
    assert told in found.text


async def test_the_doctor_listens_on_the_port(settings_of: Make) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def imitates(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nx-request-id: req_1\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()

    for talk in (silent, imitates):
        async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
            found = await finding(settings_of(None, port=server.sockets[0].getsockname()[1]), "address")
        assert (found.verdict, "taken by another program" in found.text) == ("fail", True)
    assert (await finding(settings_of(None), "address")).verdict == "ok"
    assert (await finding(settings_of(None, host="192.0.2.1"), "address")).verdict == "fail"


async def test_the_doctor_knows_redraft_itself(settings_of: Make, base_url: str) -> None:
    found = await finding(settings_of(None, port=int(base_url.rpartition(":")[2])), "address")
    assert (found.verdict, "redraft answers now" in found.text) == ("ok", True)


async def test_a_data_directory_that_is_a_file_is_found(settings_of: Make, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    for directory in (taken, taken / "below"):
        settings = settings_of(None).model_copy(update={"data_dir": directory})
        assert (await finding(settings, "data")).verdict == "fail"
        with pytest.raises(CannotStart, match="REDRAFT_DATA_DIR: "):
            make_data_dir(settings)


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({}, False),
        ({"host": "localhost"}, False),
        ({"host": "::1"}, False),
        ({"host": EVERYWHERE}, True),
        ({"host": "192.168.0.7"}, True),
        ({"host": "redraft.example"}, True),
        ({"mongodb_url": "mongodb://127.0.0.1"}, True),
        ({"mongodb_url": "mongodb://127.0.0.1", "sms_sender": "none"}, False),
        ({"host": EVERYWHERE, "sms_sender": "none"}, False),
    ],
)
def test_codes_are_shown_only_on_a_desk(changed: dict[str, Any], refused: bool) -> None:
    fault = console_fault(Settings(**changed))
    assert (fault is not None) == refused
    assert fault is None or "REDRAFT_SMS_SENDER" in fault


async def test_codes_in_the_log_of_a_deployment_stop_its_start(settings_of: Make, mongodb_url: str) -> None:
    shown = settings_of(mongodb_url, sms_sender="console")
    with pytest.raises(CannotStart, match="REDRAFT_SMS_SENDER=console"):
        serve(shown)
    assert (await finding(shown, "sms")).verdict == "fail"
    unsaid = shown.model_copy()
    unsaid.model_fields_set.discard("sms_sender")
    assert reachable_codes(unsaid).sms_sender == "none"
    assert (await finding(unsaid, "sms")).verdict == "warn"
    for fine in (settings_of(None, sms_sender="console"), settings_of(mongodb_url, sms_sender="none")):
        assert (await finding(fine, "sms")).verdict == "ok"


def test_strangers_are_summed_up_only_where_there_are_any() -> None:
    assert exposure(Settings()) == []
    summary = "\n".join(exposure(Settings(host=EVERYWHERE, metrics_public=True)))
    for closing in (
        "REDRAFT_REGISTRATION", "REDRAFT_REQUIRE_VERIFIED_PHONE", "REDRAFT_MONTHLY_BUDGET", "REDRAFT_METRICS_PUBLIC",
        "REDRAFT_RUN_SLOTS_PER_USER",
    ):  # fmt: skip
        assert closing in summary
    closed = Settings.model_validate(
        {
            "host": EVERYWHERE,
            "monthly_budget": 5,
            "require_verified_phone": True,
            "sms_sender": "webhook",
            "sms_webhook_url": "https://sms.example",
            "sms_webhook_secret": "of many characters",
        }
    )
    assert "without limit" not in "\n".join(exposure(closed))
    assert "unproved" not in "\n".join(exposure(closed))


def test_the_program_says_its_version() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.output) == (0, f"redraft {__version__}\n")


def test_who_installed_a_wheel_is_not_sent_to_a_makefile() -> None:
    assert "make setup" in remedy()
    assert remedy(checkout=False) == "run `pip install 'redraft[embedded]'`"
