"""The embedded parts, as the settings ask for them."""

import contextlib
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import get_args

from pydantic import SecretStr

from redraft.config import ModelRole, Settings
from redraft.db import connect
from redraft.embedded.database import embedded_database, running_database
from redraft.embedded.model import EmbeddedModel, embedded_model
from redraft.embedded.weights import (
    WEIGHTS,
    Progress,
    Weights,
    WeightsError,
    fitting_size,
    is_prepared,
    part_files,
    prepare,
)
from redraft.llm import Models
from redraft.usage import check_prices
from redraft.vault import configured, is_sealed, load_or_create

EMBEDDED = "embedded"


class CannotStart(Exception):
    """Something the command needs is not there; the text says what to do."""


async def check(settings: Settings) -> None:
    """Raise `CannotStart`, naming the setting, for what the parts could not use: before any of them is started.

    What a command prints for a master key is looked at where it is used: it is run once by each process.
    """
    try:
        check_prices(settings)
        async with Models.opened(settings):
            pass
        if settings.master_key_command is None:
            await configured(settings)
    except (OSError, ValueError) as error:
        raise CannotStart(key_fault(settings, error)) from error


def key_fault(settings: Settings, error: OSError | ValueError) -> str:
    """What to say of a master key that could not be had; a `ValueError` says it itself."""
    if isinstance(error, OSError):
        name = "COMMAND" if settings.master_key_command else "FILE"
        return f"REDRAFT_MASTER_KEY_{name}: {error.strerror}: {error.filename}"
    return str(error)


def writes_files(settings: Settings) -> bool:
    """Whether a part of redraft keeps files: the embedded ones do, and nothing else."""
    return settings.mongodb_url is None or wants_embedded_model(settings)


def make_data_dir(settings: Settings) -> None:
    """Make the data directory where it is missing. Raises `CannotStart`."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        told = "it is a file" if isinstance(error, FileExistsError) else error.strerror
        raise CannotStart(f"REDRAFT_DATA_DIR: {settings.data_dir} cannot be made: {told}.") from error


def wants_embedded_model(settings: Settings) -> bool:
    """Whether any role's model is the embedded one and no other process runs it for us."""
    names = {
        settings.model,
        *settings.model_fallbacks,
        *(getattr(settings, f"model_{role}") for role in get_args(ModelRole)),
    }
    return EMBEDDED in names and settings.embedded_model_url is None


def embedded_weights(settings: Settings) -> Weights:
    """The weights that the settings or, without them, the machine's memory choose."""
    return WEIGHTS[settings.embedded_model_size or fitting_size()]


def missing_group(settings: Settings) -> str | None:
    """The dependency group whose packages hold the weights; None when nothing has to be installed."""
    weights = embedded_weights(settings)
    if not wants_embedded_model(settings) or settings.embedded_model_path is not None:
        return None
    if is_prepared(weights, settings.data_dir / "weights"):
        return None
    try:
        part_files(weights)
    except WeightsError:
        return weights.group
    return None


def prepare_weights(settings: Settings) -> Path:
    """The model file to load, put together with a progress bar where it has to be. Raises `CannotStart`."""
    if settings.embedded_model_path is not None:
        if not settings.embedded_model_path.is_file():
            raise CannotStart(f"REDRAFT_EMBEDDED_MODEL_PATH: there is no file {settings.embedded_model_path}.")
        return settings.embedded_model_path
    weights, directory = embedded_weights(settings), settings.data_dir / "weights"
    try:
        if is_prepared(weights, directory):
            return prepare(weights, directory)
        with _progress(f"Preparing {weights.name} (once)") as progress:
            return prepare(weights, directory, progress)
    except WeightsError as error:
        raise CannotStart(str(error)) from error


@contextlib.contextmanager
def _progress(what: str) -> Iterator[Progress]:
    """A bar on a terminal, and elsewhere a line every few seconds."""
    if not sys.stderr.isatty():
        yield _Lines(what)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Lines:
    def __init__(self, what: str) -> None:
        self._what = what
        self._next = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        if done < total and time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 5
        print(f"{self._what}: {done / 1e6:.0f} of {total / 1e6:.0f} MB", file=sys.stderr, flush=True)


@contextlib.asynccontextmanager
async def database_part(settings: Settings, *, share: bool = True) -> AsyncIterator[Settings]:
    """The settings with a database: theirs, or an embedded one for as long as the context lasts.

    With `share`, that which a `redraft serve` runs at this moment will do. Raises `CannotStart`.
    """
    if settings.mongodb_url is not None:
        yield settings
        return
    directory = settings.data_dir / "mongodb"
    try:
        async with contextlib.AsyncExitStack() as stack:
            url = running_database(directory) if share else None
            if url is None:
                url = await stack.enter_async_context(embedded_database(directory))
            found: dict[str, object] = {"mongodb_url": SecretStr(url)}
            if not settings.has_master_key:
                # Beside the database, not in it: a copy of the one does not open the other.
                key = settings.data_dir / "keys" / "master.key"
                if not key.exists():
                    await _refuse_new_key(settings, url, key)
                found["master_key"] = SecretStr(load_or_create(key))
            yield settings.model_copy(update=found)
    except (FileNotFoundError, RuntimeError) as error:
        raise CannotStart(str(error)) from error


async def _refuse_new_key(settings: Settings, url: str, key: Path) -> None:
    """Raise `CannotStart` when texts in the database are sealed already: a new key would open none, and look right."""
    async with connect(settings, url, pool_size=1) as database:
        if await is_sealed(database):
            raise CannotStart(
                f"The texts in this database are sealed with a master key, and {key} is not there: put it back from "
                "the backup, or set REDRAFT_MASTER_KEY. No new one was written."
            )


@contextlib.asynccontextmanager
async def model_part(settings: Settings, weights: Path | None) -> AsyncIterator[tuple[Settings, EmbeddedModel | None]]:
    """The settings with the address of the embedded model, which is still loading; None: nobody wants it."""
    if weights is None:
        yield settings, None
        return
    log_path = settings.data_dir / "model.log"
    slots, context = settings.embedded_model_slots, settings.embedded_model_context
    threads, kept = settings.embedded_model_threads, settings.data_dir / "model-cache"
    try:
        async with embedded_model(weights, log_path, slots=slots, context=context, threads=threads, kept=kept) as model:
            address = {"embedded_model_url": model.url, "embedded_model_key": SecretStr(model.key)}
            yield settings.model_copy(update=address), model
    except FileNotFoundError as error:
        raise CannotStart(str(error)) from error
