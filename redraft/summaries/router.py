"""`POST /v1/summaries`, and `/v1/conversations/{id}/summary`."""

from typing import Annotated

from fastapi import Depends, Request

from redraft.accounts import Caller
from redraft.repeats import Once
from redraft.runs import Runs
from redraft.summaries.models import (
    ConversationSummary,
    SummaryAnswer,
    SummaryCorrection,
    SummaryRedo,
    SummaryRequest,
)
from redraft.summaries.service import Summaries
from redraft.summaries.work import answer_of
from redraft.web.idempotency import IdempotencyKey
from redraft.web.openapi import problems
from redraft.web.provide import provided
from redraft.web.routing import api_router

router = api_router("/summaries", "summaries")
of_conversations = api_router("/conversations", "summaries")
Service = Annotated[Summaries, Depends(provided(Summaries))]
Engine = Annotated[Runs, Depends(provided(Runs))]


@router.post("", responses=problems(404, 409, 413, 429, 502))
async def sum_up(
    ask: SummaryRequest, request: Request, caller: Caller, idempotency: IdempotencyKey, summaries: Service, runs: Engine
) -> SummaryAnswer:
    """Sum up a chat so that somebody, or a model, can go on with the summary alone.

    With a `conversation_id`, the conversation's summary is made up to date, and answered.
    """
    run = await summaries.start(caller.user_id, ask, idempotency)
    return answer_of(await runs.outcome(run, request))


@of_conversations.get("/{conversation_id}/summary", responses=problems(404))
async def read_summary(conversation_id: str, caller: Caller, summaries: Service) -> ConversationSummary:
    """The summary that a long chat goes on with, what it covers and what it cost. 404 while there is none."""
    return await summaries.of_conversation(caller.user_id, conversation_id)


@of_conversations.post("/{conversation_id}/summary", responses=problems(404, 409, 413, 429, 502))
async def redo_summary(
    conversation_id: str,
    request: Request,
    caller: Caller,
    idempotency: IdempotencyKey,
    summaries: Service,
    runs: Engine,
    body: SummaryRedo | None = None,
) -> SummaryAnswer:
    """Make the summary up to date, or from scratch. No model is asked where it covers all messages already."""
    run = await summaries.redo(caller.user_id, conversation_id, body or SummaryRedo(), idempotency)
    return answer_of(await runs.outcome(run, request))


@of_conversations.put("/{conversation_id}/summary", responses=problems(404, 409))
async def correct_summary(
    conversation_id: str, body: SummaryCorrection, caller: Caller, once: Once, summaries: Service
) -> ConversationSummary:
    """Have the summary say this. It covers the messages that it covered, or all where there was none."""
    return await summaries.correct(caller.user_id, conversation_id, body.summary)


@of_conversations.delete("/{conversation_id}/summary", status_code=204, responses=problems(404))
async def forget_summary(conversation_id: str, caller: Caller, summaries: Service) -> None:
    """Delete the summary; the messages stay, and a long chat is summed up anew."""
    await summaries.forget(caller.user_id, conversation_id)
