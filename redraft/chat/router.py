"""`POST /v1/chat`."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from redraft.accounts import Caller
from redraft.chat.models import AnswerMessage, ChatAnswer, ChatRequest
from redraft.chat.service import Chat
from redraft.runs import RunRecord, Runs, RunUsage
from redraft.web import sse
from redraft.web.idempotency import IdempotencyKey
from redraft.web.openapi import problems
from redraft.web.provide import provided
from redraft.web.routing import api_router

router = api_router("/chat", "chat")
STREAM_OR_JSON: dict[int | str, dict[str, Any]] = {200: {"model": ChatAnswer, **sse.RESPONSE[200]}}


@router.post("", response_model=None, responses={**STREAM_OR_JSON, **problems(404, 409, 429, 502)})
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
    return _answer(await runs.outcome(run, request))


def _answer(record: RunRecord) -> ChatAnswer:
    assert record.outcome is not None  # noqa: S101  the run ended, and not with an error
    assert record.usage is not None  # noqa: S101
    return ChatAnswer(
        run_id=record.id,
        conversation_id=record.turn.conversation_id if record.turn else None,
        message=AnswerMessage(
            id=record.answer_id,
            content=record.outcome.message or "",
            status="complete" if record.status == "done" else "stopped",
            links_added=record.outcome.links_added,
        ),
        proposal=record.outcome.result.get("proposal"),
        usage=RunUsage(**vars(record.usage)),
    )
