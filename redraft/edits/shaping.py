"""From an agent's proposal to what a client is given, and back to the task of a run."""

from typing import Any

from redraft.agents.editing import EditTask, Proposal
from redraft.agents.history import RunningSummary
from redraft.agents.memory import Reflections
from redraft.documents import Word, clashes
from redraft.edits.links import AddedLinks
from redraft.edits.models import DocumentIn, HunkView, Merged, ProposalView
from redraft.errors import FieldError, InvalidRequest
from redraft.llm import Message
from redraft.markdown import Hunk, MergeResult, unified
from redraft.markdown.budget import bounded, steps_for
from redraft.threads import in_thread_if_long
from redraft.web.utf16 import Utf16


def texts_of(document: DocumentIn) -> dict[str, str]:
    """The texts of a request's document by the names of their fields."""
    return {"document.original": document.original, "document.editing": document.editing}


def plain_document(document: DocumentIn) -> dict[str, Any]:
    """The document as a run's input has it: the selection in code points. Raises `InvalidRequest`."""
    selection = None
    if document.selection is not None:
        try:
            offsets = Utf16(document.editing)
            start, end = (offsets.code_points(at) for at in (document.selection.start, document.selection.end))
        except ValueError as error:
            raise InvalidRequest(errors=[FieldError("document.selection", str(error))]) from error
        if start > end:
            raise InvalidRequest(errors=[FieldError("document.selection", "must not end before it starts")])
        if start < end:  # else it is a caret: nothing is selected
            selection = [start, end]
    return {
        "original": document.original,
        "editing": document.editing,
        "name": document.name,
        "selection": selection,
    }


def task_of(
    messages: list[Message], document: dict[str, Any], reflections: Reflections, known: RunningSummary | None = None
) -> EditTask:
    """What the agent is given, from what `plain_document` made."""
    selection = document["selection"]
    return EditTask(
        messages=messages,
        original=document["original"],
        editing=document["editing"],
        selection=(selection[0], selection[1]) if selection else None,
        name=document["name"],
        reflections=reflections,
        known=known,
    )


def edit_id(run_id: str) -> str:
    """The id of the proposal of a run: derived, so that storing it twice stores one."""
    return "edit_" + run_id.removeprefix("run_")


async def shaped(run_id: str, editing: str, name: str | None, proposal: Proposal) -> ProposalView:
    """The proposal as a client is given it, in JSON and as the `proposal` event; without its usage."""
    return await in_thread_if_long(len(editing) + len(proposal.document), _shaped, run_id, editing, name, proposal)


def _shaped(run_id: str, editing: str, name: str | None, proposal: Proposal) -> ProposalView:
    offsets, added = Utf16(editing), AddedLinks(editing)
    with bounded(steps_for(len(editing) + len(proposal.document))):
        hunks = [hunk_view(hunk, offsets, added) for hunk in proposal.hunks]
        diff = unified(editing, proposal.document, name or "document.md")
    return ProposalView(
        id=edit_id(run_id),
        run_id=run_id,
        hunks=hunks,
        document=proposal.document,
        diff=diff,
        links_added=added.of(proposal),
        note=proposal.note,
        problems=proposal.problems,
    )


def hunk_view(hunk: Hunk, offsets: Utf16, added: AddedLinks) -> HunkView:
    """A hunk as a client is given it; `offsets` and `added` are those of the draft."""
    return HunkView(
        id=hunk.id,
        start=offsets.units(hunk.start),
        end=offsets.units(hunk.end),
        before=hunk.before,
        after=hunk.after,
        reason=hunk.reason,
        group=hunk.group,
        words=[Word.model_validate(word) for word in hunk.words()],
        links_added=added.of_hunk(hunk),
    )


def hunk_of(view: HunkView, offsets: Utf16) -> Hunk:
    """The hunk again, in code points."""
    start, end = offsets.code_points(view.start), offsets.code_points(view.end)
    return Hunk(view.id, start, end, view.before, view.after, view.reason, view.group)


def merged_view(result: MergeResult) -> Merged:
    """A merge as a client is given it."""
    return Merged(document=result.document, conflicts=clashes(result))
