"""The running summary of the chat that a run works with: found before it, kept after it."""

from datetime import timedelta
from typing import Any

from redraft.agents.history import RunningSummary
from redraft.agents.messages import leading
from redraft.db import Write
from redraft.llm import Message
from redraft.runs import Run, RunRecord
from redraft.summaries.running import RunningSummaries, running_writes
from redraft.vault import OwnerKey


async def known_summary(
    summaries: RunningSummaries, run: Run, messages: list[Message], room: int
) -> RunningSummary | None:
    """The summary of the longest beginning of this chat, the app's own instructions apart.

    None also for a chat that fits into `room` tokens. Raises `Unavailable`.
    """
    return await summaries.known(run.owner_id, leading(messages)[1], room)


def summary_result(summary: RunningSummary | None) -> dict[str, Any]:
    """What the result of a run says of the summary that it used, for `summary_writes`."""
    return {"summary": vars(summary)} if summary is not None else {}


def summary_writes(record: RunRecord, key: OwnerKey, kept_for: timedelta) -> list[Write]:
    """What keeps the summary of an ended run, if it used one, so that it is paid for once."""
    result = record.outcome.result if record.outcome else {}
    if "summary" not in result or record.ended_at is None:
        return []
    conversation_id = record.turn.conversation_id if record.turn else None
    summary = RunningSummary(**result["summary"])
    return running_writes(record.owner_id, key, conversation_id, summary, record.ended_at + kept_for)
