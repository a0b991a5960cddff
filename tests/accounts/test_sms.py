"""Whoever carries messages, and what keeps others from having us send many."""

import base64
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from bson.raw_bson import RawBSONDocument
from pydantic import ValidationError
from pymongo import AsyncMongoClient

from redraft.accounts.sms import ConsoleSender, WebhookSender, sender
from redraft.config import Settings
from redraft.errors import Unavailable
from tests.accounts.conftest import Phones
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import somebody
from tests.scripted_model import ScriptedModel

TWILIO: dict[str, object] = {
    "sms_sender": "twilio", "twilio_account": "AC123", "twilio_token": "s3cret token", "twilio_number": "+15017122661",
}  # fmt: skip


@dataclass
class Twilio:
    """Answers as Twilio's API does: 201 and the message, or an error object with a code of theirs."""

    url: str = ""
    refuses: dict[str, Any] | None = None
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    async def create(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.requests.append((request.path, request.headers["Authorization"], form))
        if self.refuses:
            return web.json_response(self.refuses, status=self.refuses["status"])
        return web.json_response({"sid": "SM1", "status": "queued", "error_code": None}, status=201)

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls) -> AsyncIterator["Twilio"]:
        twilio, app = cls(), web.Application()
        app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", twilio.create)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        twilio.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield twilio
        finally:
            await runner.cleanup()


async def ask_for_code(client: httpx.AsyncClient, **more: str) -> httpx.Response:
    """A new user's wish to verify their number, or another."""
    ada = await somebody(client)
    wish = {"phone": ada.phone, "current_password": ada.password, **more}
    return await client.post("/v1/me/phone", json=wish, headers=ada.headers)


@pytest.mark.parametrize(("number", "name"), [("+15017122661", "From"), ("MG0123", "MessagingServiceSid")])
async def test_twilio_is_asked_as_its_documentation_says(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path, number: str, name: str
) -> None:
    async with Twilio.running() as twilio:
        changed = TWILIO | {"twilio_url": twilio.url, "twilio_number": number}
        settings = make_settings(mongodb_url, model, tmp_path, **changed)
        async with serving(settings) as url, client_of(url) as client:
            assert (await ask_for_code(client, phone="+15558675310")).status_code == 202
    [(path, authorization, form)] = twilio.requests
    assert path == "/2010-04-01/Accounts/AC123/Messages.json"
    assert authorization == "Basic " + base64.b64encode(b"AC123:s3cret token").decode()
    assert set(form) == {"To", "Body", name}
    assert (form["To"], form[name]) == ("+15558675310", number)
    assert re.match(r"[0-9]{6} is your code\.", form["Body"])


