"""Services are given to routes by their class, and a missing one is found before the first request."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends

from redraft.web.provide import Services, provided


class Clock:
    """A service."""


class Bell:
    """A service that a dependency needs."""


async def ringing(bell: Annotated[Bell, Depends(provided(Bell))]) -> Bell:
    return bell


router = APIRouter()


@router.get("/time")
async def tell(clock: Annotated[Clock, Depends(provided(Clock))], bell: Annotated[Bell, Depends(ringing)]) -> None:
    """A route."""


@pytest.mark.parametrize(("built", "missing"), [({Bell: Bell()}, "Clock"), ({Clock: Clock()}, "Bell")])
def test_a_missing_service_is_named_with_the_route_that_needs_it(built: dict[type, object], missing: str) -> None:
    with pytest.raises(LookupError, match=f"/time needs a {missing}"):
        Services(built).serve([router])


def test_each_service_is_found_by_its_class() -> None:
    clock, bell = Clock(), Bell()
    services = Services({Clock: clock, Bell: bell})
    services.serve([router])
    assert services[Clock] is clock
    assert services[Bell] is bell
