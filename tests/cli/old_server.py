"""A program that speaks just enough of MongoDB's protocol to say what it is, and nothing else is asked of it."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import bson

OP_MSG, OP_QUERY, OP_REPLY = 2013, 2004, 1
REFUSED = {
    "cursor": {"id": bson.Int64(0), "ns": "admin.$cmd.bulkWrite", "firstBatch": [
        {"ok": 0.0, "idx": 0, "code": 66, "errmsg": "the _id is immutable", "n": 0, "nModified": 0},
    ]},
    "nErrors": 1, "nInserted": 0, "nMatched": 0, "nModified": 0, "nUpserted": 0, "nDeleted": 0, "ok": 1.0,
}  # fmt: skip
"""Of a guarded bulk that finds nothing, as MongoDB 8 answers it."""
FIND = {"cursor": {"id": bson.Int64(0), "ns": "a.b", "firstBatch": []}, "ok": 1.0}


@contextlib.asynccontextmanager
async def mongodb_that_says(
    *, wire: int = 25, feature_version: str = "8.0", clock: timedelta = timedelta(), **more: Any
) -> AsyncIterator[str]:
    """The URL of an empty server with these versions, whose clock is so far ahead."""
    connections: set[asyncio.StreamWriter] = set()

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        match next(iter(asked)).lower():
            case "hello" | "ismaster":
                return {
                    "isWritablePrimary": True, "ismaster": True, "helloOk": True, "minWireVersion": 0,
                    "maxWireVersion": wire, "maxBsonObjectSize": 16_777_216, "maxMessageSizeBytes": 48_000_000,
                    "maxWriteBatchSize": 100_000, "logicalSessionTimeoutMinutes": 30, "setName": "rs0",
                    "localTime": datetime.now(UTC) + clock, "ok": 1.0, **more,
                }  # fmt: skip
            case "getparameter":
                return {"featureCompatibilityVersion": {"version": feature_version}, "ok": 1.0}
            case "find" | "listcollections":
                return FIND
            case "bulkwrite":
                return REFUSED
            case _:
                return {"ok": 1.0}

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length, request, _, code = struct.unpack("<iiii", await reader.readexactly(16))
                body = await reader.readexactly(length - 16)
                if code == OP_MSG:
                    told = bson.encode(answer(bson.decode(body[5 : 5 + struct.unpack_from("<i", body, 5)[0]])))
                    reply, kind = struct.pack("<IB", 0, 0) + told, OP_MSG
                else:
                    at = body.index(b"\0", 4) + 9
                    told = bson.encode(answer(bson.decode(body[at : at + struct.unpack_from("<i", body, at)[0]])))
                    reply, kind = struct.pack("<iqii", 8, 0, 0, 1) + told, OP_REPLY
                writer.write(struct.pack("<iiii", 16 + len(reply), 1, request, kind) + reply)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"mongodb://127.0.0.1:{server.sockets[0].getsockname()[1]}/?directConnection=true"
    finally:
        server.close()
        for each in connections:
            each.close()
