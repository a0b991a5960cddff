"""Whether the database is one to start on: asked once, before anything is written to it."""

import structlog
from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError

from redraft.cli.banner import hosts
from redraft.cli.parts import CannotStart
from redraft.config import Settings
from redraft.db import Database, connect, reachable
from redraft.errors import Unavailable
from redraft.indexes import unique_fault
from redraft.main import INDEXES, MIGRATIONS
from redraft.migrations import newer_than
from redraft.mongodb import server_of
from redraft.server_checks import arbiter_warning, behaviour_faults, is_embedded
from redraft.vault import WrongMasterKey, check_master_key

log = structlog.get_logger()


async def ensure_fit(settings: Settings) -> None:
    """Raise `CannotStart` in one line when the database is away, too old, too new, or sealed with another key.

    Waits for a database that is away as long as for any operation: REDRAFT_MONGODB_TIMEOUT_SECONDS.
    """
    assert settings.mongodb_url is not None  # noqa: S101  theirs, or that of the embedded one
    try:
        async with connect(settings, settings.mongodb_url.get_secret_value(), pool_size=1) as database, reachable():
            faults, clock_fault = await faults_of(settings, database)
    except (Unavailable, PyMongoError, WrongMasterKey) as error:
        raise CannotStart(told(settings, error)) from error
    if clock_fault:
        log.warning("clocks differ", detail=clock_fault)
    if faults:
        raise CannotStart(" ".join(faults))


async def faults_of(
    settings: Settings, database: Database, *, embedded: bool | None = None
) -> tuple[list[str], str | None]:
    """What is wrong with the database, and with its clock. Raises `WrongMasterKey`, and what the driver raises.

    Whether it is an `embedded` one, of which a start builds the indexes, is asked where it is None.
    """
    server = await server_of(database.db)
    faults = server.faults() or await behaviour_faults(database)
    if not faults and not (await is_embedded(database) if embedded is None else embedded):
        lacking = await unique_fault(database, INDEXES)
        faults = [] if lacking is None else [lacking]
    if warning := arbiter_warning(server.hello):
        log.warning("the replica set", detail=f"The database at {hosts(settings)} {warning}")
    if faults:
        return [f"The database at {hosts(settings)} {fault}" for fault in faults], server.clock_fault()
    if newer := await newer_than(database, MIGRATIONS):
        return [
            f"The database {settings.mongodb_database} at {hosts(settings)} is of a newer redraft, which has made "
            f"changes that this one does not know ({', '.join(newer)}): install that version, or restore a backup."
        ], server.clock_fault()
    if settings.master_key_command is None:  # it is run once by each process, where the key is used
        await check_master_key(settings, database)
    return [], server.clock_fault()


def told(settings: Settings, error: Exception) -> str:
    """What the start says of an error of the database, or of its key, in a line."""
    if isinstance(error, (WrongMasterKey, CannotStart)):
        return str(error)
    fix = "check REDRAFT_MONGODB_URL, and that the server runs"
    if isinstance(error, ConfigurationError) and "wire version" in str(error):
        return f"The database at {hosts(settings)} is older than MongoDB 8.0, which redraft needs: upgrade it."
    if isinstance(error, OperationFailure):
        name = (error.details or {}).get("codeName") or error.code
        return (
            f"The database at {hosts(settings)} refuses ({name}): check the user and password in REDRAFT_MONGODB_URL."
        )
    kind = type(error.__cause__ if isinstance(error, Unavailable) and error.__cause__ else error).__name__
    waited = f"within {settings.mongodb_timeout_seconds:g} s ({kind})"
    return f"The database at {hosts(settings)} does not answer {waited}: {fix}."
