"""What a MongoDB must be for redraft to stand on it, and what is wrong with the one that is there.

Asked at the start, by `redraft doctor`, and as to the clock by `/readyz`.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure

OLDEST = (8, 0)
OLDEST_WIRE = 25
"""`maxWireVersion` of MongoDB 8.0, the first to have `bulkWrite` over several collections."""
SKEW = timedelta(seconds=10)
"""Between clocks that somebody keeps right there are milliseconds; access tokens and codes live for ten minutes."""


@dataclass(frozen=True)
class Server:
    """What a server says of itself. `feature_version` is None where this user may not ask; `ahead` its clock's lead."""

    hello: Mapping[str, Any]
    feature_version: str | None
    ahead: timedelta

    @property
    def name(self) -> str:
        """Its replica set, or that it is a cluster's router."""
        return f"replica set {self.hello['setName']}" if "setName" in self.hello else "sharded"

    def faults(self) -> list[str]:
        """Why redraft cannot run on it, each with what to do; empty when it can."""
        if self.hello.get("maxWireVersion", 0) < OLDEST_WIRE:
            return ["is older than MongoDB 8.0, which redraft needs: upgrade it."]
        found = []
        if self.feature_version is not None and _version(self.feature_version) < OLDEST:
            found.append(
                f"has the feature compatibility version {self.feature_version}, and redraft needs 8.0: "
                'run db.adminCommand({setFeatureCompatibilityVersion: "8.0", confirm: true}).'
            )
        if "setName" not in self.hello and self.hello.get("msg") != "isdbgrid":
            found.append("is no replica set, and writes must survive: make it one.")
        return found

    def clock_fault(self) -> str | None:
        """By how much the clocks of the server and this process differ; None when they agree well enough."""
        if abs(self.ahead) < SKEW:
            return None
        direction = "ahead of" if self.ahead > timedelta() else "behind"
        seconds = abs(self.ahead).total_seconds()
        return (
            f"The database's clock is {seconds:.0f} s {direction} this process's: logins and codes expire at the wrong "
            "time. Keep both right by NTP."
        )


async def server_of(database: AsyncDatabase[Any], *, with_version: bool = True) -> Server:
    """Ask the server of `database`. Raises what the driver raises when it does not answer."""
    asked = time.monotonic()
    hello = await database.command("hello")
    halfway = datetime.now(UTC) - timedelta(seconds=(time.monotonic() - asked) / 2)
    told = hello.get("localTime")
    if isinstance(told, datetime):
        told = told if told.tzinfo else told.replace(tzinfo=UTC)
        ahead = told - halfway
    else:
        ahead = timedelta()
    return Server(hello, await _feature_version(database) if with_version else None, ahead)


async def _feature_version(database: AsyncDatabase[Any]) -> str | None:
    try:
        asked = {"getParameter": 1, "featureCompatibilityVersion": 1}
        told = await database.client.admin.command(asked)
    except OperationFailure:  # a user of one database may not ask, and a cluster's router does not know
        return None
    version = told.get("featureCompatibilityVersion", {})
    return str(version.get("version")) if isinstance(version, dict) and "version" in version else None


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
