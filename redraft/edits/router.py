"""`/v1/edits`: proposals, and applying them. `/v1/merges`: two changed texts as one."""

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response

from redraft.accounts import Caller
from redraft.edits.models import ApplyRequest, EditRequest, Merged, MergeRequest, ProposalView
from redraft.edits.service import Edits, proposal_of
from redraft.repeats import Once
from redraft.runs import Runs
from redraft.web import sse
from redraft.web.idempotency import IdempotencyKey
from redraft.web.openapi import problems
from redraft.web.provide import provided
from redraft.web.routing import api_router

router = api_router("", "edits")
STREAM_OR_JSON: dict[int | str, dict[str, Any]] = {200: {"model": ProposalView, **sse.RESPONSE[200]}}
Service = Annotated[Edits, Depends(provided(Edits))]
EditId = Annotated[str, Path(max_length=64)]


@router.post("/edits", response_model=None, responses={**STREAM_OR_JSON, **problems(409, 413, 429, 502)})
async def propose_edit(
    ask: EditRequest,
    request: Request,
    caller: Caller,
    idempotency: IdempotencyKey,
    edits: Service,
    runs: Annotated[Runs, Depends(provided(Runs))],
) -> Response | ProposalView:
    """Have a document edited: answers what would change, and changes nothing.

    With `stream: true` the events `run`, `hunk`… (each change as soon as it is complete), `proposal`, `usage`, and
    `done` or `error`.
    """
    run = await edits.start(caller.user_id, ask, idempotency)
    if ask.stream:
        return runs.stream(run)
    return proposal_of(await runs.outcome(run, request))


@router.get("/edits/{edit_id}")
async def read_edit(edit_id: EditId, caller: Caller, edits: Service) -> ProposalView:
    """A proposal again; kept for seven days, unless the operator says otherwise."""
    return await edits.get(caller.user_id, edit_id)


@router.post("/edits/{edit_id}/apply", responses=problems(413))
async def apply_edit(edit_id: EditId, ask: ApplyRequest, caller: Caller, once: Once, edits: Service) -> Merged:
    """Take all hunks, or some, into the draft as it is now. What was typed meanwhile stays.

    Send the answer's `document` again and nothing changes: what is there already is not put in twice.
    """
    return await edits.apply(caller.user_id, edit_id, ask)


@router.post("/merges", responses=problems(413))
async def merge_texts(ask: MergeRequest, caller: Caller, edits: Service) -> Merged:
    """Merge two changed texts by the one both started from. A conflict is reported, with `mine` in its place."""
    return await edits.merge(caller.user_id, ask)
