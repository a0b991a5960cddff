"""`redraft doctor`: what is configured, reachable and missing, and how to mend it."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

import aiohttp
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from redraft.cli.banner import hosts
from redraft.cli.parts import embedded_weights, wants_embedded_model
from redraft.config import Settings
from redraft.embedded.database import program, running_database
from redraft.embedded.weights import WeightsError, is_prepared, part_files
from redraft.errors import RedraftError
from redraft.llm import ROLES, Ask, Models
from redraft.vault import MasterKeys

Verdict = Literal["ok", "warn", "fail"]
GIGABYTE = 10**9


@dataclass(frozen=True)
class Finding:
    """One line of the report; for anything but `ok`, the text ends in what to do."""

    verdict: Verdict
    about: str
    text: str


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Each finding as soon as it is made. Changes nothing; a model that is not embedded is asked for one token."""
    yield _data(settings)
    yield await _address(settings)
    if settings.mongodb_url is None:
        yield _embedded_database(settings)
    else:
        yield await _database(settings, settings.mongodb_url.get_secret_value())
    if wants_embedded_model(settings):
        yield _embedded_model(settings)
    async for finding in _models(settings):
        yield finding
    yield _keys(settings)


def _data(settings: Settings) -> Finding:
    directory = settings.data_dir
    there = next(each for each in (directory, *directory.absolute().parents) if each.exists())
    if not os.access(there, os.W_OK):
        return Finding("fail", "data", f"{there} is not writable: set REDRAFT_DATA_DIR to a directory that is.")
    free = shutil.disk_usage(there).free
    if free < 2 * GIGABYTE:
        return Finding("warn", "data", f"{directory} has {free / GIGABYTE:.1f} GB free: make room, or move it.")
    return Finding("ok", "data", f"{directory}, {free / GIGABYTE:.0f} GB free")


async def _address(settings: Settings) -> Finding:
    address = f"http://{settings.host}:{settings.port}"
    if settings.host not in ("127.0.0.1", "localhost", "::1") and settings.mongodb_url is None:
        return Finding("warn", "address", f"{address} is open to others: set REDRAFT_MONGODB_URL, and TLS before it.")
    try:
        async with aiohttp.ClientSession() as http, http.get(f"{address}/healthz") as response:
            ours = "x-request-id" in response.headers
    except aiohttp.ClientError:
        return Finding("ok", "address", f"{address}, free")
    if ours:
        return Finding("ok", "address", f"{address}, where redraft answers now")
    return Finding("fail", "address", f"{address} is another program's: set REDRAFT_PORT.")


def _embedded_database(settings: Settings) -> Finding:
    try:
        program()
    except FileNotFoundError as error:
        return Finding("fail", "database", str(error))
    runs = "running now" if running_database(settings.data_dir / "mongodb") else "starts with `redraft serve`"
    return Finding("ok", "database", f"embedded, {runs}; for more than one machine set REDRAFT_MONGODB_URL")


async def _database(settings: Settings, url: str) -> Finding:
    fix = "check REDRAFT_MONGODB_URL, and that the server runs"
    try:
        async with AsyncMongoClient[dict[str, object]](url, serverSelectionTimeoutMS=3000, timeoutMS=5000) as client:
            hello = await client.admin.command("hello")
    except PyMongoError as error:
        return Finding("fail", "database", f"{hosts(settings)} does not answer ({type(error).__name__}): {fix}.")
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        return Finding(
            "fail", "database", f"{hosts(settings)} is no replica set, and writes must survive: make it one."
        )
    return Finding("ok", "database", f"{hosts(settings)}, replica set {hello.get('setName', '(sharded)')}")


def _embedded_model(settings: Settings) -> Finding:
    if find_spec("xllamacpp") is None:
        return Finding("fail", "model", "llama.cpp is not installed: run `make setup`, or set REDRAFT_MODEL.")
    if settings.embedded_model_path is not None:
        found = settings.embedded_model_path.is_file()
        text = f"embedded, {settings.embedded_model_path}"
        return (
            Finding("ok", "model", text) if found else Finding("fail", "model", f"{text} is not there: set the path.")
        )
    weights = embedded_weights(settings)
    if not is_prepared(weights, settings.data_dir / "weights"):
        try:
            part_files(weights)
        except WeightsError as error:
            return Finding("fail", "model", str(error))
    return Finding("ok", "model", f"embedded, {weights.name}; small: REDRAFT_MODEL names a better one")


async def _models(settings: Settings) -> AsyncIterator[Finding]:
    quick = settings.model_copy(update={"model_retries": 0, "model_fallbacks": [], "model_first_token_seconds": 30.0})
    async with contextlib.AsyncExitStack() as stack:
        try:
            models = await stack.enter_async_context(Models.opened(quick))
        except ValueError as error:
            yield Finding("fail", "model", str(error))
            return
        asked: set[str] = {"embedded"}
        for role in ROLES:
            name = models.names()[role]
            if name in asked:
                continue
            asked.add(name)
            try:
                hello = Ask([{"role": "user", "content": "Say yes."}], max_tokens=16)
                await models.answer(role, hello, lambda call: None)
            except RedraftError as error:
                fix = "check REDRAFT_MODEL, REDRAFT_MODEL_BASE_URL and REDRAFT_MODEL_API_KEY"
                yield Finding("fail", "model", f"{name}: {str(error).rstrip('.')}: {fix}.")
            else:
                yield Finding("ok", "model", f"{name} answers")


def _keys(settings: Settings) -> Finding:
    if settings.master_key is not None:
        try:
            MasterKeys.parse(settings.master_key.get_secret_value())
        except ValueError as error:
            return Finding("fail", "keys", str(error))
    if settings.has_master_key:
        return Finding("ok", "keys", "the master key is set")
    if settings.mongodb_url is None:
        return Finding("ok", "keys", f"the master key is kept in {settings.data_dir / 'keys'}: back it up apart")
    text = "the master key lies in the database beside what it seals: set REDRAFT_MASTER_KEY to keep them apart."
    return Finding("warn", "keys", text)
