"""What a running server logs: who did what when, and nothing of what people say or who they are."""

import asyncio
import json
import logging
import os
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import aiohttp
import httpx
import pytest
import structlog
from pydantic import BaseModel
from pymongo.errors import DuplicateKeyError
from starlette.types import Receive, Scope, Send

from redraft import logs
from redraft.embedded.database import free_port
from redraft.errors import FieldError, InvalidRequest
from redraft.ids import new_id
from redraft.web.requests import LastResort, RequestLog
from tests.clients import PATIENCE_SECONDS, client_of
from tests.people import new_phone
from tests.scripted_model import Reply, ScriptedModel

MARKER = "marker"
"""Begins whatever a person or a model's server says, so that none of it may be found in a log."""
FORGED = '{"event": "forged", "level": "info"}'


class Log:
    """The log of one server, and the life it is about."""

    def __init__(self, text: str, life: dict[str, str]) -> None:
        self.text = text
        self.life = life

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each line's object; a line that is none fails the test."""
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, event: str, **values: object) -> list[dict[str, Any]]:
        """The lines of `event` that have these values."""
        return [each for each in self.lines if each["event"] == event and values.items() <= each.items()]


@pytest.fixture(scope="module")
async def log(mongodb_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory) -> Log:
    """A server at the level `debug`, some use of it, and then what it logged."""
    directory, port = tmp_path_factory.mktemp("logging"), free_port()
    settings = {
        "REDRAFT_MONGODB_URL": mongodb_url,
        "REDRAFT_MONGODB_DATABASE": new_id("test"),
        "REDRAFT_DATA_DIR": str(directory),
        "REDRAFT_PORT": str(port),
        "REDRAFT_MODEL": "openai:gpt-4o-mini",
        "REDRAFT_MODEL_BASE_URL": model.base_url,
        "REDRAFT_EMBEDDED_MODEL_URL": model.base_url,  # so that none is started
        "REDRAFT_MODEL_API_KEY": "marker-key",
        "REDRAFT_LOG_LEVEL": "debug",
        "REDRAFT_MODEL_RETRIES": "0",
        "REDRAFT_SMS_SENDER": "webhook",
        "REDRAFT_SMS_WEBHOOK_URL": f"http://127.0.0.1:{free_port()}/marker-path",  # nobody answers
        "REDRAFT_SMS_WEBHOOK_SECRET": "marker-secret",
        "REDRAFT_LAME_DUCK_SECONDS": "0",
    }
    with (directory / "log").open("wb") as stream, (directory / "banner").open("wb") as banner:
        program = Path(sys.executable).with_name("redraft")
        process = await asyncio.create_subprocess_exec(
            str(program), "serve", env={**os.environ, **settings}, stdout=banner, stderr=stream
        )
        try:
            async with client_of(f"http://127.0.0.1:{port}") as http:
                life = await live(http, model)
        finally:
            process.terminate()
            await process.wait()
    return Log((directory / "log").read_text(), life)


def test_no_phone_password_token_or_text_reaches_the_log(log: Log) -> None:
    assert log.of("request", route="/v1/chat", status=200)
    assert log.of("request", status=422)
    assert log.of("model call failed", kind="refused", status=400)
    assert log.of("model call failed", kind="server_error")
    for secret in (MARKER, "\\u006d", log.life["phone"], log.life["phone"][3:]):
        assert secret not in log.text.lower()
    for name, token in log.life.items():
        assert not name.endswith("token") or token not in log.text


def test_every_line_is_json_with_its_time_in_utc_its_level_and_its_logger(log: Log) -> None:
    before = datetime.fromisoformat(log.life["began"])
    for line in log.lines:
        assert {"event", "level", "logger"} <= line.keys()
        assert line["timestamp"].endswith("Z")
        assert before < datetime.fromisoformat(line["timestamp"]) < datetime.now(UTC)


def test_ways_in_and_failures_to_get_in_are_on_record_with_what_was_shown(log: Log) -> None:
    user_id = log.life["user_id"]
    events = [(each["what"], each["proof"]) for each in log.of("security", user_id=user_id)]
    assert events[:3] == [("registered", "password"), ("login_failed", "password"), ("login", "password")]
    assert log.of("security", what="login_failed", user_id=None)  # of a number that nobody has
    for each in log.of("security"):
        assert each["network"] in {"127.0.0.0/24", None}
        assert each["request_id"].startswith("req_")


def test_a_refusal_names_its_user_its_code_and_its_route_and_never_the_id_that_was_tried(log: Log) -> None:
    user_id = log.life["user_id"]
    admins, theirs, nobody = (
        log.of("request", route=route, status=status)
        for route, status in (("/v1/admin/metrics", 403), ("/v1/documents/{document_id}", 404), ("/v1/me", 401))
    )
    assert [(each["user_id"], each["code"]) for each in admins] == [(user_id, "forbidden")]
    assert [(each["user_id"], each["code"]) for each in theirs] == [(user_id, "not_found")]
    assert {(each.get("user_id"), each["code"]) for each in nobody} == {(None, "unauthenticated")}
    assert log.life["tried_id"] not in log.text


