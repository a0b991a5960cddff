"""The `redraft` program, run as a user runs it."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
from typer.testing import CliRunner

from redraft.cli.app import app
from redraft.config import default_data_dir
from redraft.embedded.database import free_port
from redraft.embedded.weights import WEIGHTS, prepare
from tests.clients import PATIENCE_SECONDS, client_of

PROGRAM = str(Path(sys.executable).with_name("redraft"))


def _command(process: psutil.Process) -> str:
    """Its command line; empty for one that was killed a moment ago."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # zombies too
        return ""


@dataclass
class Program:
    """A running `redraft serve`."""

    process: psutil.Popen
    url: str
    environment: dict[str, str]
    said: Path

    def child(self, sign: str) -> psutil.Process:
        """The one child whose command line holds `sign`."""
        [found] = [each for each in self.process.children() if sign in _command(each)]
        return found

    async def ready(self, client: httpx.AsyncClient) -> None:
        """Wait until it takes requests and has its model."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                assert self.process.poll() is None, self.said.read_text()
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get("/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.1)


def environment(directory: Path, **settings: str) -> dict[str, str]:
    """Ours without the settings of redraft that whoever runs the tests may have, and with these."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("REDRAFT_")}
    weights = prepare(WEIGHTS["135m"], default_data_dir() / "weights")
    return plain | {
        "REDRAFT_DATA_DIR": str(directory),
        "REDRAFT_PORT": str(free_port()),
        "REDRAFT_EMBEDDED_MODEL_PATH": str(weights),
        "REDRAFT_LAME_DUCK_SECONDS": "0",
        **({"REDRAFT_SMS_SENDER": "none"} if "REDRAFT_MONGODB_URL" in settings else {}),
        **settings,
    }


@contextlib.asynccontextmanager
async def served(surroundings: dict[str, str], directory: Path) -> AsyncIterator[tuple[Program, httpx.AsyncClient]]:
    """`redraft serve`, ready; told to stop at the end, when that has not happened before."""
    said = directory / "said.txt"
    url = f"http://127.0.0.1:{surroundings['REDRAFT_PORT']}"
    with said.open("ab") as output:
        process = psutil.Popen([PROGRAM, "serve"], env=surroundings, stdout=output, stderr=output)
    async with client_of(url) as client:
        program = Program(process, url, surroundings, said)
        try:
            await program.ready(client)
            yield program, client
        finally:
            if process.poll() is None:
                process.terminate()
            await asyncio.to_thread(process.wait, PATIENCE_SECONDS)


def redraft(*arguments: str, surroundings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """One command of the installed program, to its end."""
    return subprocess.run([PROGRAM, *arguments], env=surroundings, capture_output=True, text=True, timeout=600)


def here(*arguments: str, surroundings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The same in this process, without seconds of imports."""
    others: dict[str, str | None] = {name: None for name in os.environ if name.startswith("REDRAFT_")}
    done = CliRunner().invoke(app, arguments, env={**others, **surroundings})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


@pytest.fixture(scope="session")
async def alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Program, httpx.AsyncClient]]:
    """One `redraft serve` with nothing configured, for the tests that leave it running."""
    directory = tmp_path_factory.mktemp("alone")
    async with served(environment(directory / "data"), directory) as running:
        yield running
