"""Server-sent events as a client reads them."""

import json
from dataclasses import dataclass
from typing import Any


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
