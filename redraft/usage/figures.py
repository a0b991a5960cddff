"""Days put together into the figures an admin reads."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from redraft.usage.days import Day, Group, Steps
from redraft.usage.models import AgentFigures, DayFigures, Figures, ModelFigures, Satisfaction, Spread
from redraft.usage.money import from_pico

Ratings = Sequence[dict[str, Any]]
"""Rows of `FeedbackStore.by_day_model_and_agent`."""


def total(days: Sequence[Day], ratings: Ratings, currency: str) -> Figures:
    """All of it."""
    return Figures(**_figures([group for day in days for group in day.groups], ratings, currency))


def by_day(days: Sequence[Day], ratings: Ratings, currency: str) -> list[DayFigures]:
    """The days on which something happened."""
    rated = _by(ratings, lambda row: (row["_id"]["day"],))
    return [
        DayFigures(
            **_figures(day.groups, rated[(day.day,)], currency),
            day=date.fromisoformat(day.day),
            new_users=day.new_users,
            active_users=len(day.active_users()),
        )
        for day in days
        if day.groups or day.new_users or rated[(day.day,)]
    ]


def by_model(days: Sequence[Day], ratings: Ratings, currency: str) -> list[ModelFigures]:
    """Each model, the most used first."""
    groups = _by((group for day in days for group in day.groups), lambda group: (group.provider, group.model))
    rated = _by(ratings, lambda row: (row["_id"]["provider"], row["_id"]["model"]))
    figures = [
        ModelFigures(**_figures(groups[key], rated[key], currency), provider=key[0], model=key[1])
        for key in {*groups, *rated}
    ]
    return sorted(figures, key=lambda each: (-each.calls, each.provider, each.model))


def by_agent(days: Sequence[Day], ratings: Ratings, currency: str) -> list[AgentFigures]:
    """Each agent, the most used first."""
    groups = _by((group for day in days for group in day.groups), lambda group: (group.agent,))
    rated = _by(ratings, lambda row: (row["_id"]["agent"],))
    figures = [AgentFigures(**_figures(groups[key], rated[key], currency), agent=key[0]) for key in {*groups, *rated}]
    return sorted(figures, key=lambda each: (-each.calls, each.agent))


def _by(items: Iterable[Any], key: Callable[[Any], tuple[str, ...]]) -> defaultdict[tuple[str, ...], list[Any]]:
    sorted_out: defaultdict[tuple[str, ...], list[Any]] = defaultdict(list)
    for item in items:
        sorted_out[key(item)].append(item)
    return sorted_out


def _figures(groups: Sequence[Group], ratings: Ratings, currency: str) -> dict[str, Any]:
    def added(name: str) -> int:
        return sum(getattr(group, name) for group in groups)

    calls, priced, pico = added("calls"), 0, 0
    for group in groups:
        if group.currency == currency:
            priced += group.calls - group.unpriced
            pico += group.cost_pico
    names = ("runs", "input_tokens", "cached_tokens", "output_tokens", "succeeded", "failed", "cancelled", "lost")
    return {
        **{name: added(name) for name in names},
        "calls": calls,
        "seconds": sum(group.seconds for group in groups),
        "cost": from_pico(pico) if priced or not calls else None,
        "currency": currency,
        "unpriced_calls": calls - priced,
        "cost_per_inference": from_pico(pico) / priced if priced else None,
        "inference_seconds": _spread(groups, "succeeded_seconds", lambda group: group.durations),
        "time_to_first_token": _spread(groups, "first_token_seconds", lambda group: group.first_tokens),
        "satisfaction": _satisfaction(ratings),
    }


def _spread(groups: Sequence[Group], seconds: str, steps_of: Callable[[Group], Steps]) -> Spread:
    steps: dict[int, int] = defaultdict(int)
    for group in groups:
        for step, times in steps_of(group).items():
            steps[int(step)] += times
    times = sum(steps.values())
    if not times:
        return Spread(mean=None, median=None, p95=None)
    mean = sum(getattr(group, seconds) for group in groups) / times
    return Spread(mean=round(mean, 4), median=_quantile(steps, 0.5), p95=_quantile(steps, 0.95))


def _quantile(steps: dict[int, int], share: float) -> float:
    """The middle of the step in which the quantile lies."""
    rank, seen, step = share * sum(steps.values()), 0, 0
    for step in sorted(steps):
        seen += steps[step]
        if seen >= rank:
            break
    return round(float(1.1 ** (step + 0.5)), 4)


def _satisfaction(rows: Ratings) -> Satisfaction:
    ratings = sum(row["ratings"] for row in rows)
    mean = sum(row["rating_sum"] for row in rows) / ratings if ratings else None
    return Satisfaction(ratings=ratings, mean=mean)
