"""Finished calls in the figures for Prometheus."""

from collections.abc import Iterable

from redraft.llm import Call
from redraft.web import prometheus


def observe(kind: str, calls: Iterable[Call]) -> None:
    """Count the `calls` of an ended run of this `kind`. Once for each run: counters cannot tell a repetition."""
    for call in calls:
        model = (call.provider, call.model)
        prometheus.calls.labels(kind, *model, call.outcome).inc()
        for name, tokens in (
            ("input", call.input_tokens),
            ("cached", call.cached_tokens),
            ("output", call.output_tokens),
        ):
            prometheus.tokens.labels(*model, name).inc(tokens or 0)
        if call.cost is None:
            prometheus.unpriced.labels(*model).inc()
        else:
            prometheus.cost.labels(*model, call.currency).inc(float(call.cost))
        if call.outcome == "ok":
            prometheus.call_seconds.labels(*model).observe(call.duration)
        if call.time_to_first_token is not None:
            prometheus.first_token_seconds.labels(*model).observe(call.time_to_first_token)