async def test_what_twilio_refuses_is_a_503_that_tells_nothing_of_it(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with Twilio.running() as twilio:
        twilio.refuses = {"code": 21211, "message": "The 'To' number is not valid", "status": 400}
        settings = make_settings(mongodb_url, model, tmp_path, **TWILIO | {"twilio_url": twilio.url})
        async with serving(settings) as url, client_of(url) as client:
            refused = await ask_for_code(client, phone="+15558675311")
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert "retry-after" in refused.headers
    said = "".join(capfd.readouterr())
    for secret in ("15558675311", "s3cret", "21211", twilio.requests[0][2]["Body"][:6]):
        assert secret not in refused.text + said


@pytest.mark.parametrize("missing", ["twilio_account", "twilio_token", "twilio_number"])
def test_a_sender_that_lacks_something_stops_the_start(missing: str) -> None:
    with pytest.raises(ValidationError, match="REDRAFT_TWILIO"):
        Settings.model_validate({**TWILIO, missing: None})
    with pytest.raises(ValidationError, match="REDRAFT_SMS_WEBHOOK"):
        Settings(sms_sender="webhook")


async def test_the_console_shows_messages_to_whoever_sits_there(capsys: pytest.CaptureFixture[str]) -> None:
    console = sender(Settings())
    assert isinstance(console, ConsoleSender)
    await console.send("+84912345678", "123456 is your code.")
    assert capsys.readouterr().err == "SMS to +84912345678: 123456 is your code.\n"


async def test_the_documented_receiver_takes_our_signature_and_no_other() -> None:
    """The example of docs/accounts.md, run as it stands there."""
    text = (Path(__file__).parents[2] / "docs" / "accounts.md").read_text()
    [example] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102  our own documentation
    received: list[tuple[str, bytes]] = []

    async def receive(request: web.Request) -> web.Response:
        received.append((request.headers["X-Redraft-Signature"], await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/sms", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        await WebhookSender(f"http://127.0.0.1:{runner.addresses[0][1]}/sms", "shared").send("+84912345678", "Xin chào")
    finally:
        await runner.cleanup()
    [(header, body)] = received
    message = names["message_of"](body, header, b"shared")
    assert message == {"to": "+84912345678", "text": "Xin chào"}
    seconds = header.partition(",")[0].removeprefix("t=")
    for other_body, other_header, secret in (
        (body + b" ", header, b"shared"),
        (body, header, b"another"),
        (body, header.replace(seconds, str(int(seconds) + 1)), b"shared"),
        (body, header.replace(seconds, str(int(seconds) - 3_600)), b"shared"),
        (body, "t=1,v1=", b"shared"),
        (body, "", b"shared"),
    ):
        with pytest.raises(ValueError, match="signature"):
            names["message_of"](other_body, other_header, secret)


@pytest.fixture
async def thrifty(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path, phones: Phones
) -> AsyncIterator[tuple[httpx.AsyncClient, Settings]]:
    """A deployment that sends few messages."""
    settings = make_settings(
        mongodb_url, model, tmp_path, **phones.settings, sms_per_number_hour=2, sms_per_prefix_hour=4, sms_per_hour=6,
    )  # fmt: skip
    async with serving(settings) as url, client_of(url) as http:
        yield http, settings


async def test_messages_are_few_by_number_by_prefix_and_in_all(
    thrifty: tuple[httpx.AsyncClient, Settings], phones: Phones
) -> None:
    client, settings = thrifty

    async def ask(number: str) -> int:
        return (await ask_for_code(client, phone=number)).status_code

    assert [await ask("+14155550001") for _ in range(3)] == [202, 202, 429]
    assert [await ask(f"+1415555000{last}") for last in (2, 3, 4)] == [202, 202, 429]
    assert [await ask(f"+{prefix}5550001") for prefix in ("1212", "1312", "1512")] == [202, 202, 429]
    assert len(phones.received) == 6
    async with serving(settings) as url, client_of(url) as restarted:
        assert (await ask_for_code(restarted, phone="+16175550001")).status_code == 429


async def test_no_code_and_no_number_it_was_sent_to_is_kept(
    thrifty: tuple[httpx.AsyncClient, Settings], phones: Phones, mongodb_url: str
) -> None:
    client, settings = thrifty
    ada = await somebody(client)
    wish = {"phone": ada.phone, "current_password": ada.password}
    assert (await client.post("/v1/me/phone", json=wish, headers=ada.headers)).status_code == 202
    code = await phones.code(ada.phone)
    async with AsyncMongoClient[Any](mongodb_url, document_class=RawBSONDocument) as mongo:
        database = mongo[settings.mongodb_database]
        for name in ("codes", "throttles"):
            raw = b"".join([each.raw async for each in database[name].find({})])
            assert raw
            assert code.encode() not in raw
            assert ada.phone.encode() not in raw


async def test_a_deployment_without_text_messages_says_so() -> None:
    with pytest.raises(Unavailable, match="sends no text messages"):
        await sender(Settings(sms_sender="none")).send("+84912345678", "123456 is your code.")
    with pytest.raises(ValueError, match="REDRAFT_SMS_SENDER"):
        sender(Settings(sms_sender="none", require_verified_phone=True))
