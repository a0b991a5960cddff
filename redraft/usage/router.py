"""`/v1/me/usage`, `/v1/feedback`, `/v1/admin/metrics`."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query

from redraft.accounts import Admin, Caller
from redraft.repeats import Once
from redraft.usage.feedback import FeedbackStore
from redraft.usage.models import Feedback, Metrics, MyUsage, NewFeedback
from redraft.usage.service import Usage
from redraft.web.openapi import problems
from redraft.web.provide import provided
from redraft.web.routing import api_router

router = api_router("", "usage")

Record = Annotated[Usage, Depends(provided(Usage))]
OLDEST = date(2020, 1, 1)


@router.get("/me/usage")
async def my_usage(caller: Caller, usage: Record) -> MyUsage:
    """What the caller used today and this month, by model and agent, and what is left of the budget."""
    return await usage.of(caller.user_id)


@router.post("/feedback", responses=problems(404))
async def give_feedback(
    new: NewFeedback, caller: Caller, once: Once, feedback: Annotated[FeedbackStore, Depends(provided(FeedbackStore))]
) -> Feedback:
    """Say how well a run of yours did, from 1 to 5. Saying it again replaces what was said before."""
    return await feedback.give(caller.user_id, new)


@router.get("/admin/metrics", responses=problems(403))
async def metrics(
    admin: Admin,
    usage: Record,
    first: Annotated[date | None, Query(alias="from", ge=OLDEST, description="First day; 29 days before `to`")] = None,
    last: Annotated[date | None, Query(alias="to", ge=OLDEST, description="Last day; today, by UTC")] = None,
) -> Metrics:
    """Registered and active users, inference time, cost per inference, satisfaction: by day, by model and by agent."""
    to_day = last or datetime.now(UTC).date()
    return await usage.metrics(first or max(OLDEST, to_day - timedelta(days=29)), to_day)
