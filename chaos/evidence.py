"""Gathers what is stored, by the API and from the database, and has it judged."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from chaos.clients import Client, Unanswered
from chaos.seen import Asked, Charge, Turn
from chaos.verdict import (
    Broken,
    charges_broken,
    history_broken,
    replay_broken,
    runs_broken,
    strangers_broken,
)

AT_ONCE = 8
Look = Callable[[], Awaitable[Iterable[Broken]]]


class Judge:
    """Compares what is stored with what was seen. `found` is every promise that was broken, as far as it has looked.

    `patience` is how many seconds one answer of the API may take, or one replay.
    """

    def __init__(self, clients: list[Client], asked: list[Asked], mongodb_url: str, patience: float) -> None:
        self._clients = clients
        self._asked = asked
        self._mongodb_url = mongodb_url
        self._patience = patience
        self._room = asyncio.Semaphore(AT_ONCE)
        self.found: list[Broken] = []
        self.seconds = 0.0

    async def look(self, seconds: float) -> None:
        """Look at everything, for so many seconds at most; what was not looked at by then is broken: `not judged`."""
        began = time.monotonic()
        looks = {asyncio.create_task(self._one(what, look)): what for what, look in self._looks()}
        _, late = await asyncio.wait(looks, timeout=seconds)
        for task in late:
            task.cancel()
            self.found.append(Broken("not judged", f"{looks[task]}: {seconds:.0f} seconds were over"))
        self.seconds = time.monotonic() - began

    def _looks(self) -> Iterator[tuple[str, Look]]:
        yield "records", self._records
        for client in self._clients:
            for conversation in {turn.conversation for turn in client.turns}:
                yield conversation, partial(self._history, client, conversation)
            for turn in client.turns:
                if turn.ended:
                    yield f"replay of {turn.run_id}", partial(self._replay, client, turn)

    async def _one(self, what: str, look: Look) -> None:
        async with self._room:
            try:
                self.found += await look()
            except (Unanswered, PyMongoError) as error:
                self.found.append(Broken("not judged", f"{what}: {error}"))

    async def _replay(self, client: Client, turn: Turn) -> Iterable[Broken]:
        assert turn.run_id is not None
        return replay_broken(turn, (await client.stored(turn.run_id, self._patience)).events)

    async def _history(self, client: Client, conversation: str) -> Iterable[Broken]:
        turns = [turn for turn in client.turns if turn.conversation == conversation]
        messages: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            query = f"?limit=200&cursor={cursor}" if cursor else "?limit=200"
            path = f"/v1/conversations/{conversation}/messages{query}"
            page = await client.call("GET", path, patience=self._patience)
            messages += page["items"]
            cursor = page["next_cursor"]
        return history_broken(turns, messages)

    async def _records(self) -> Iterable[Broken]:
        turns = [turn for client in self._clients for turn in client.turns]
        async with AsyncMongoClient[dict[str, Any]](self._mongodb_url) as mongo:
            runs = await mongo["redraft"]["runs"].find({}, {"status": 1, "unsettled": 1}).to_list()
            names = {"run_id": 1, "input_tokens": 1, "output_tokens": 1, "outcome": 1, "estimated": 1, "_id": 0}
            rows = await mongo["redraft"]["model_calls"].find({}, names).to_list()
        charged = [Charge(**row) for row in rows]
        found = [*runs_broken(turns, runs), *strangers_broken(turns, self._asked, charged)]
        calls_of, rows_of = (
            _by((call.question, call) for call in self._asked),
            _by((row.run_id, row) for row in charged),
        )
        for turn in turns:
            if turn.run_id is not None:
                found += charges_broken(turn, calls_of[turn.question], rows_of[turn.run_id])
        return found


async def settled(mongodb_url: str, seconds: float) -> None:
    """Wait until everything that follows from the ended runs is done, but not longer than so many seconds."""
    due = {"$or": [{"status": {"$in": ["queued", "running"]}}, {"unsettled": {"$exists": True}}]}
    async with AsyncMongoClient[dict[str, Any]](mongodb_url) as mongo:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while await mongo["redraft"]["runs"].find(due, {"_id": 1}).to_list():  # noqa: ASYNC110  others do it
                    await asyncio.sleep(0.5)


def _by(pairs: Iterable[tuple[str, Any]]) -> defaultdict[str, list[Any]]:
    groups: defaultdict[str, list[Any]] = defaultdict(list)
    for name, each in pairs:
        groups[name].append(each)
    return groups