def test_nothing_that_a_client_sends_makes_a_line_of_its_own(log: Log) -> None:
    assert log.of("request", status=404, route="unknown")
    assert not log.of("forged")
    assert "forged" not in log.text


async def test_what_nobody_foresaw_is_in_the_log_with_the_requests_id() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("nobody foresaw this")

    transport = httpx.ASGITransport(RequestLog(LastResort(broken)))
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            answer = await http.get("/")
    [failure] = [each for each in lines if each["event"] == "request failed"]
    assert failure["exc_info"] is True
    assert failure["request_id"] == answer.headers["x-request-id"]
    assert "foresaw" not in answer.text


@pytest.fixture
def own_logging() -> Iterator[None]:
    """Puts the logging of the test run back in the end, and what Python prints by itself."""
    root, wanted = logging.getLogger(), logging.raiseExceptions
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning
    yield
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)
    logging.raiseExceptions = wanted
    sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning = hooks


class Picky(BaseModel):
    count: int


def by_pydantic() -> None:
    Picky.model_validate({"count": "marker-input"})


def by_the_driver() -> None:
    raise DuplicateKeyError("E11000 dup key: { phone: marker }", 11000, {"keyValue": {"phone": "marker"}})


def by_the_http_client() -> None:
    raise aiohttp.InvalidURL("http://marker.example/marker.png")


def by_us() -> None:
    raise InvalidRequest(errors=[FieldError("marker", "marker")])


def by_an_assertion_about(text: str = "marker") -> None:
    assert text == "something else", text


def after_another() -> None:
    try:
        by_pydantic()
    except ValueError as error:
        raise RuntimeError(f"it was {error}") from error


def many() -> None:
    raise ExceptionGroup("marker", [ValueError("marker"), KeyError("marker")])


@pytest.mark.usefixtures("own_logging")
@pytest.mark.filterwarnings("always")
@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize(
    "fails", [by_pydantic, by_the_driver, by_the_http_client, by_us, by_an_assertion_about, after_another, many]
)
def test_an_exception_leaves_its_type_and_its_place_and_not_its_text(
    capsys: pytest.CaptureFixture[str], form: Literal["json", "console"], fails: Callable[[], None]
) -> None:
    logs.configure("debug", form)
    try:
        fails()
    except Exception as error:  # noqa: BLE001  of each kind
        ours, theirs = structlog.get_logger(), logging.getLogger("uvicorn.error")
        ours.exception("it failed")
        ours.error("it failed", exc_info=error)
        theirs.error("Exception in ASGI application\n", exc_info=error)
        theirs.error("Error in %s: %s", fails, error, exc_info=True)
        theirs.warning(f"it was {error}")
        theirs.debug(traceback.format_exc(), stack_info=True)
        sys.excepthook(type(error), error, error.__traceback__)
        threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))
        name = type(error).__qualname__
    warnings.warn("the value was marker", stacklevel=1)
    told = capsys.readouterr().err
    assert "marker" not in told
    assert told.count(name) >= 6
    assert "test_logs.py" in told
    assert "Exception in ASGI application" in told


@pytest.mark.usefixtures("own_logging")
def test_what_libraries_say_of_a_request_stays_out(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug", "json")
    for name in (
        "openai._base_client",
        "httpx",
        "httpcore.http11",
        "langchain_google_genai",
        "asyncio",
        "pymongo.command",
    ):
        logger = logging.getLogger(name)
        logger.debug("Request options: %s", {"messages": "marker"})
        logger.error("Image %s could not be fetched" % "marker.png")  # noqa: UP031  as libraries do
        logger.log(logging.CRITICAL, {"marker": 1})
        logger.warning("too few arguments %s %s", "marker")
    told = capsys.readouterr().err
    assert "marker" not in told
    assert told.count("could not be written") == 0
    assert "Request options: %s" in told


@pytest.mark.usefixtures("own_logging")
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_value_with_line_breaks_stays_on_its_line(
    capsys: pytest.CaptureFixture[str], form: Literal["json", "console"]
) -> None:
    logs.configure("info", form)
    evil = "".join(["a\n2026 [info] forged", "\r\x1b[2J\u2028\x85b"])
    structlog.get_logger().info("request", device=evil)
    logging.getLogger("redraft").warning(evil)
    logging.getLogger("a library").warning("refused %s", evil)
    lines = re.sub(r"\x1b\[[0-9]*m", "", capsys.readouterr().err)  # without the console's own colours
    assert lines.count("forged") == 1
    assert len(lines.splitlines()) == 3
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028]", lines)


