"""How a summary is made."""

from redraft.agents.summarize import MAX_TOKENS, summarize
from redraft.db import Write
from redraft.llm import Role
from redraft.runs import Outcome, Run, RunRecord, RunUsage
from redraft.summaries.models import SummaryAnswer
from redraft.vault import OwnerKey


class SummaryWork:
    """The kind `summary`: of `input["messages"]`, after `input["previous"]`."""

    kind = "summary"
    role: Role = "summarize"
    most_output_tokens = MAX_TOKENS

    async def work(self, run: Run) -> Outcome:
        """Ask the agent."""
        summary = await summarize(run, run.input["messages"], run.input["previous"])
        return Outcome(message=summary, result={"summary": summary} | ({"cut": run.cut} if run.cut else {}))

    def answer(self, record: RunRecord) -> SummaryAnswer:
        """The summary, as far as it was written."""
        return answer_of(record)

    def settle(self, record: RunRecord, key: OwnerKey) -> list[Write]:
        """Nothing: the run keeps it."""
        return []


def answer_of(record: RunRecord) -> SummaryAnswer:
    """What the call answers of a run that ended without an error."""
    assert record.outcome is not None  # noqa: S101
    assert record.usage is not None  # noqa: S101
    told, usage = record.outcome, RunUsage(**vars(record.usage))
    return SummaryAnswer(summary=told.message or "", cut=told.cut, run_id=record.id, usage=usage)
