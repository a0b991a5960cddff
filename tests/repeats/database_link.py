"""A link between a replica and its database that can hold back one kind of write."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.clients import PATIENCE_SECONDS

KEEPS_AN_ANSWER = re.compile(rb"\x02update\x00.{4}answers\x00", re.DOTALL)
"""How the write that keeps an answer begins on the wire."""


@dataclass
class Link:
    """`held` counts the writes that were held back; they never arrive."""

    url: str = ""
    held: int = 0
    more: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until_held(self, count: int) -> None:
        """Return when so many writes wait."""
        async with asyncio.timeout(PATIENCE_SECONDS), self.more:
            await self.more.wait_for(lambda: self.held >= count)


@contextlib.asynccontextmanager
async def holding_back_answers(mongodb_url: str) -> AsyncIterator[Link]:
    """A way to the database at `mongodb_url` on which no answer is ever kept."""
    where, link = urlsplit(mongodb_url), Link()
    tasks: set[asyncio.Task[None]] = set()

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while chunk := await source.read(1 << 20):
                if KEEPS_AN_ANSWER.search(chunk):
                    async with link.more:
                        link.held += 1
                        link.more.notify_all()
                    await asyncio.Event().wait()
                target.write(chunk)
                await target.drain()
        except ConnectionError:
            pass  # the process at one end was killed
        finally:
            target.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(where.hostname, where.port)
        for direction in (carry(reader, back), carry(there, writer)):
            task = asyncio.create_task(direction)
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    link.url = mongodb_url.replace(f"{where.hostname}:{where.port}", f"127.0.0.1:{port}")
    try:
        yield link
    finally:
        server.close()
        for task in set(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