async def fail(http: httpx.AsyncClient, model: ScriptedModel, headers: dict[str, str]) -> None:
    """Have the model's server fail in the ways it can, with markers in all that it says and that it was asked."""
    told = {
        "message": "marker: your prompt was 'marker-question'",
        "code": "marker",
        "type": "marker",
        "param": "marker",
    }
    event = json.dumps({"error": told}).encode()
    failures = [
        *(Reply(status=status, error=told, headers={"X-Marker": "marker"}) for status in (400, 401, 404, 429, 500)),
        Reply(status=400, error={**told, "message": "marker maximum context length is 1000 tokens"}),
        Reply(raw=[b"data: " + event + b"\n\n"]),
        Reply(raw=[b"data: marker {\n\n"]),
        Reply(raw=[b'data: {"choices": [{"delta": {"content": "marker"}, "finish_reason": "marker"}]}\n\n']),
        Reply(["marker"], cut_after=0),
        Reply(["marker", "marker"], cut_after=1),
        Reply(["marker"], finish_reason="content_filter"),
    ]
    image = {"type": "image_url", "image_url": {"url": "https://marker.example/marker.png"}}
    asks: list[tuple[str, dict[str, Any]]] = [
        ("/v1/chat", {"messages": [{"role": "user", "content": "marker-question"}]}),
        ("/v1/chat", {"messages": [{"role": "user", "content": [{"type": "text", "text": "marker"}, image]}]}),
        ("/v1/edits", {"document": "marker-draft", "messages": [{"role": "user", "content": "marker-wish"}]}),
        ("/v1/summaries", {"messages": [{"role": "user", "content": "marker-talk"}], "previous": "marker"}),
        ("/v1/reflections", {"messages": [{"role": "user", "content": "marker-talk"}]}),
    ]
    for path, ask in asks:
        for failure in failures:
            model.reset()
            model.otherwise = lambda _, failure=failure: failure  # type: ignore[misc]
            answer = await http.post(path, json=ask, headers={**headers, "Idempotency-Key": new_id("marker")})
            assert answer.status_code < 500 or answer.json()["code"] != "internal_error", answer.text
    model.reset()


async def live(http: httpx.AsyncClient, model: ScriptedModel) -> dict[str, str]:
    """Register, log in, chat, err and attack, with a marker in every text; the ids and tokens that came up."""
    began = datetime.now(UTC).isoformat()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await http.get("/healthz")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    phone, password = new_phone(), "marker-password"
    made = await http.post("/v1/auth/register", json={"phone": phone, "password": password, "name": "marker-name"})
    assert made.status_code == 201
    for number in (phone, new_phone()):
        await http.post("/v1/auth/login", json={"phone": number, "password": "marker-wrong"})
    wish = {"phone": phone, "password": password, "device": f"phone\n{FORGED}\n"}
    again = (await http.post("/v1/auth/login", json=wish)).json()
    headers = {"Authorization": f"Bearer {again['access_token']}"}
    model.says("marker-answer")
    ask = {"messages": [{"role": "user", "content": "marker-question"}]}
    answer = await http.post("/v1/chat", json=ask, headers=headers)
    assert "marker-answer" in answer.text
    await fail(http, model, headers)
    document = {"name": "marker-name", "text": "marker-draft"}
    assert (await http.post("/v1/documents", json=document, headers=headers)).status_code == 201
    refused = await http.post("/v1/documents", json={**document, "marker-name": 1}, headers=headers)
    assert refused.status_code == 422
    assert (await http.get("/v1/admin/metrics", headers=headers)).status_code == 403
    tried_id = new_id("doc")
    assert (await http.get(f"/v1/documents/{tried_id}", headers=headers)).status_code == 404
    assert (await http.get("/v1/me", headers={"X-Request-ID": FORGED, "User-Agent": FORGED})).status_code == 401
    assert (await http.get(f"/%0a{FORGED}%0d%0a")).status_code == 404
    await http.post("/v1/auth/login", json={"phone": f"{phone}\n{FORGED}", "password": password})
    await http.post("/v1/auth/password-reset", json={"phone": phone})
    await http.get("/v1/runs?marker=marker", headers={**headers, "Last-Event-ID": "marker", "Cookie": "marker=1"})
    await http.post("/v1/edits", content=b'{"marker', headers={**headers, "Content-Type": "application/json"})
    await http.post("/v1/edits", content=b"marker", headers={**headers, "Content-Type": "text/marker"})
    assert (await http.get("/v1/me", headers={"Authorization": "Bearer marker.marker.marker"})).status_code == 401
    return {
        "began": began,
        "phone": phone,
        "user_id": made.json()["user"]["id"],
        "tried_id": tried_id,
        "access_token": again["access_token"],
        "refresh_token": again["refresh_token"],
        "first_refresh_token": made.json()["refresh_token"],
    }
