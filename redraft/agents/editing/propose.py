"""One request, one proposal: whatever the model says, what was not named stays as it is."""

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small import run as small
from redraft.agents.editing.task import EditTask, Proposal
from redraft.agents.tools import AgentTools
from redraft.markdown import apply, hunks_of


async def propose(tools: AgentTools, task: EditTask) -> Proposal:
    """What the agent would change. Raises `ModelFailed` when the model's server does; the draft is then as it was."""
    draft = Draft(task)
    operations, note = await small.operations(tools, draft)
    applied = apply(draft.outline, operations, original=task.original, selection=task.selection)
    problems = [problem.message for problem in applied.problems]
    if problems:
        return Proposal([], task.editing, "The change did not fit the document, so nothing was changed.", problems)
    hunks = hunks_of(draft.outline, applied.replacements)
    return Proposal(hunks, applied.document, note or "Done.", [])
