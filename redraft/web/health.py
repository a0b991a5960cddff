"""Whether the process lives (`/healthz`) and whether it should be sent requests (`/readyz`)."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from redraft.db import Database
from redraft.errors import Unavailable
from redraft.web.provide import provided

router = APIRouter(tags=["operations"])


class Readiness:
    """Turned off while the process goes down, so that a balancer sends nothing new.

    `checks` each raise `Unavailable` while a part is missing that requests need.
    """

    def __init__(self, *checks: Callable[[], Awaitable[None]]) -> None:
        self.accepting = True
        self.checks = checks


class Health(BaseModel):
    """The answer of both checks."""

    status: Literal["ok"] = "ok"


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz")
async def alive() -> Health:
    """The process answers. Asks nothing of the database or the model."""
    return Health()


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz")
async def ready(
    database: Annotated[Database, Depends(provided(Database))],
    readiness: Annotated[Readiness, Depends(provided(Readiness))],
) -> Health:
    """The process takes new work, reaches its database and has its embedded model loaded; else 503."""
    if not readiness.accepting:
        raise Unavailable("This replica is going down.", retry_after=5)
    await database.ping()
    for check in readiness.checks:
        await check()
    return Health()
