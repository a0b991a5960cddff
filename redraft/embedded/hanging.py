"""Ends the embedded database when it answers nobody any more. It is started again at once, and loses nothing.

Seen once its storage engine had no room left to change large documents: who waited for room held the lock that all
others, those who would have made room too, waited for.
"""

import os
import signal
from asyncio import sleep
from typing import Any

import pymongo
import structlog
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from redraft.embedded.child import Child

log = structlog.get_logger()

HUNG_SECONDS = 60.0
"""Without an answer to a question that takes milliseconds. A machine can be slow: a turn waits for as long anyway."""
QUESTIONS = 6
"""In that time."""


async def end_when_hung(server: Child, url: str, hung_seconds: float, start_seconds: float) -> None:
    """Kill `server`, which listens at `url`, whenever it does not answer for `hung_seconds`. Never returns.

    A process that has not answered yet may take `start_seconds`.
    """
    answered: int | None = None
    async with AsyncMongoClient[dict[str, Any]](url, maxPoolSize=1) as client:
        while True:
            await sleep(hung_seconds / QUESTIONS)
            asked = server.pid
            if asked is None:
                continue
            try:
                with pymongo.timeout(hung_seconds if asked == answered else start_seconds):
                    await client.admin["nothing"].find_one({"_id": 0})
                answered = asked
            except PyMongoError as error:
                if error.timeout and server.pid == asked:
                    log.error("the embedded database hangs, and is killed", pid=asked, seconds=hung_seconds)
                    os.kill(asked, signal.SIGKILL)
