"""What leaves for other servers goes where the settings say, and nowhere else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.llm.providers import FETCHING, PROVIDERS, AnyProvider
from tests.people import somebody
from tests.scripted_model import ScriptedModel


class Elsewhere:
    """A server that sends everybody on to another path of its own, and notes who comes there."""

    def __init__(self) -> None:
        self.sent_on, self.reached = 0, 0

    async def send_on(self, request: web.Request) -> web.Response:
        self.sent_on += 1
        raise web.HTTPTemporaryRedirect("/elsewhere")

    async def reach(self, request: web.Request) -> web.Response:
        self.reached += 1
        return web.json_response({})


@pytest.fixture
async def elsewhere() -> AsyncIterator[tuple[Elsewhere, str]]:
    server, app = Elsewhere(), web.Application()
    app.router.add_route("*", "/elsewhere", server.reach)
    app.router.add_route("*", "/{path:.*}", server.send_on)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield server, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_neither_a_users_text_nor_a_code_follows_a_redirect(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path, elsewhere: tuple[Elsewhere, str]
) -> None:
    server, url = elsewhere
    settings = make_settings(
        mongodb_url, model, tmp_path, model_base_url=f"{url}/v1", model_retries=0,
        sms_sender="webhook", sms_webhook_url=f"{url}/sms", sms_webhook_secret=SecretStr("a shared secret"),
    )  # fmt: skip
    async with serving(settings) as base_url, client_of(base_url) as client:
        ada = await somebody(client)
        ask = {"messages": [{"role": "user", "content": "Hello."}], "stream": False}
        assert (await client.post("/v1/chat", json=ask, headers=ada.headers)).status_code == 502
        wish = {"phone": ada.phone, "current_password": ada.password}
        assert (await client.post("/v1/me/phone", json=wish, headers=ada.headers)).status_code == 503
    assert server.sent_on == 2
    assert server.reached == 0


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
@pytest.mark.parametrize("provider", PROVIDERS)
async def test_an_image_is_not_fetched_by_us(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path, elsewhere: tuple[Elsewhere, str], provider: str
) -> None:
    """Whatever a user names in the place of an image: the answer names the field, and nobody is asked for anything."""
    server, url = elsewhere
    secret = tmp_path / "keys" / "master.key"
    async with AnyProvider.running() as asked:
        settings = make_settings(mongodb_url, model, tmp_path, remote_images=True)
        settings = settings.model_copy(update=asked.settings(provider))
        async with serving(settings) as base_url, client_of(base_url) as client:
            ada = await somebody(client)
            assert secret.exists() or not secret.parent.exists()
            named = [f"{url}/elsewhere", f"data:{url}/elsewhere", f"data:image/png;base64,{url}/elsewhere",
                     f"data:image/png;base64,{secret}", "data:image/png;base64,/etc/hostname", "file:///etc/hostname",
                     "http://2130706433/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/", "x"]  # fmt: skip
            content = [{"type": "image_url", "image_url": {"url": each}} for each in named]
            ask = {"messages": [{"role": "user", "content": content}], "stream": False}
            refused = await client.post("/v1/chat", json=ask, headers=ada.headers)
            assert refused.status_code == 422
            fields = [each["field"] for each in refused.json()["errors"]]
            assert fields == [f"messages.0.content.{at}.image_url.url" for at in range(len(named))]
            remote = {"type": "image_url", "image_url": {"url": "https://images.example.com/a.png"}}
            ask = {"messages": [{"role": "user", "content": [remote]}], "stream": False}
            answer = await client.post("/v1/chat", json=ask, headers=ada.headers)
            assert answer.status_code == (200 if provider in FETCHING else 422)
    assert len(asked.asked) == (provider in FETCHING)
    assert (server.reached, server.sent_on) == (0, 0)
