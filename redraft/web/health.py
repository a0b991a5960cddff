"""Whether the process lives (`/healthz`) and whether it should be sent requests (`/readyz`)."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal

import pymongo
from fastapi import APIRouter, Depends
from pydantic import BaseModel

from redraft.db import Database, reachable
from redraft.errors import Unavailable
from redraft.mongodb import server_of
from redraft.tasks import cancel
from redraft.web.provide import provided

router = APIRouter(tags=["operations"])

CHECK_SECONDS = 0.8
"""For all checks of `/readyz` together, so that it answers within the second that balancers usually wait."""


class Readiness:
    """Turned off while the process goes down, so that a balancer sends nothing new.

    `checks` each raise `Unavailable` while a part is missing that requests need.
    """

    def __init__(self, *checks: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.accepting = True
        self.checks = checks


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class Ready(Health):
    """The process should be sent requests. `warnings` say what an operator should mend all the same; else left out."""

    warnings: list[str] | None = None


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz")
async def alive() -> Health:
    """The process answers. Asks nothing of the database or the model."""
    return Health()


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", response_model_exclude_none=True)
async def ready(
    database: Annotated[Database, Depends(provided(Database))],
    readiness: Annotated[Readiness, Depends(provided(Readiness))],
) -> Ready:
    """The process takes new work, reaches its database and has its embedded model loaded; else 503.

    Answers within a second, whatever hangs. `warnings` tells when the clocks of process and database differ.
    """
    if not readiness.accepting:
        raise Unavailable("This replica is going down.", retry_after=5)
    clock_fault, *_ = await _in_time(_database(database), *(check() for check in readiness.checks))
    return Ready(warnings=[clock_fault] if clock_fault else None)


async def _in_time(*checks: Coroutine[Any, Any, Any]) -> list[Any]:
    """What all checks answer, made at once. Raises the first `Unavailable`, or one that says that they hang."""
    tasks = [asyncio.ensure_future(check) for check in checks]
    try:
        done, late = await asyncio.wait(tasks, timeout=CHECK_SECONDS, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
        if late:
            raise Unavailable("The database or the model does not answer in time. Try again.", retry_after=2)
        return [task.result() for task in tasks]
    finally:
        for task in tasks:
            task.add_done_callback(_drop)
            cancel(task)  # and nobody waits for that: a driver may take its time


def _drop(task: asyncio.Task[Any]) -> None:
    """Look at a late check's error, so that it is not taken for one that nobody knows of."""
    if not task.cancelled():
        task.exception()


async def _database(database: Database) -> str | None:
    """What is wrong with its clock. Raises `Unavailable` when it does not answer."""
    async with reachable():
        with pymongo.timeout(CHECK_SECONDS):
            server = await server_of(database.db, with_version=False)
    return server.clock_fault()
