"""The real app on a real port, a real database server, and a model that says what a test tells it to."""

import asyncio
import contextlib
import gc
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from pymongo import AsyncMongoClient

import redraft.cli.admin
import redraft.cli.indexes
import redraft.cli.serve
import redraft.db
import redraft.main
from redraft.config import Settings
from redraft.db import Database, connect
from redraft.embedded.database import embedded_database
from redraft.ids import new_id
from redraft.main import create_app
from redraft.web.heads import bounded
from tests.clients import PATIENCE_SECONDS, client_of
from tests.commands import Commands
from tests.embedded_model import real_model, tiny_model  # noqa: F401  fixtures
from tests.scripted_model import ScriptedModel

COMMANDS = Commands()
_hears: ContextVar[bool] = ContextVar("hears", default=False)


class Heard(AsyncMongoClient[dict[str, Any]]):
    """The client of an app, of which everything that it sends is listened to."""

    def __init__(self, *args: Any, event_listeners: Sequence[Any] = (), **options: Any) -> None:
        listeners = [*event_listeners, COMMANDS] if _hears.get() else event_listeners
        super().__init__(*args, event_listeners=listeners, **options)


@contextlib.asynccontextmanager
async def connected(*args: Any, **options: Any) -> AsyncIterator[redraft.db.Database]:
    """`redraft.db.connect`, heard: as apps are given it. What a test asks the database itself is its own business."""
    async with contextlib.AsyncExitStack() as stack:
        token = _hears.set(True)
        try:
            database = await stack.enter_async_context(redraft.db.connect(*args, **options))
        finally:
            _hears.reset(token)
        yield database


setattr(redraft.db, "AsyncMongoClient", Heard)  # noqa: B010  mypy takes a class for a constant
setattr(redraft.main, "connect", connected)  # noqa: B010
for command in (redraft.cli.admin, redraft.cli.indexes, redraft.cli.serve):  # in this process, leave its logging alone
    setattr(command, "configure", lambda *_: None)  # noqa: B010


@pytest.fixture
def commands() -> Commands:
    return COMMANDS


@pytest.fixture(autouse=True)
def nothing_strange_is_sent() -> Iterator[None]:
    """No app of this process sends what a real MongoDB 8 would not take, or would do otherwise."""
    yield
    strange, COMMANDS.strange = COMMANDS.strange, []
    assert not strange, sorted(set(strange))


@pytest.fixture
def forgotten_here() -> Iterator[None]:
    """What others leave to the garbage collector ends with its own test, not in the middle of a later one."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
async def mongodb_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """One database server for the whole session; `REDRAFT_TEST_MONGODB_URL` names another (say, a real MongoDB)."""
    given = os.environ.get("REDRAFT_TEST_MONGODB_URL")
    if given:
        yield given
        return
    async with embedded_database(tmp_path_factory.mktemp("database") / "mongodb") as url:
        yield url


@pytest.fixture(scope="session")
async def model() -> AsyncIterator[ScriptedModel]:
    async with ScriptedModel.running() as scripted:
        yield scripted


@pytest.fixture(autouse=True)
def fresh_script(request: pytest.FixtureRequest) -> None:
    """What one test told the model is forgotten before the next."""
    if "model" in request.fixturenames:
        request.getfixturevalue("model").reset()


@pytest.fixture(scope="session")
def settings(mongodb_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The session's settings: the defaults, but for where things are."""
    return make_settings(mongodb_url, model, tmp_path_factory.mktemp("data"))


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """One of the test's own: no app works in it, and nobody else's heartbeats are there."""
    assert settings.mongodb_url is not None
    own = settings.model_copy(update={"mongodb_database": new_id("test")})
    async with connect(own, settings.mongodb_url.get_secret_value()) as opened:
        yield opened


def make_settings(mongodb_url: str, model: ScriptedModel, data_dir: Path, **changed: object) -> Settings:
    """Settings of an app with a database of its own on the session's server."""
    values: dict[str, object] = {
        "mongodb_url": SecretStr(mongodb_url),
        "mongodb_database": new_id("test"),
        "data_dir": data_dir,
        "port": 0,
        "model": "openai:gpt-4o-mini",
        "model_base_url": model.base_url,
        "model_api_key": SecretStr("scripted"),
        "log_level": "warning",
        "mongodb_timeout_seconds": PATIENCE_SECONDS,
        **changed,
    }
    return Settings.model_validate(values)


@contextlib.asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[str]:
    """The app on a free port of 127.0.0.1, in this process's event loop; answers its base URL."""
    async with listening(create_app(settings)) as url:
        yield url


@contextlib.asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """`app`, which a test may have given routes of its own, on a free port; answers its base URL."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, lifespan="on", proxy_headers=False,
        http=bounded(max_bytes=65_536, seconds=20, body_seconds=60),
    )  # fmt: skip
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
            raise RuntimeError("the server stopped while it started")
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture(scope="session")
async def base_url(settings: Settings) -> AsyncIterator[str]:
    async with serving(settings) as url:
        yield url


@pytest.fixture
async def client(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The session's app, once it takes turns: its loop stands still while tests run that are no coroutines.

    After a minute of these its heartbeat is late, and it refuses turns until the next one.
    """
    async with client_of(base_url) as http:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await http.get("/readyz")).status_code != 200:  # noqa: ASYNC110  nothing tells of it
                await asyncio.sleep(0.05)
        yield http
