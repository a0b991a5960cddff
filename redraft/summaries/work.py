"""How a summary is made."""

from typing import Any

from redraft.agents.history import RunningSummary
from redraft.agents.summarize import MAX_TOKENS, summarize
from redraft.db import Write
from redraft.llm import Role
from redraft.runs import Outcome, Run, RunRecord, RunUsage
from redraft.summaries.made import made_by
from redraft.summaries.models import SummaryAnswer
from redraft.summaries.running import kept_writes
from redraft.vault import OwnerKey


class SummaryWork:
    """The kind `summary`: of `input["messages"]`, after `input["previous"]`; kept where `input["summary"]` says so."""

    kind = "summary"
    role: Role = "summarize"
    most_output_tokens = MAX_TOKENS

    async def work(self, run: Run) -> Outcome:
        """Ask the agent; nobody where a conversation has nothing new since the summary it has."""
        messages, previous, own = run.input["messages"], run.input["previous"], run.input.get("own", False)
        kept = run.input.get("summary")
        if not messages and previous:
            return Outcome(message=previous, result={"summary": previous})
        summary = await summarize(run, messages, previous, own=own)
        result: dict[str, Any] = {"summary": summary}
        if run.cut:
            result["cut"] = run.cut
        if kept:
            result["kept"] = kept | {"conversation_id": run.input["conversation_id"]}
        return Outcome(message=summary, result=result)

    def answer(self, record: RunRecord) -> SummaryAnswer:
        """The summary, as far as it was written."""
        return answer_of(record)

    def settle(self, record: RunRecord, key: OwnerKey) -> list[Write]:
        """Keep it as the conversation's, unless that was written by others meanwhile."""
        if record.status != "done" or record.outcome is None or "kept" not in record.outcome.result:
            return []
        kept = record.outcome.result["kept"]
        summary = RunningSummary(record.outcome.result["summary"], kept["count"], kept["key"])
        return kept_writes(record.owner_id, key, kept["conversation_id"], summary, made_by(record), kept["seen"])


def answer_of(record: RunRecord) -> SummaryAnswer:
    """What the call answers of a run that ended without an error."""
    assert record.outcome is not None  # noqa: S101
    assert record.usage is not None  # noqa: S101
    told, usage = record.outcome, RunUsage(**vars(record.usage))
    return SummaryAnswer(summary=told.message or "", cut=told.cut, run_id=record.id, usage=usage)
