"""The running summary of the chat that a run works with: found before it, kept after it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from redraft.agents.history import RunningSummary
from redraft.db import Write
from redraft.llm import Message
from redraft.runs import Run, RunRecord
from redraft.summaries.due import Due
from redraft.summaries.made import made_by
from redraft.summaries.running import RunningSummaries, kept_writes, running_writes
from redraft.vault import OwnerKey


@dataclass(frozen=True)
class Found:
    """The summary of a chat's beginning, if there is one; `seen` is how often its conversation's was written."""

    summary: RunningSummary | None = None
    seen: int = 0


async def known_summary(summaries: RunningSummaries, run: Run, messages: list[Message], room: int) -> Found:
    """The conversation's summary, or that of the longest beginning of this chat.

    None also for a chat that fits into `room` tokens. Raises `Unavailable`.
    """
    if run.conversation_id is None:
        return Found(await summaries.known(run.owner_id, messages, room))
    return Found(*await summaries.known_in(run.owner_id, run.conversation_id, messages, room))


def summary_result(found: Found, summary: RunningSummary | None) -> dict[str, Any]:
    """What the result of a run says of the summary that it used, for `summary_writes`."""
    if summary is None:
        return {}
    known = found.summary
    return {
        "summary": {"text": summary.text, "count": summary.count, "key": summary.key},
        "summary_seen": found.seen,
        "summary_is_new": known is None or (summary.key, summary.text) != (known.key, known.text),
    }


def summary_writes(record: RunRecord, key: OwnerKey, kept_for: timedelta) -> list[Write]:
    """What keeps the summary of an ended run, if it used one, so that it is paid for once."""
    result = record.outcome.result if record.outcome else {}
    if "summary" not in result or record.ended_at is None:
        return []
    summary, seen = RunningSummary(**result["summary"]), result.get("summary_seen", 0)
    if record.turn is None:
        return running_writes(record.owner_id, key, summary, record.ended_at + kept_for)
    if seen and not result.get("summary_is_new", True):
        return []
    return kept_writes(record.owner_id, key, record.turn.conversation_id, summary, made_by(record), seen)


def due_writes(
    record: RunRecord, key: OwnerKey, due: Due, text: str, conversation_id: str | None, kept_for: timedelta
) -> list[Write]:
    """What keeps the summary that was `due`: as the conversation's, or, of a chat that its client keeps, for a time."""
    if conversation_id is not None:
        return kept_writes(record.owner_id, key, conversation_id, due.done(text), made_by(record), due.seen)
    at = record.ended_at or record.created_at
    return running_writes(record.owner_id, key, due.done(text), at + kept_for)
