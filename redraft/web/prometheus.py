"""`/metrics` for Prometheus: requests, runs, models, the event loop, the database pool. Never a user's id or text.

With `PROMETHEUS_MULTIPROC_DIR` set before the start (an empty directory), all workers of one address are put together,
whichever of them is asked; without it each process tells of itself.
"""

import asyncio
import contextlib
import hmac
import ipaddress
import os
import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import generate_latest as text_of
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from redraft.config import Settings
from redraft.errors import Forbidden
from redraft.tasks import end
from redraft.web.openapi import problems
from redraft.web.provide import provided

router = APIRouter(tags=["operations"])

TIMES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
LAGS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
SAMPLE_SECONDS = 0.5
PID = re.compile(r"_(\d+)\.db$")
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")

requests = Histogram(
    "redraft_http_request_seconds", "From a request's head to its answer's end", ["method", "route", "status"],
    buckets=TIMES,
)  # fmt: skip
runs_active = Gauge("redraft_runs_active", "Runs that this process is working on", multiprocess_mode="livesum")
calls = Counter("redraft_model_calls", "Calls of models", ["agent", "provider", "model", "outcome"])
tokens = Counter("redraft_model_tokens", "Cached ones are part of the input", ["provider", "model", "kind"])
cost = Counter("redraft_model_cost", "Of the calls whose price is known", ["provider", "model", "currency"])
unpriced = Counter("redraft_model_unpriced_calls", "Calls whose price is unknown", ["provider", "model"])
call_seconds = Histogram("redraft_model_call_seconds", "Calls that succeeded", ["provider", "model"], buckets=TIMES)
first_token_seconds = Histogram(
    "redraft_model_first_token_seconds", "From the call to its first token", ["provider", "model"], buckets=TIMES
)
loop_lag = Histogram("redraft_event_loop_lag_seconds", "How late the event loop wakes a sleeper", buckets=LAGS)
connections = Gauge("redraft_database_connections", "Of this process's pool", ["state"], multiprocess_mode="livesum")


@contextlib.asynccontextmanager
async def sampling(*read: Callable[[], None]) -> AsyncIterator[None]:
    """Twice a second while the context lasts, see how late the event loop is, and let each of `read` set its gauges."""

    async def sample() -> None:
        while True:
            asleep = time.perf_counter()
            await asyncio.sleep(SAMPLE_SECONDS)
            loop_lag.observe(max(0.0, time.perf_counter() - asleep - SAMPLE_SECONDS))
            for each in read:
                each()

    task = asyncio.create_task(sample())
    try:
        yield
    finally:
        await end(task)


def forget_process(pid: int) -> None:
    """Take the gauges of a worker that has ended out of the figures of its address; what it counted stays."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def forget_dead_processes() -> None:
    """The same for whoever left gauges behind and lives no more: the workers of a redraft that was killed."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return
    directory = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    for pid in {found[1] for each in directory.glob("gauge_live*.db") if (found := PID.search(each.name))}:
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            forget_process(int(pid))
        except PermissionError:
            pass  # somebody else's, and alive


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems(403)},
)
async def metrics(request: Request, settings: Annotated[Settings, Depends(provided(Settings))]) -> Response:
    """Figures for Prometheus: to this machine, to holders of `REDRAFT_METRICS_TOKEN`, or to all: the settings say."""
    if not _may_read(request, settings):
        raise Forbidden(
            "Ask from the same machine, as `localhost`, or send the metrics token: `Authorization: Bearer …`."
        )
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    text = await asyncio.to_thread(text_of, registry)  # with many workers it reads many files
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _may_read(request: Request, settings: Settings) -> bool:
    if settings.metrics_public:
        return True
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    if settings.metrics_token and scheme.lower() == "bearer":
        return hmac.compare_digest(sent.encode(), settings.metrics_token.get_secret_value().encode())
    # A proxy on this machine speaks for others, who are not on this machine. So does a browser on it whose page asks
    # under a name of its own, which it has let point here.
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    return _is_loopback(request.client.host) and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
