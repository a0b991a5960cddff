"""`/v1/runs`: watch, resume or stop a turn."""

from typing import Annotated

from fastapi import Depends, Header, Query, Response
from pydantic import BeforeValidator

from redraft.accounts import Caller
from redraft.runs.engine import Runs
from redraft.runs.models import RunRecord, RunUsage, RunView
from redraft.web import sse
from redraft.web.pages import Page
from redraft.web.provide import provided
from redraft.web.routing import api_router

router = api_router("/runs", "runs")
Service = Annotated[Runs, Depends(provided(Runs))]


def _or_none(last_event_id: str) -> str:
    """The id, or that of no event where the header is there and empty: so clients send it that have none yet."""
    return last_event_id.strip() or "0"


@router.get("")
async def list_live(
    conversation_id: Annotated[str, Query(max_length=200, description="Whose turns are looked for")],
    caller: Caller,
    runs: Service,
) -> Page[RunView]:
    """The turns of a conversation that have not ended: the one at work, then those that wait, in their order.

    For a page that was loaded anew: follow each from its first event. They are few, and always on one page.
    """
    return Page(items=[_view(record, runs) for record in await runs.live(caller.user_id, conversation_id)])


@router.get("/{run_id}")
async def get(run_id: str, caller: Caller, runs: Service) -> RunView:
    """How a run is doing, and once it has ended what came of it."""
    return _view(await runs.get(caller.user_id, run_id), runs)


@router.get("/{run_id}/events", responses=sse.RESPONSE, response_class=Response)
async def events(
    run_id: str,
    caller: Caller,
    runs: Service,
    last_event_id: Annotated[
        int,
        BeforeValidator(_or_none),
        Header(alias="Last-Event-ID", ge=0, description="The id of the last event you have; 0, or empty, for all"),
    ] = 0,
) -> Response:
    """The run's events from the beginning, or after the one you have, and then as they happen. Any replica will do."""
    return await runs.events(caller.user_id, run_id, last_event_id)


@router.delete("/{run_id}")
async def stop(run_id: str, caller: Caller, runs: Service) -> RunView:
    """Stop a run. What it has said so far is kept, and paid for; one that waits is taken out. An end stays as it is."""
    return _view(await runs.stop(caller.user_id, run_id), runs)


def _view(record: RunRecord, runs: Runs) -> RunView:
    return RunView(
        id=record.id,
        kind=record.kind,
        status=record.status,
        attempt=record.attempt,
        conversation_id=record.turn.conversation_id if record.turn else None,
        created_at=record.created_at,
        ended_at=record.ended_at,
        asked=record.turn.messages if record.turn else [],
        message=record.outcome.message if record.outcome else None,
        links_added=record.outcome.links_added if record.outcome else [],
        result=runs.answer(record),
        error=record.problem,
        usage=RunUsage(**vars(record.usage)) if record.usage else None,
    )
