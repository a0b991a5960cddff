"""A small round-robin before the replicas: each connection goes to the next one that takes it."""

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator, Sequence

from redraft.embedded.database import free_port

AT_ONCE = 65_536


class Proxy:
    """Passes bytes on, and breaks both sides when one breaks. It knows nothing of what a replica is doing."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = itertools.cycle(ports)
        self._count = len(ports)
        self._open: set[asyncio.WriteTransport] = set()
        self.port = free_port()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen on `port` for as long as the context lasts."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=1024)
        try:
            yield
        finally:
            server.close()
            self.cut(1.0, random.Random(0))

    def cut(self, share: float, chance: random.Random) -> int:
        """Break this share of the connections that are open now, in mid-sentence; says how many."""
        unlucky = chance.sample(list(self._open), round(share * len(self._open)))
        for transport in unlucky:
            transport.abort()
        return len(unlucky)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer.transport)
        try:
            there = await self._next_replica()
            if there is not None:
                await _both_ways(reader, writer, *there)
        finally:
            self._open.discard(writer.transport)
            writer.close()

    async def _next_replica(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in itertools.islice(self._ports, self._count):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None


async def _both_ways(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    replica_reader: asyncio.StreamReader,
    replica_writer: asyncio.StreamWriter,
) -> None:
    sides = [
        asyncio.create_task(_pass_on(reader, replica_writer)),
        asyncio.create_task(_pass_on(replica_reader, writer)),
    ]
    try:
        await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for side in sides:
            side.cancel()
        await asyncio.wait(sides)
        replica_writer.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until the end; what had arrived before it has gone out by then."""
    with contextlib.suppress(OSError):
        while arrived := await reader.read(AT_ONCE):
            writer.write(arrived)
            await writer.drain()
        writer.write_eof()
