"""How an edit is made."""

from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from functools import cached_property, partial
from typing import Any

from redraft.agents.editing import LARGE, Proposal, propose
from redraft.agents.editing.large.prompt import least_history
from redraft.agents.editing.large.run import MOST_OUTPUT_TOKENS
from redraft.agents.editing.notes import note
from redraft.agents.messages import text_of
from redraft.config import Settings
from redraft.db import Write
from redraft.edits.links import AddedLinks
from redraft.edits.models import ProposalView
from redraft.edits.service import proposal_of
from redraft.edits.shaping import hunk_view, shaped, task_of
from redraft.edits.store import kept
from redraft.llm import Role
from redraft.markdown import Hunk
from redraft.reflections import reflections_of, show_untold, told_writes
from redraft.runs import HunkFound, Outcome, ProposalMade, Run, RunRecord
from redraft.summaries import Found, RunningSummaries, known_summary, summary_result, summary_writes
from redraft.threads import ON_THE_LOOP
from redraft.vault import OwnerKey
from redraft.web.utf16 import Utf16


class Shown:
    """Shows hunks as `hunk` events while an edit is still being made; the `proposal` has the last word."""

    def __init__(self, run: Run, editing: str) -> None:
        self._run = run
        self._editing = editing
        self._ids: set[str] = set()

    @cached_property
    def _offsets(self) -> Utf16:
        return Utf16(self._editing)

    @cached_property
    def _added(self) -> AddedLinks:
        return AddedLinks(self._editing, thorough=len(self._editing) <= ON_THE_LOOP)

    def __call__(self, hunks: list[Hunk]) -> None:
        """Show those that were not shown yet."""
        for hunk in hunks:
            if hunk.id not in self._ids:
                self._ids.add(hunk.id)
                view = hunk_view(hunk, self._offsets, self._added)
                self._run.emit(HunkFound(view.model_dump(mode="json")))


def proposing(settings: Settings, show: Shown) -> "partial[Coroutine[Any, Any, Proposal]]":
    """The edit agent within the operator's bounds; `show` is given the hunks while they come."""
    return partial(propose, shown=show, tries=settings.edit_tries, answers=settings.edit_answers)


class EditWork:
    """The kind `edit`: a proposal for `input["document"]`."""

    kind = "edit"
    role: Role = "edit"
    most_output_tokens = MOST_OUTPUT_TOKENS

    def __init__(self, summaries: RunningSummaries, settings: Settings) -> None:
        self._summaries = summaries
        self._settings = settings
        self._kept_for = timedelta(days=settings.proposal_days)
        self._summaries_kept = timedelta(days=settings.running_summary_days)

    async def work(self, run: Run) -> Outcome:
        """Ask the agent; show each hunk when it is complete, and the proposal."""
        show_untold(run)
        document = run.input["document"]
        known = reflections_of(run.input["reflections"])
        messages = run.input["messages"]
        found = await known_summary(self._summaries, run, messages, surely_fits(run)) if tells_chat(run) else Found()
        task = task_of(messages, document, known, found.summary)
        propose = proposing(self._settings, Shown(run, document["editing"]))
        proposal = await propose(run, task)
        if not proposal.note:
            said = note("no change", text_of(task.messages[-1]), task.editing)
            proposal = replace(proposal, note=said)
        view = await shaped(run.id, document["editing"], document["name"], proposal)
        result = view.model_dump(mode="json") | {"usage": run.usage()}
        run.emit(ProposalMade(result))
        return Outcome(message=view.note, result={"proposal": result} | summary_result(found, proposal.summary))

    def answer(self, record: RunRecord) -> ProposalView | None:
        """The proposal; of an edit that was stopped there is none."""
        return None if record.status == "stopped" else proposal_of(record)

    def settle(self, record: RunRecord, key: OwnerKey) -> list[Write]:
        """Keep the proposal, so that it can be applied, and the running summary, so that it is paid for once."""
        made = [*proposal_writes(record, key, self._kept_for), *told_writes(record)]
        return [*made, *summary_writes(record, key, self._summaries_kept)]


def surely_fits(run: Run) -> int:
    """Tokens of a chat that an edit is told whole in any case, so that no summary need be looked for."""
    return least_history(run.context_tokens("edit"))


def tells_chat(run: Run) -> bool:
    """Whether an edit is told the chat: to a small model it is not, but for what is looked up in it."""
    return run.context_tokens("edit") > LARGE


def proposal_writes(record: RunRecord, key: OwnerKey, kept_for: timedelta) -> list[Write]:
    """What keeps the proposal of an ended run, if it made one: for every kind whose result has a `proposal`."""
    proposal = record.outcome.result.get("proposal") if record.outcome else None
    if not proposal:
        return []
    made_at = record.ended_at or record.created_at
    return [kept(record.owner_id, key, record.input["document"]["editing"], proposal, made_at, kept_for)]
