"""Replicas as processes of their own, so that a test can kill them."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from redraft.config import Settings
from redraft.embedded.database import free_port

START_SECONDS = 180.0


@dataclass
class Replica:
    """A running `redraft serve`."""

    url: str
    process: asyncio.subprocess.Process


@contextlib.asynccontextmanager
async def replica(settings: Settings, **changed: object) -> AsyncIterator[Replica]:
    """`redraft serve` with the database and the model of `settings`, ready to be asked; killed in the end."""
    assert settings.mongodb_url is not None
    assert settings.model_api_key is not None
    port = free_port()
    environment = {
        **os.environ,
        "REDRAFT_PORT": str(port),
        "REDRAFT_DATA_DIR": str(settings.data_dir),
        "REDRAFT_MONGODB_URL": settings.mongodb_url.get_secret_value(),
        "REDRAFT_MONGODB_DATABASE": settings.mongodb_database,
        "REDRAFT_MODEL": settings.model,
        "REDRAFT_MODEL_BASE_URL": str(settings.model_base_url),
        "REDRAFT_MODEL_API_KEY": settings.model_api_key.get_secret_value(),
        "REDRAFT_EMBEDDED_MODEL_URL": "http://127.0.0.1:9/v1",
        "REDRAFT_LOG_LEVEL": "warning",
        "REDRAFT_SMS_SENDER": "none",
        "REDRAFT_LAME_DUCK_SECONDS": "0",
        "REDRAFT_MONGODB_TIMEOUT_SECONDS": str(settings.mongodb_timeout_seconds),
        **{f"REDRAFT_{name.upper()}": str(value) for name, value in changed.items()},
    }
    program = Path(sys.executable).with_name("redraft")
    process = await asyncio.create_subprocess_exec(program, "serve", env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        await _wait_until_ready(url, process)
        yield Replica(url, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _wait_until_ready(url: str, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient() as http, asyncio.timeout(START_SECONDS):
        while process.returncode is None:
            with contextlib.suppress(httpx.TransportError):
                if (await http.get(f"{url}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.1)
    raise RuntimeError("the replica did not start")
