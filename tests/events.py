"""Server-sent events as a client reads them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import httpx


@dataclass(frozen=True)
class Event:
    """One event of a stream."""

    id: int
    name: str
    data: dict[str, Any]


def events_of(text: str) -> list[Event]:
    """The events of a stream's whole text; comments are skipped."""
    events = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            events.append(Event(int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return events


async def seen_until(sign: str, response: httpx.Response) -> list[Event]:
    """Read a stream up to `sign`: the events that were whole by then. Fails when it ends before."""
    text = ""
    async for chunk in response.aiter_text():
        text += chunk
        if sign in text:
            break
    assert sign in text, text
    return events_of(text.rpartition("\n\n")[0])


def names_of(events: Sequence[Event]) -> list[str]:
    """The names in their order. Tokens in a row count as one: how many there are is the network's business."""
    return [name for name, _ in groupby(event.name for event in events)]


def are_dense(events: Sequence[Event]) -> bool:
    """Whether the events are all of one run that begins with them."""
    return [event.id % 1_000_000 for event in events] == list(range(1, len(events) + 1))
