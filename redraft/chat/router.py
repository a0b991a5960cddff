"""`POST /v1/chat`."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from redraft.accounts import Caller
from redraft.chat.models import ActiveTurn, ChatAnswer, ChatRequest
from redraft.chat.service import Chat
from redraft.chat.work import answer_of
from redraft.runs import Runs
from redraft.web import sse
from redraft.web.idempotency import IdempotencyKey
from redraft.web.openapi import problem_shaped, problems
from redraft.web.provide import provided
from redraft.web.routing import api_router

router = api_router("/chat", "chat")
ACTIVE = problem_shaped(409, ActiveTurn)
STREAM_OR_JSON: dict[int | str, dict[str, Any]] = {200: {"model": ChatAnswer, **sse.RESPONSE[200]}}


@router.post("", response_model=None, responses={**STREAM_OR_JSON, **ACTIVE, **problems(404, 429, 502)})
async def chat(
    ask: ChatRequest,
    request: Request,
    caller: Caller,
    idempotency: IdempotencyKey,
    turns: Annotated[Chat, Depends(provided(Chat))],
    runs: Annotated[Runs, Depends(provided(Runs))],
) -> Response | ChatAnswer:
    """Say something, and get the answer as it is written: an event stream, or JSON with `stream: false`.

    Events: `queued` where it has to wait, `run`, `token`…, where the document is edited `hunk`… and `proposal`,
    `usage`, and `done` or `error`; `restart` means that the text so far is to be forgotten. Each has an id: `GET
    /v1/runs/{id}/events` goes on after the last you have.
    """
    run = await turns.start(caller.user_id, ask, idempotency)
    if ask.stream:
        return runs.stream(run)
    return answer_of(await runs.outcome(run, request))
