"""How a database server behaves, beside what it says of itself: what the end of a run rests on is tried."""

from collections.abc import Mapping
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from redraft.away import is_away
from redraft.db import Database, Write

EMBEDDED_SET = "secantus"
"""What the embedded server calls its replica set."""
PROBE = {"_id": "a probe of the server"}


async def is_embedded(database: Database) -> bool:
    """Whether the server is the embedded one, which has one member, one machine, and no other users."""
    return bool((await database.db.command("hello")).get("setName") == EMBEDDED_SET)


def arbiter_warning(hello: Mapping[str, Any]) -> str | None:
    """What to tell of a replica set with an arbiter; None of one without."""
    if not hello.get("arbiters"):
        return None
    return (
        "has an arbiter: with one other member down, no write gets to a majority, and all wait. "
        "Make it a member that keeps data."
    )


async def behaviour_faults(database: Database) -> list[str]:
    """Why redraft cannot run on the server although its version is right, each with what to do; empty when it can.

    Writes nothing. Raises what the driver raises when the server is away.
    """
    hello = await database.db.command("hello")
    if hello.get("logicalSessionTimeoutMinutes") is None:
        return ["has no sessions, so no write can be tried again: use MongoDB 8.0 or later."]
    guarded = await _guard_fault(database)
    return [] if guarded is None else [guarded]


async def _guard_fault(database: Database) -> str | None:
    """Whether a guarded bulk that finds nothing is refused as `Database.update_then` expects, by which runs end."""
    never = [Write("migrations", UpdateOne(PROBE, {"$set": {"written": True}}))]
    told = "does not refuse a guarded bulkWrite as MongoDB 8 does"
    try:
        done = await database.update_then("migrations", {**PROBE, "token": "none"}, {"$set": {"token": "none"}}, never)
    except PyMongoError as error:
        if is_away(error):
            raise
        return f"{told} ({type(error).__name__} {getattr(error, 'code', None)}): use MongoDB 8.0 or later."
    return None if done is None else f"{told}: use MongoDB 8.0 or later."
