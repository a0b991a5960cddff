"""The real app on a port of this process, with the embedded database and a user who calls it over HTTP."""

import asyncio
import contextlib
import itertools
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import httpx
import uvicorn
from pydantic import SecretStr

from evals.memory.model import ModelServer
from redraft.cli.parts import database_part, model_part, prepare_weights, wants_embedded_model
from redraft.config import ModelRole, Settings
from redraft.config import ModelServer as Address
from redraft.ids import new_id
from redraft.main import create_app

SMALL, LARGE = 6_000, 128_000
"""Tokens of context: of a small model that a long chat does not fit into, and of one that all chats fit into."""
STAND_IN = "written"
"""The provider that the model's server of this evaluation goes by."""
PATIENCE = 7_200
"""Seconds for an answer that a person writes, or a small model on a slow machine."""
_numbers = itertools.count(1)


class Refused(Exception):
    """The app answered with an error where it should not have."""


class User:
    """Somebody with an account, who calls the app at `base_url`."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer to a call. Raises `Refused`."""
        answer = await self._http.request(method, path, json=body)
        if answer.is_error:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None


@contextlib.asynccontextmanager
async def surroundings(live: str | None, size: str | None) -> AsyncIterator[tuple[Settings, ModelServer]]:
    """A database, the model's server, and the embedded model where the `live` one is that.

    Without a `live` model the server writes the summaries and learns, too.
    """
    async with contextlib.AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        server = await stack.enter_async_context(ModelServer.running())
        roles: dict[str, Any] = {f"model_{role}": f"{STAND_IN}:{role}" for role in get_args(ModelRole)}
        if live:
            roles |= {"model_summarize": live, "model_reflect": live, "embedded_model_size": size}
        told = Settings()
        servers = {**told.model_servers, STAND_IN: Address(base_url=server.base_url, api_key=SecretStr("written"))}
        if live and told.model_base_url:
            servers[live.partition(":")[0]] = Address(base_url=told.model_base_url, api_key=told.model_api_key)
        settings = Settings(
            model=f"{STAND_IN}:chat", model_base_url=None, model_api_key=None, model_servers=servers,
            log_level="error", access_token_minutes=60, unpriced_models="allow",
            model_first_token_seconds=PATIENCE, model_between_tokens_seconds=PATIENCE, model_call_seconds=PATIENCE,
            **roles,
        )  # fmt: skip
        if wants_embedded_model(settings):
            weights = prepare_weights(settings)
            settings, embedded = await stack.enter_async_context(model_part(settings, weights))
            if embedded is not None:
                await embedded.loaded()
        apart = settings.model_copy(update={"data_dir": directory, "port": 0, "mongodb_url": None})
        yield await stack.enter_async_context(database_part(apart, share=False)), server


@contextlib.asynccontextmanager
async def app(settings: Settings, context: int) -> AsyncIterator[str]:
    """The app with models of this `context`, on a database of its own; answers its address."""
    contexts = {f"{STAND_IN}:{role}": context for role in get_args(ModelRole)}
    own = settings.model_copy(update={"model_context_tokens": contexts, "mongodb_database": new_id("memory")})
    server = uvicorn.Server(uvicorn.Config(create_app(own), host="127.0.0.1", port=0, log_config=None, lifespan="on"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@contextlib.asynccontextmanager
async def somebody(base_url: str) -> AsyncIterator[User]:
    """A new user of the app."""
    async with httpx.AsyncClient(base_url=base_url, timeout=None) as http:
        number = {"phone": f"+8490{next(_numbers):07d}", "password": "a rather good passphrase", "name": "Ada"}
        signed_in = await http.post("/v1/auth/register", json=number)
        if signed_in.is_error:
            raise Refused(signed_in.text)
        http.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
        yield User(http)
