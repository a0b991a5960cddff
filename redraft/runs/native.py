"""redraft's own protocol: a run's events as server-sent events, each with its id, its name and its data as JSON."""

from collections.abc import Sequence

from redraft.runs.events import Shown
from redraft.web.sse import PING, frame


def native(events: Sequence[Shown]) -> bytes:
    """These events as they go over the wire; a comment for none."""
    return b"".join(frame(event_id, event.name, event.data()) for event_id, event in events) if events else PING
