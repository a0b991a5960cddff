"""Two replicas of one deployment, which have nothing in common but the database; and phones that get messages."""

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web

from redraft.config import Settings
from tests.clients import PATIENCE_SECONDS, client_of
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
    async with client_of(second_url) as http:
        yield http


async def refresh(client: httpx.AsyncClient, token: str, origin: dict[str, str] | None = None) -> httpx.Response:
    return await client.post("/v1/auth/refresh", json={"refresh_token": token}, headers=origin)


async def login(client: httpx.AsyncClient, who: Person, device: str | None = None) -> httpx.Response:
    wish = {"phone": who.phone, "password": who.password} | ({"device": device} if device else {})
    return await client.post("/v1/auth/login", json=wish)


def bearer(signed_in: httpx.Response) -> dict[str, str]:
    """The headers of a login's answer."""
    return {"Authorization": f"Bearer {signed_in.json()['access_token']}"}


async def until_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """Wait until the replica refuses the token; a replica that takes far longer than it says fails the test."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await client.get("/v1/me", headers=headers)).status_code != 401:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


class Phones:
    """A webhook that delivers to nobody's phone, and remembers."""

    SECRET = "a shared secret"

    def __init__(self) -> None:
        self.url = ""
        self.received: list[tuple[str, str]] = []

    @property
    def settings(self) -> dict[str, object]:
        """Of a deployment that sends its messages here."""
        return {"sms_sender": "webhook", "sms_webhook_url": self.url, "sms_webhook_secret": self.SECRET}

    async def deliver(self, request: web.Request) -> web.Response:
        body = await request.read()
        seconds, signature = re.fullmatch(r"t=(\d+),v1=(\w+)", request.headers["X-Redraft-Signature"]).groups()  # type: ignore[union-attr]
        assert signature == hmac.new(self.SECRET.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
        assert abs(time.time() - int(seconds)) < 60
        message = json.loads(body)
        self.received.append((message["to"], message["text"]))
        return web.Response()

    async def code(self, phone: str) -> str:
        """The newest code that was sent to `phone`."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (texts := [text for to, text in self.received if to == phone]):  # noqa: ASYNC110  a webhook has no event to wait for
                await asyncio.sleep(0.02)
        return texts[-1][:6]


@pytest.fixture
async def phones() -> AsyncIterator[Phones]:
    sms, app = Phones(), web.Application()
    app.router.add_post("/sms", sms.deliver)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sms.url = f"http://127.0.0.1:{runner.addresses[0][1]}/sms"
    yield sms
    await runner.cleanup()


async def verify(client: httpx.AsyncClient, sms: Phones, who: Person, phone: str | None = None) -> Person:
    """Prove the user's number, or another, by the code that is sent to it."""
    wish = {"phone": phone or who.phone, "current_password": who.password}
    asked = await client.post("/v1/me/phone", json=wish, headers=who.headers)
    assert asked.status_code == 202, asked.text
    code = {"code": await sms.code(wish["phone"])}
    confirmed = await client.post("/v1/me/phone/confirm", json=code, headers=who.headers)
    assert confirmed.status_code == 200, confirmed.text
    return who
