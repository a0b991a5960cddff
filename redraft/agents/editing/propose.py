"""One request, one proposal: whatever the model says, what was not named stays as it is."""

from collections.abc import Callable
from dataclasses import replace

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.large import run as large
from redraft.agents.editing.notes import note
from redraft.agents.editing.past import look_up
from redraft.agents.editing.small import run as small
from redraft.agents.editing.task import EditTask, Proposal
from redraft.agents.tools import AgentTools
from redraft.markdown import Applied, Hunk, Operation, apply, hunks_of

LARGE = 16_384
"""Tokens of context beyond which a model is trusted with the whole document and all operations in one answer."""


async def propose(
    tools: AgentTools,
    task: EditTask,
    shown: Callable[[list[Hunk]], None] = lambda hunks: None,
    *,
    tries: int = 2,
    answers: int = 8,
) -> Proposal:
    """What the agent would change. Raises `ModelFailed` when the model's server does; the draft is then as it was.

    `shown` is given the hunks so far while a large model is still writing. No hunks and no note: no edit was asked for.
    `tries` and `answers` bound how often a large model is asked (see `Settings`).
    """
    draft = Draft(task)
    await draft.in_thread_if_long(draft.prepare)

    async def show(made: list[Operation]) -> None:
        shown(await draft.in_thread_if_long(_hunks, draft, made))

    if tools.context_tokens("edit") > LARGE:
        operations, said, problems = await large.operations(tools, draft, show, tries=tries, answers=answers)
    else:
        draft.recalled = await look_up(tools, draft)
        operations, said = await small.operations(tools, draft)
        problems = []
    return replace(await _proposal(draft, operations, said, problems), summary=draft.summary)


async def _proposal(draft: Draft, operations: list[Operation], said: str, problems: list[str]) -> Proposal:
    task = draft.task
    applied = await draft.in_thread_if_long(_applied, draft, operations)
    told = (draft.instruction, task.editing)
    if applied.problems:
        return Proposal([], task.editing, note("unfit", *told), [applied.problems[0].message])
    if applied.document == task.editing:
        none = note("same", *told) if operations else note("unusable", *told) if problems else ""
        return Proposal([], task.editing, said or none, problems)
    hunks = await draft.in_thread_if_long(hunks_of, draft.outline, applied.replacements)
    if large.is_part(problems):
        return Proposal(hunks, applied.document, note("part", *told), problems)
    return Proposal(hunks, applied.document, said or note("done", *told), problems)


def _applied(draft: Draft, operations: list[Operation]) -> Applied:
    task = draft.task
    return apply(draft.outline, operations, original=task.original, selection=task.selection)


def _hunks(draft: Draft, operations: list[Operation]) -> list[Hunk]:
    return hunks_of(draft.outline, _applied(draft, operations).replacements)
