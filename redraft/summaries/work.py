"""How a summary is made."""

from redraft.agents.summarize import summarize
from redraft.db import Write
from redraft.runs import Outcome, Run, RunRecord
from redraft.vault import OwnerKey


class SummaryWork:
    """The kind `summary`: of `input["messages"]`, after `input["previous"]`."""

    kind = "summary"

    async def work(self, run: Run) -> Outcome:
        """Ask the agent."""
        summary = await summarize(run, run.input["messages"], run.input["previous"])
        return Outcome(message=summary, result={"summary": summary})

    def settle(self, record: RunRecord, key: OwnerKey) -> list[Write]:
        """Nothing: the run keeps it."""
        return []
