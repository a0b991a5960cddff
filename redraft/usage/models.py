"""What users are told of their own usage, and admins of everybody's, without anybody's content."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from redraft.usage.money import Cost
from redraft.web.routing import Body

Rating = Annotated[int, Field(ge=1, le=5, description="1 (of no use) to 5 (just what I wanted)", examples=[5])]


class Totals(BaseModel):
    """Sums over calls of models. What a server did not tell adds nothing."""

    runs: int
    calls: int
    input_tokens: int = Field(description="Cached ones included")
    cached_tokens: int
    output_tokens: int
    seconds: float = Field(description="Time that the models took, all calls together")
    cost: Cost | None = Field(description="Of the calls whose price is known; null when no call's is")
    currency: str
    unpriced_calls: int = Field(description="Calls whose cost in `currency` is unknown, and not in `cost`")


class Share(Totals):
    """One agent's use of one model."""

    provider: str
    model: str
    agent: str = Field(description="The kind of run: chat, edit, summary, reflection")


class Budget(BaseModel):
    """What a month's runs may take. Null: no limit. What is reserved for runs under way is not `left`."""

    currency: str
    monthly_cost: Cost | None
    monthly_tokens: int | None
    cost_left: Cost | None
    tokens_left: int | None
    cost_reserved: Cost | None = Field(description="For runs under way; what they do not use is given back")
    tokens_reserved: int | None
    resets_at: datetime


class MyUsage(BaseModel):
    """What the caller used. Days and months are UTC's; runs still under way are not in it yet."""

    today: Totals
    month: Totals
    month_by_model_and_agent: list[Share]
    budget: Budget


class NewFeedback(Body):
    """How well a run did, in its user's eyes."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"run_id": "run_01a20c9555fc257f8cb2776f31dd8b", "rating": 5}]}
    )

    run_id: str = Field(min_length=1, max_length=64)
    rating: Rating
    comment: str | None = Field(None, max_length=4_000)


class Feedback(BaseModel):
    """The feedback as kept: one for a run; giving it again replaces it."""

    run_id: str
    rating: Rating
    comment: str | None
    created_at: datetime
    updated_at: datetime


class Spread(BaseModel):
    """Seconds. Median and 95th percentile are within 5 %; all null without a call."""

    mean: float | None
    median: float | None
    p95: float | None


class Satisfaction(BaseModel):
    """Ratings from 1 to 5, under the day of the run they rate; `mean` is null without one."""

    ratings: int
    mean: float | None


class Figures(Totals):
    """How the calls of models went. An inference is one call; times are of those that succeeded."""

    succeeded: int
    failed: int
    cancelled: int
    lost: int = Field(description="Under way when their process died")
    inference_seconds: Spread
    time_to_first_token: Spread
    cost_per_inference: Cost | None = Field(description="Over the calls whose price is known")
    satisfaction: Satisfaction


class DayFigures(Figures):
    """A day's figures."""

    day: date
    new_users: int
    active_users: int = Field(description="Users with a run that day")


class ModelFigures(Figures):
    """A model's figures."""

    provider: str
    model: str


class AgentFigures(Figures):
    """An agent's figures."""

    agent: str


class Users(BaseModel):
    """How many people."""

    registered: int = Field(description="Accounts there are now")
    new: int = Field(description="Registered between `from` and `to`")
    active: int = Field(description="With a run between `from` and `to`")


class Metrics(BaseModel):
    """The success of the deployment, without anybody's content. Days are UTC's; the last two may still change."""

    from_day: date = Field(serialization_alias="from")
    to_day: date = Field(serialization_alias="to")
    users: Users
    total: Figures
    by_day: list[DayFigures] = Field(description="Days without a run, a rating or a registration are left out")
    by_model: list[ModelFigures]
    by_agent: list[AgentFigures]
