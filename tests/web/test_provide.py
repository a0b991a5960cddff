"""How routes get what they need: without a thread, which FastAPI takes for every plain function."""

from collections.abc import Iterator
from inspect import iscoroutinefunction

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from redraft.config import Settings
from redraft.main import create_app


def needed(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for each in dependant.dependencies:
        yield from needed(each)


def test_no_route_and_nothing_it_needs_goes_through_a_thread() -> None:
    found = [each.original_route for each in iter_route_contexts(create_app(Settings()).routes)]
    routes = [route for route in found if isinstance(route, APIRoute)]
    assert len(routes) > 40
    for route in routes:
        for dependant in needed(route.dependant):
            call = dependant.call
            awaited = iscoroutinefunction(call) or iscoroutinefunction(getattr(call, "__call__", None))  # noqa: B004
            assert awaited, f"{route.path}: {call}"
