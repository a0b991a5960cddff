"""Whether a database server can keep what redraft promises. Asked at each start, and by `redraft doctor`."""

from dataclasses import dataclass
from typing import Any, Literal

from pymongo import UpdateOne
from pymongo.errors import OperationFailure, PyMongoError

from redraft.away import is_away
from redraft.db import Database, Write

WIRE_VERSION, VERSION = 25, "8.0"
"""Of MongoDB 8.0, the first with the command `bulkWrite` (the driver's MIN_WIRE for it)."""
EMBEDDED_SET = "secantus"
"""What the embedded server calls its replica set."""
PROBE = {"_id": "a probe of the server"}


@dataclass(frozen=True)
class ServerFinding:
    """One thing found out of the server; for anything but `ok`, the text ends in what to do."""

    verdict: Literal["ok", "warn", "fail"]
    text: str


class UnfitServer(RuntimeError):
    """The server cannot keep what redraft promises; the text says why, and what to do."""


async def is_embedded(database: Database) -> bool:
    """Whether the server is the embedded one, which has one member, one machine, and no other users."""
    return (await _hello(database)).get("setName") == EMBEDDED_SET


async def refuse_unfit(database: Database) -> None:
    """Raise `UnfitServer` for what would fail later, in the middle of a turn."""
    failed = [found.text for found in await server_findings(database) if found.verdict == "fail"]
    if failed:
        raise UnfitServer(" ".join(failed))


async def server_findings(database: Database) -> list[ServerFinding]:
    """What the server is, and does. Writes nothing that stays; raises what the driver raises when it is away.

    What an account without rights on `admin` may not ask is not told of.
    """
    hello = await _hello(database)
    found = [*_topology(hello), *_version(hello)]
    if any(each.verdict == "fail" for each in found):
        return found
    compatibility = await _compatibility(database)
    if compatibility is not None and _numbers(compatibility) < _numbers(VERSION):
        fix = 'raise it with db.adminCommand({setFeatureCompatibilityVersion: "8.0", confirm: true})'
        return [*found, ServerFinding("fail", f"Its feature compatibility version is {compatibility}: {fix}.")]
    return [*found, await _guard(database)]


async def _hello(database: Database) -> dict[str, Any]:
    return await database.client.admin.command("hello")


def _topology(hello: dict[str, Any]) -> list[ServerFinding]:
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        return [ServerFinding("fail", "It is no replica set, and writes must survive: make it one.")]
    if hello.get("logicalSessionTimeoutMinutes") is None:
        return [ServerFinding("fail", "It has no sessions, so no write can be tried again: use MongoDB 8.0 or later.")]
    if hello.get("arbiters"):
        told = "It has an arbiter: with one other member down, writes to a majority wait for ever"
        return [ServerFinding("warn", f"{told}. Make it a member that keeps data.")]
    return [ServerFinding("ok", f"replica set {hello.get('setName', '(sharded)')}")]


def _version(hello: dict[str, Any]) -> list[ServerFinding]:
    wire = hello.get("maxWireVersion", 0)
    if wire < WIRE_VERSION:
        told = f"It is older than MongoDB {VERSION} (wire version {wire}, not {WIRE_VERSION}), and has no bulkWrite"
        return [ServerFinding("fail", f"{told}: use MongoDB {VERSION} or later.")]
    return []


async def _compatibility(database: Database) -> str | None:
    """The feature compatibility version; None where it may not be asked, as at a router of a cluster."""
    try:
        asked = await database.client.admin.command({"getParameter": 1, "featureCompatibilityVersion": 1})
    except OperationFailure as error:
        if is_away(error):
            raise
        return None
    return str(asked["featureCompatibilityVersion"]["version"])


async def _guard(database: Database) -> ServerFinding:
    """Whether a guarded bulk that finds nothing is refused as `Database.update_then` expects, by which runs end."""
    never = [Write("migrations", UpdateOne(PROBE, {"$set": {"written": True}}))]
    told = "It does not refuse a guarded bulkWrite as MongoDB 8 does"
    try:
        done = await database.update_then("migrations", {**PROBE, "token": "none"}, {"$set": {"token": "none"}}, never)
    except PyMongoError as error:
        if is_away(error):
            raise
        code = getattr(error, "code", None)
        return ServerFinding("fail", f"{told} ({type(error).__name__} {code}): use MongoDB {VERSION} or later.")
    if done is not None:
        return ServerFinding("fail", f"{told}: use MongoDB {VERSION} or later.")
    return ServerFinding("ok", "it takes guarded bulk writes")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
