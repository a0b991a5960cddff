"""`redraft serve`: everything starts, comes back when it dies, and goes down when told."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import httpx
import psutil
import pytest

from tests.cli.conftest import Program, environment, here, redraft, served
from tests.clients import PATIENCE_SECONDS
from tests.scripted_model import ScriptedModel

ADA = {"phone": "+84 912 345 678", "password": "a sentence nobody guesses"}
HELLO = {"messages": [{"role": "user", "content": "Say hello."}], "stream": False}


async def signed_in(client: httpx.AsyncClient, call: str) -> dict[str, str]:
    answer = await client.post(f"/v1/auth/{call}", json=ADA)
    assert answer.status_code in (200, 201), answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def test_with_nothing_configured_a_new_user_gets_an_answer_and_whatever_ends_it_leaves_nobody_behind(
    tmp_path: Path,
) -> None:
    surroundings = environment(tmp_path / "data")
    async with served(surroundings, tmp_path) as (program, client):
        answer = await client.post("/v1/chat", json=HELLO, headers=await signed_in(client, "register"))
        assert answer.json()["message"]["content"]
        children = program.process.children()
        assert len(children) == 2
        program.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(program.process.wait, PATIENCE_SECONDS) == 0
        assert not any(child.is_running() for child in children)
    async with served(surroundings, tmp_path) as (program, client):
        assert (await client.get("/v1/me", headers=await signed_in(client, "login"))).status_code == 200
        children = program.process.children()
        program.process.kill()
        _, left = await asyncio.to_thread(psutil.wait_procs, children, PATIENCE_SECONDS)
        assert left == []
    async with served(surroundings, tmp_path) as (_, client):
        assert (await client.get("/v1/me", headers=await signed_in(client, "login"))).status_code == 200


async def test_a_killed_database_and_a_killed_model_come_back(alone: tuple[Program, httpx.AsyncClient]) -> None:
    program, client = alone
    headers = await signed_in(client, "register")
    for part in ("secantusd", "redraft.embedded.llama"):
        os.kill(program.child(part).pid, signal.SIGKILL)
    await program.ready(client)
    answer = await client.post("/v1/chat", json=HELLO, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["message"]["content"]


async def test_a_turn_sent_while_the_model_is_away_waits_for_it(alone: tuple[Program, httpx.AsyncClient]) -> None:
    program, client = alone
    headers = await signed_in(client, "login")
    os.kill(program.child("redraft.embedded.llama").pid, signal.SIGKILL)
    answer = await client.post("/v1/chat", json=HELLO, headers=headers)
    assert answer.status_code == 200
    assert answer.json()["message"]["content"]
    await program.ready(client)


async def test_workers_share_the_port_and_a_killed_one_is_replaced(
    tmp_path: Path, mongodb_url: str, model: ScriptedModel
) -> None:
    figures = tmp_path / "figures"
    figures.mkdir()
    surroundings = environment(
        tmp_path / "data",
        REDRAFT_WORKERS="2",
        REDRAFT_MONGODB_URL=mongodb_url,
        REDRAFT_MONGODB_DATABASE="test_workers",
        REDRAFT_MODEL="openai:scripted",
        REDRAFT_MODEL_BASE_URL=model.base_url,
        PROMETHEUS_MULTIPROC_DIR=str(figures),
    )
    async with served(surroundings, tmp_path) as (program, client):
        workers = program.process.children()
        assert len(workers) == 2
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not list(figures.glob(f"gauge_live*_{workers[0].pid}.db")):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        workers[0].kill()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len([each for each in program.process.children() if each not in workers]) == 0:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert (await client.get("/healthz")).status_code == 200
        assert not list(figures.glob(f"gauge_live*_{workers[0].pid}.db"))
        workers = program.process.children()
        program.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(program.process.wait, PATIENCE_SECONDS) == 0
        assert not any(each.is_running() for each in workers)


async def test_told_to_stop_it_says_so_and_serves_on_for_a_while_and_it_never_writes_a_file(
    tmp_path: Path, mongodb_url: str, model: ScriptedModel
) -> None:
    nowhere = Path("/proc/redraft")  # nobody can make it
    surroundings = environment(
        nowhere,
        REDRAFT_LAME_DUCK_SECONDS=str(10 * PATIENCE_SECONDS),
        REDRAFT_MONGODB_URL=mongodb_url,
        REDRAFT_MONGODB_DATABASE="test_lame_duck",
        REDRAFT_MODEL="openai:scripted",
        REDRAFT_MODEL_BASE_URL=model.base_url,
    )
    async with served(surroundings, tmp_path) as (program, client):
        soft, hard = program.process.rlimit(psutil.RLIMIT_NOFILE)
        assert soft == hard
        headers = await signed_in(client, "register")
        program.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await client.get("/readyz")).status_code != 503:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        async with httpx.AsyncClient(base_url=program.url, timeout=PATIENCE_SECONDS) as newcomer:
            assert (await newcomer.get("/healthz")).status_code == 200
            assert (await newcomer.post("/v1/chat", json=HELLO, headers=headers)).status_code == 200
        program.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(program.process.wait, PATIENCE_SECONDS) == 0


def test_a_taken_port_is_told_with_what_to_set(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = str(holder.getsockname()[1])
        done = redraft("serve", surroundings=environment(tmp_path, REDRAFT_PORT=port))
    assert done.returncode == 1
    assert "REDRAFT_PORT chooses another" in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("REDRAFT_PORT", "seven", "REDRAFT_PORT: "),
        ("REDRAFT_MODEL_FALLBACKS", "[openai:x]", "REDRAFT_MODEL_FALLBACKS: is not JSON"),
        ("REDRAFT_MODEL_PRICES", "x", "REDRAFT_MODEL_PRICES: is not JSON"),
        ("REDRAFT_CORS_ORIGINS", "https://a.example/", "REDRAFT_CORS_ORIGINS: 'https://a.example/' is no site"),
        ("REDRAFT_MONGODB_URL", "localhost", "REDRAFT_MONGODB_URL: must begin with mongodb://"),
        ("REDRAFT_MODEL", "gpt-5", "redraft: REDRAFT_MODEL: 'gpt-5' names no provider"),
        ("REDRAFT_MASTER_KEY", "short", "redraft: REDRAFT_MASTER_KEY: a master key is 32 bytes"),
        ("REDRAFT_MASTER_KEY_FILE", "/nowhere", "redraft: REDRAFT_MASTER_KEY_FILE: No such file"),
        ("REDRAFT_SMS_SENDER", "twilio", "REDRAFT_SMS_SENDER=twilio needs REDRAFT_TWILIO_ACCOUNT"),
    ],
)
def test_a_setting_that_cannot_be_is_named_in_one_line(tmp_path: Path, name: str, value: str, told: str) -> None:
    done = here("serve", surroundings=environment(tmp_path, **{name: value}))
    assert done.returncode in {1, 2}
    assert done.stderr.startswith(told)
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "mongodb").exists()


def test_a_setting_that_nobody_knows_is_told(tmp_path: Path) -> None:
    done = here("weights", "--group", surroundings=environment(tmp_path, REDRAFT_MODLE="openai:x"))
    assert done.stderr == "REDRAFT_MODLE is no setting of redraft, and is passed over: docs/settings.md lists them\n"


async def test_the_first_lines_say_where_things_are(alone: tuple[Program, httpx.AsyncClient]) -> None:
    program, client = alone
    first = program.said.read_text().splitlines()[:5]
    assert program.url in first[0]
    assert f"{program.url}/docs" in first[1]
    assert program.environment["REDRAFT_DATA_DIR"] in first[4]
    assert "server" not in (await client.get("/healthz")).headers
