"""The commands beside `serve`."""

import asyncio
import subprocess
import sys
from pathlib import Path

import httpx

from redraft.embedded.database import free_port
from redraft.vault import generate_master_key
from tests.cli.conftest import Program, environment, here, redraft
from tests.scripted_model import ScriptedModel


async def test_an_admin_is_made_while_the_server_runs(alone: tuple[Program, httpx.AsyncClient]) -> None:
    program, client = alone
    account = {"phone": "+84 913 000 111", "password": "a sentence nobody guesses"}
    registered = await client.post("/v1/auth/register", json=account)
    headers = {"Authorization": f"Bearer {registered.json()['access_token']}"}
    proof = {"current_password": account["password"]}  # what admins are asked to set up is kept in the account too
    assert (await client.post("/v1/me/second-factor", json=proof, headers=headers)).status_code == 200

    async def run(*arguments: str) -> str:
        done = await asyncio.to_thread(redraft, *arguments, surroundings=program.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    await run("admin", "grant", "+84913000111")
    assert "+84913000111" in await run("admin", "list")
    signed_in = (await client.post("/v1/auth/login", json=account)).json()
    assert signed_in["user"]["is_admin"]
    await run("admin", "revoke", "+84 913-000-111")
    signed_in = (await client.post("/v1/auth/login", json=account)).json()
    assert not signed_in["user"]["is_admin"]


async def test_an_operator_logs_somebody_out(alone: tuple[Program, httpx.AsyncClient]) -> None:
    program, client = alone
    account = {"phone": "+84 913 000 333", "password": "a sentence nobody guesses"}
    assert (await client.post("/v1/auth/register", json=account)).status_code == 201

    async def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return await asyncio.to_thread(redraft, "admin", "end-sessions", *arguments, surroundings=program.environment)

    assert (await run("+84913000333")).stdout == "1 sessions have ended.\n"
    assert (await run("--everybody")).returncode == 0
    for refused in await asyncio.gather(run(), run("+84913000333", "--everybody")):
        assert (refused.returncode, "--everybody" in refused.stderr) == (1, True)


async def test_rotated_keys_keep_who_was_signed_in(alone: tuple[Program, httpx.AsyncClient]) -> None:
    program, client = alone
    account = {"phone": "+84 913 000 222", "password": "a sentence nobody guesses"}
    token = (await client.post("/v1/auth/register", json=account)).json()["access_token"]
    done = await asyncio.to_thread(redraft, "keys", "rotate", surroundings=program.environment)
    assert done.returncode == 0, done.stderr
    assert (await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})).status_code == 200


async def test_nobody_is_made_admin_by_a_wrong_number(alone: tuple[Program, httpx.AsyncClient]) -> None:
    program, _ = alone
    done = await asyncio.to_thread(redraft, "admin", "grant", "+84 913 999 999", surroundings=program.environment)
    assert done.returncode == 1
    assert "No account has this phone number" in done.stderr


async def test_a_database_that_does_not_answer_is_told_in_a_line(tmp_path: Path) -> None:
    away = environment(
        tmp_path,
        REDRAFT_MONGODB_URL=f"mongodb://127.0.0.1:{free_port()}",
        REDRAFT_MONGODB_TIMEOUT_SECONDS="1",
        REDRAFT_MASTER_KEY=generate_master_key(),
    )
    done = await asyncio.to_thread(redraft, "admin", "list", surroundings=away)
    assert (done.returncode, done.stderr) == (1, "redraft: The database does not answer. Try again in a moment.\n")


async def test_the_doctor_finds_a_fresh_machine_fit(tmp_path: Path) -> None:
    done = await asyncio.to_thread(here, "doctor", surroundings=environment(tmp_path))
    assert done.returncode == 0, done.stdout
    told = [line.split()[1] for line in done.stdout.splitlines()]
    assert told == ["data", "address", "database", "model", "keys", "sms", "files", "memory"]


async def test_the_doctor_names_what_to_mend(tmp_path: Path, model: ScriptedModel) -> None:
    surroundings = environment(
        tmp_path,
        REDRAFT_MONGODB_URL=f"mongodb://ada:secret@127.0.0.1:{free_port()}",
        REDRAFT_MODEL="openai:nobody",
        REDRAFT_MODEL_BASE_URL=f"http://127.0.0.1:{free_port()}/v1",
    )
    done = await asyncio.to_thread(here, "doctor", surroundings=surroundings)
    assert done.returncode == 1
    failed = [line for line in done.stdout.splitlines() if line.startswith("fail")]
    assert "REDRAFT_MONGODB_URL" in failed[0]
    assert "REDRAFT_MODEL_BASE_URL" in failed[1]
    assert "secret" not in done.stdout


def test_help_comes_without_the_web_and_the_models() -> None:
    look = (
        "import sys; import redraft.cli.app\n"
        "print([each for each in ('fastapi', 'langchain_core', 'pymongo') if each in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", look], capture_output=True, text=True).stdout.strip() == "[]"
