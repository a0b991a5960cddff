"""Gathers what is stored, by the API and from the database, and has it judged."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Iterable
from typing import Any

from pymongo import AsyncMongoClient

from chaos.clients import Client
from chaos.seen import Asked, Charge, Turn
from chaos.verdict import (
    Broken,
    charges_broken,
    events_broken,
    history_broken,
    replay_broken,
    runs_broken,
    strangers_broken,
)

AT_ONCE = 8


async def verdict(clients: list[Client], asked: list[Asked], mongodb_url: str) -> list[Broken]:
    """Every promise that was broken; none is what must come out."""
    turns = [turn for client in clients for turn in client.turns]
    found = [broken for turn in turns for broken in events_broken(turn)]
    async with asyncio.TaskGroup() as looking:
        room = asyncio.Semaphore(AT_ONCE)
        looks = [looking.create_task(_within(room, _conversations_broken(client))) for client in clients]
        looks += [
            looking.create_task(_within(room, _replay_broken(client, turn)))
            for client in clients
            for turn in client.turns
            if turn.ended
        ]
    found += [broken for look in looks for broken in look.result()]
    return found + await _records_broken(turns, asked, mongodb_url)


async def settled(mongodb_url: str, seconds: float) -> None:
    """Wait until everything that follows from the ended runs is done, but not longer than so many seconds."""
    due = {"$or": [{"status": "running"}, {"unsettled": {"$exists": True}}]}
    async with AsyncMongoClient[dict[str, Any]](mongodb_url) as mongo:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while await mongo["redraft"]["runs"].find(due, {"_id": 1}).to_list():  # noqa: ASYNC110  others do it
                    await asyncio.sleep(0.5)


async def _within(room: asyncio.Semaphore, look: Awaitable[list[Broken]]) -> list[Broken]:
    async with room:
        return await look


async def _replay_broken(client: Client, turn: Turn) -> list[Broken]:
    assert turn.run_id is not None
    return list(replay_broken(turn, (await client.stored(turn.run_id)).events))


async def _conversations_broken(client: Client) -> list[Broken]:
    found: list[Broken] = []
    for conversation in {turn.conversation for turn in client.turns}:
        turns = [turn for turn in client.turns if turn.conversation == conversation]
        found += history_broken(turns, await _messages(client, conversation))
    return found


async def _messages(client: Client, conversation: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        query = f"?limit=200&cursor={cursor}" if cursor else "?limit=200"
        page = await client.call("GET", f"/v1/conversations/{conversation}/messages{query}")
        messages += page["items"]
        cursor = page["next_cursor"]
    return messages


async def _records_broken(turns: list[Turn], asked: list[Asked], mongodb_url: str) -> list[Broken]:
    async with AsyncMongoClient[dict[str, Any]](mongodb_url) as mongo:
        runs = await mongo["redraft"]["runs"].find({}, {"status": 1, "unsettled": 1}).to_list()
        names = {"run_id": 1, "input_tokens": 1, "output_tokens": 1, "outcome": 1, "estimated": 1, "_id": 0}
        rows = await mongo["redraft"]["model_calls"].find({}, names).to_list()
    charged = [Charge(**row) for row in rows]
    found = [*runs_broken(turns, runs), *strangers_broken(turns, asked, charged)]
    calls_of, rows_of = _by((call.question, call) for call in asked), _by((row.run_id, row) for row in charged)
    for turn in turns:
        if turn.run_id is not None:
            found += charges_broken(turn, calls_of[turn.question], rows_of[turn.run_id])
    return found


def _by(pairs: Iterable[tuple[str, Any]]) -> defaultdict[str, list[Any]]:
    groups: defaultdict[str, list[Any]] = defaultdict(list)
    for name, each in pairs:
        groups[name].append(each)
    return groups
