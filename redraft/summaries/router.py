"""`POST /v1/summaries`."""

from typing import Annotated

from fastapi import Depends, Request

from redraft.accounts import Caller
from redraft.runs import Runs
from redraft.summaries.models import SummaryAnswer, SummaryRequest
from redraft.summaries.service import Summaries
from redraft.summaries.work import answer_of
from redraft.web.idempotency import IdempotencyKey
from redraft.web.openapi import problems
from redraft.web.provide import provided
from redraft.web.routing import api_router

router = api_router("/summaries", "summaries")


@router.post("", responses=problems(404, 409, 413, 429, 502))
async def sum_up(
    ask: SummaryRequest,
    request: Request,
    caller: Caller,
    idempotency: IdempotencyKey,
    summaries: Annotated[Summaries, Depends(provided(Summaries))],
    runs: Annotated[Runs, Depends(provided(Runs))],
) -> SummaryAnswer:
    """Sum up a chat so that somebody, or a model, can go on with the summary alone."""
    run = await summaries.start(caller.user_id, ask, idempotency)
    return answer_of(await runs.outcome(run, request))
