"""The last events of a run, which can always be told from its record."""

from typing import Any

from redraft.runs.events import Event, RunDone, RunFailed, UsageCounted
from redraft.runs.models import RunRecord


def last_events(record: RunRecord) -> list[Event]:
    """`usage`, and then `done` with the message or `error` with the problem."""
    assert record.usage is not None  # noqa: S101  ended runs have it
    usage = UsageCounted(dict(vars(record.usage)))
    return [usage, RunDone(_answer(record)) if record.problem is None else RunFailed(record.problem)]


def _answer(record: RunRecord) -> dict[str, Any]:
    text = record.outcome.message if record.outcome is not None else None
    cut = record.outcome.cut if record.outcome is not None else None
    return {
        "id": record.answer_id,
        "role": "assistant",
        "content": text or "",
        "status": record.message_status,
        "links_added": record.outcome.links_added if record.outcome is not None else [],
        **({"reason": cut} if cut else {}),
    }
