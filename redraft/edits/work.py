"""How an edit is made."""

from redraft.agents.editing import propose
from redraft.db import Write
from redraft.edits.shaping import shaped, task_of
from redraft.edits.store import kept
from redraft.reflections import reflections_of
from redraft.runs import Outcome, Run, RunRecord
from redraft.vault import OwnerKey


class EditWork:
    """The kind `edit`: a proposal for `input["document"]`."""

    kind = "edit"

    async def work(self, run: Run) -> Outcome:
        """Ask the agent, show the proposal."""
        document = run.input["document"]
        known = reflections_of(run.input["reflections"])
        proposal = await propose(run, task_of(run.input["messages"], document, known))
        view = await shaped(run.id, document["editing"], document["name"], proposal)
        result = view.model_dump(mode="json")
        run.emit("proposal", result)
        return Outcome(message=view.note, result={"proposal": result})

    def settle(self, record: RunRecord, key: OwnerKey) -> list[Write]:
        """Keep the proposal, so that it can be applied."""
        return proposal_writes(record, key)


def proposal_writes(record: RunRecord, key: OwnerKey) -> list[Write]:
    """What keeps the proposal of an ended run, if it made one: for every kind whose result has a `proposal`."""
    proposal = record.outcome.result.get("proposal") if record.outcome else None
    if not proposal:
        return []
    made_at = record.ended_at or record.created_at
    return [kept(record.owner_id, key, record.input["document"]["editing"], proposal, made_at)]
