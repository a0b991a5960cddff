"""Two replicas of one deployment, which have nothing in common but the database."""

from collections.abc import AsyncIterator

import httpx
import pytest

from redraft.config import Settings
from tests.conftest import serving
from tests.people import Person


@pytest.fixture(scope="session")
async def second_url(base_url: str, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Another replica beside the one at `base_url`."""
    elsewhere = settings.model_copy(update={"data_dir": tmp_path_factory.mktemp("second")})
    async with serving(elsewhere) as url:
        yield url


@pytest.fixture
async def second(second_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=second_url, timeout=30) as http:
        yield http


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/v1/auth/refresh", json={"refresh_token": token})


async def login(client: httpx.AsyncClient, who: Person, device: str | None = None) -> httpx.Response:
    wish = {"phone": who.phone, "password": who.password} | ({"device": device} if device else {})
    return await client.post("/v1/auth/login", json=wish)


def bearer(signed_in: httpx.Response) -> dict[str, str]:
    """The headers of a login's answer."""
    return {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
