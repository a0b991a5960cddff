"""`redraft indexes`: what a start does not wait for."""

from redraft.cli.parts import database_part
from redraft.config import Settings
from redraft.db import connect
from redraft.indexes import build
from redraft.logs import configure
from redraft.main import INDEXES


async def build_indexes(settings: Settings, *, drop: bool) -> None:
    """Make the indexes as they are declared, and print each step before it is done. Beside running servers."""
    configure(settings.log_level, settings.log_format)
    async with database_part(settings) as found:
        url = found.mongodb_url.get_secret_value() if found.mongodb_url else ""
        async with connect(found, url, hurried=False) as database:
            async for step in build(database, INDEXES, drop=drop):
                print(step, flush=True)
    print("The indexes are as they should be; what is to be done by hand stands above.")
