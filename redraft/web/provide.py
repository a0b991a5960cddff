"""How a route gets the service it calls: by its class, from what the app was built of."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar, cast

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

T = TypeVar("T")


class Services:
    """The services of an app, one of each class."""

    def __init__(self, built: Mapping[type[Any], Any]) -> None:
        self._built = dict(built)

    def __getitem__(self, service: type[T]) -> T:
        return cast("T", self._built[service])

    def serve(self, routers: Iterable[APIRouter]) -> None:
        """Raise `LookupError` where a route of these needs a service that was not built, and name both."""
        for path, service in _needed(routers):
            if service not in self._built:
                raise LookupError(f"{path} needs a {service.__name__}, which the app was not given.")


class Provided(Generic[T]):
    """A FastAPI dependency: the one `service` of this app."""

    def __init__(self, service: type[T]) -> None:
        self.service = service

    # Not a plain function: FastAPI would send each through a thread, for 0.15 ms of CPU apiece.
    async def __call__(self, request: Request) -> T:
        """The service that the request's app was built with."""
        services: Services = request.app.state.services
        return services[self.service]


def provided(service: type[T]) -> Provided[T]:
    """For a route's signature: `Annotated[Runs, Depends(provided(Runs))]`."""
    return Provided(service)


def _needed(routers: Iterable[APIRouter]) -> Iterator[tuple[str, type[Any]]]:
    """Each path with the services that its call, and what that depends on, is given."""
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                for call in _calls(route.dependant):
                    if isinstance(call, Provided):
                        yield route.path, call.service


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)
