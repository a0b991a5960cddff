"""`redraft doctor`: what is configured, reachable and missing, and how to mend it."""

import contextlib
from collections.abc import AsyncIterator
from importlib.util import find_spec

from pymongo.errors import PyMongoError

from redraft.cli import machine
from redraft.cli.banner import hosts
from redraft.cli.exposure import NO_MESSAGES, console_fault, sends_nothing
from redraft.cli.finding import Finding
from redraft.cli.fitness import faults_of, told
from redraft.cli.parts import embedded_weights, key_fault, wants_embedded_model
from redraft.config import Settings
from redraft.db import Database, connect, reachable
from redraft.embedded.database import program, running_database
from redraft.embedded.missing import remedy
from redraft.embedded.weights import WeightsError, is_prepared, part_files
from redraft.errors import RedraftError, Unavailable
from redraft.llm import ROLES, Ask, Models
from redraft.usage import check_prices
from redraft.vault import MasterKeys, WrongMasterKey, check_master_key, configured, is_sealed

DATABASE_SECONDS = 5.0
"""For each answer of the database: somebody waits for the report."""


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Each finding as soon as it is made. Changes nothing; a model that is not embedded is asked for one token."""
    yield machine.data(settings)
    yield await machine.address(settings)
    if settings.mongodb_url is None:
        yield _embedded_database(settings)
    else:
        async for finding in _database(settings):
            yield finding
    if wants_embedded_model(settings):
        yield _embedded_model(settings)
    async for finding in _models(settings):
        yield finding
    yield await _keys(settings)
    yield _messages(settings)
    yield machine.files()
    yield machine.memory(settings)


def _embedded_database(settings: Settings) -> Finding:
    try:
        program()
    except FileNotFoundError as error:
        return Finding("fail", "database", str(error))
    runs = "running now" if running_database(settings.data_dir / "mongodb") else "starts with `redraft serve`"
    return Finding("ok", "database", f"embedded, {runs}; for more than one machine set REDRAFT_MONGODB_URL")


@contextlib.asynccontextmanager
async def _opened(settings: Settings, url: str) -> AsyncIterator[Database]:
    """The database, and `Unavailable` where it is away."""
    quick = settings.model_copy(update={"mongodb_timeout_seconds": DATABASE_SECONDS})
    async with connect(quick, url, pool_size=1) as database, reachable():
        yield database


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    """Whether it is one to start on. Its master key is a finding of its own."""
    assert settings.mongodb_url is not None  # noqa: S101  asked only then
    keyless = settings.model_copy(update={"master_key_command": "looked at elsewhere"})
    try:
        async with _opened(settings, settings.mongodb_url.get_secret_value()) as database:
            faults, clock_fault = await faults_of(keyless, database)
    except (PyMongoError, Unavailable) as error:
        quick = settings.model_copy(update={"mongodb_timeout_seconds": DATABASE_SECONDS})
        yield Finding("fail", "database", told(quick, error))
        return
    for fault in faults:
        yield Finding("fail", "database", fault)
    if not faults:
        yield Finding("ok", "database", f"{hosts(settings)}, which has all that redraft needs")
    if clock_fault:
        yield Finding("fail", "clock", clock_fault)


def _embedded_model(settings: Settings) -> Finding:
    if find_spec("xllamacpp") is None:
        return Finding("fail", "model", f"llama.cpp is not installed: {remedy()}, or set REDRAFT_MODEL.")
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
            check_prices(settings)
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


async def _keys(settings: Settings) -> Finding:
    """Whether the master key is there, is one, and opens what the database holds."""
    found: MasterKeys | None
    try:
        found = await configured(settings)
    except (OSError, ValueError) as error:
        return Finding("fail", "keys", key_fault(settings, error))
    kept = settings.data_dir / "keys" / "master.key"
    embedded = settings.mongodb_url is None
    if embedded and found is None and kept.is_file():
        settings = settings.model_copy(update={"master_key_file": kept})
    try:
        sealed, compared = await _compared(settings)
    except WrongMasterKey as error:
        return Finding("fail", "keys", str(error))
    except (OSError, ValueError) as error:
        return Finding("fail", "keys", f"{kept}: {error}")
    opens = ", and opens this database" if compared and sealed else ""
    if found is not None:
        return Finding("ok", "keys", f"the master key is set{opens}")
    if not embedded:
        text = "the master key lies in the database beside what it seals: set REDRAFT_MASTER_KEY to keep them apart."
        return Finding("warn", "keys", text)
    if not kept.is_file() and (sealed or any((settings.data_dir / "mongodb").glob("*"))):
        text = f"there is a database and no {kept}: put it back from the backup, or set REDRAFT_MASTER_KEY."
        return Finding("fail", "keys", text)
    return Finding("ok", "keys", f"the master key is kept in {kept.parent}{opens}: back it up apart")


async def _compared(settings: Settings) -> tuple[bool, bool]:
    """Whether the database holds sealed texts, and whether it could be asked. Raises `WrongMasterKey`."""
    url = settings.mongodb_url.get_secret_value() if settings.mongodb_url else None
    url = url or running_database(settings.data_dir / "mongodb")
    if url is None:
        return False, False
    try:
        async with _opened(settings, url) as database:
            if sealed := await is_sealed(database):
                await check_master_key(settings, database)
            return sealed, True
    except (PyMongoError, Unavailable):  # a finding of the database's
        return False, False


def _messages(settings: Settings) -> Finding:
    """Whether codes reach anybody."""
    if sends_nothing(settings):
        return Finding("warn", "sms", NO_MESSAGES)
    if fault := console_fault(settings):
        return Finding("fail", "sms", fault)
    if settings.sms_sender == "none":
        return Finding("ok", "sms", "none is sent: nobody can verify a number or reset a password by a code")
    if settings.sms_sender == "console":
        return Finding("ok", "sms", "codes are written to standard error, which will do on this machine alone")
    return Finding("ok", "sms", f"sent by {settings.sms_sender}; not tried")
