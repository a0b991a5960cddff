"""What a running server logs: who did what when, and nothing of what people say or who they are."""

import asyncio
import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
import structlog
from starlette.types import Receive, Scope, Send

from redraft import logs
from redraft.embedded.database import free_port
from redraft.ids import new_id
from redraft.web.requests import LastResort, RequestLog
from tests.clients import PATIENCE_SECONDS, client_of
from tests.people import new_phone
from tests.scripted_model import ScriptedModel

SECRETS = ("marker-password", "marker-question", "marker-answer", "marker-draft", "marker-name", "marker-wrong")
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
    for secret in (*SECRETS, "marker-key", log.life["phone"], log.life["phone"][3:]):
        assert secret not in log.text
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
    assert [(each.get("user_id"), each["code"]) for each in nobody] == [(None, "unauthenticated")]
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
    """Puts the logging of the test run back in the end."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("own_logging")
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_value_with_line_breaks_stays_on_its_line(
    capsys: pytest.CaptureFixture[str], form: Literal["json", "console"]
) -> None:
    logs.configure("info", form)
    evil = "a\n2026 [info] forged\r\x1b[2J\u2028\x85b"
    structlog.get_logger().info("request", device=evil)
    logging.getLogger("a library").warning("refused %s", evil)
    lines = re.sub(r"\x1b\[[0-9]*m", "", capsys.readouterr().err)  # without the console's own colours
    assert lines.count("forged") == 2
    assert len(lines.splitlines()) == 2
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028]", lines)


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
    return {
        "began": began,
        "phone": phone,
        "user_id": made.json()["user"]["id"],
        "tried_id": tried_id,
        "access_token": again["access_token"],
        "refresh_token": again["refresh_token"],
        "first_refresh_token": made.json()["refresh_token"],
    }
