"""Without its database the server refuses in words, lets nobody in, breaks nowhere, and comes back with it."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest

from redraft.embedded.database import embedded_database, free_port
from tests.accounts.conftest import login, refresh
from tests.clients import PATIENCE_SECONDS, client_of
from tests.conftest import make_settings, serving
from tests.people import PASSWORD, Person, new_phone, somebody
from tests.scripted_model import ScriptedModel

# Where a connection was being made when its time was up, the driver leaves the socket to the garbage collector.
pytestmark = [
    pytest.mark.usefixtures("forgotten_here"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]
TURN = {"messages": [{"role": "user", "content": "Hello."}]}
TEXTS = {"base": "a", "mine": "a", "theirs": "b"}


class Database:
    """A server that can go away: its process ends, or it falls silent."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._port = directory, free_port()
        self._running = contextlib.AsyncExitStack()
        self.url = ""

    async def start(self) -> None:
        self.url = await self._running.enter_async_context(embedded_database(self._directory, self._port))

    async def leave(self, how: str) -> None:
        await (self._running.aclose() if how == "gone" else self._signal(signal.SIGSTOP))

    async def come_back(self, how: str) -> None:
        await (self.start() if how == "gone" else self._signal(signal.SIGCONT))

    async def end(self) -> None:
        await self._running.aclose()

    async def _signal(self, number: signal.Signals) -> None:
        [process] = [each for each in psutil.Process().children() if str(self._directory) in each.cmdline()]
        process.send_signal(number)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    own = Database(tmp_path / "mongodb")
    await own.start()
    yield own
    await own.end()


@pytest.fixture
async def app(database: Database, model: ScriptedModel, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = make_settings(database.url, model, tmp_path, mongodb_timeout_seconds=3)
    async with serving(settings) as url, client_of(url) as http:
        yield http


async def answers(app: httpx.AsyncClient, bob: Person) -> list[httpx.Response]:
    """Of every kind of call that needs the database, from somebody who is signed in and from nobody."""
    return await asyncio.gather(
        login(app, bob),
        app.post("/v1/auth/login", json={"phone": new_phone(), "password": "not the password"}),
        refresh(app, bob.refresh_token),
        refresh(app, "ses_none.made.up"),
        app.post("/v1/auth/register", json={"phone": new_phone(), "password": PASSWORD}),
        app.post("/v1/auth/logout", headers=bob.headers),
        app.get("/v1/me", headers=bob.headers),
        app.get("/v1/conversations", headers=bob.headers),
        app.post("/v1/conversations", json={}, headers={**bob.headers, "Idempotency-Key": "once"}),
        app.post("/v1/chat", json=TURN, headers=bob.headers),
        app.get("/readyz"),
    )


@pytest.mark.parametrize("how", ["gone", "silent"])
async def test_nobody_gets_in_and_nothing_breaks_while_the_database_is_away(
    app: httpx.AsyncClient, database: Database, how: str
) -> None:
    ada, bob = await somebody(app), await somebody(app)
    assert (await app.post("/v1/auth/logout", headers=ada.headers)).status_code == 204
    await database.leave(how)

    for refused in await answers(app, bob):
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable"), refused.request.url
        assert int(refused.headers["retry-after"]) >= 1
    assert (await app.get("/v1/me", headers=ada.headers)).status_code == 401  # who had logged out stays out
    assert (await app.get("/v1/me")).status_code == 401
    assert (await app.get("/healthz")).status_code == 200
    # What needs no database is answered while the list of ended sessions is fresh, and no longer.
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (merged := await app.post("/v1/merges", json=TEXTS, headers=bob.headers)).status_code == 200:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert (merged.status_code, merged.json()["code"]) == (503, "unavailable")

    await database.come_back(how)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await login(app, bob)).status_code != 200:  # noqa: ASYNC110  the driver has not seen it yet
            await asyncio.sleep(0.1)
        while (await app.post("/v1/merges", json=TEXTS, headers=bob.headers)).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("how", ["gone", "silent"])
async def test_readiness_waits_for_no_operation_that_waits_for_the_database(
    database: Database, model: ScriptedModel, tmp_path: Path, how: str
) -> None:
    patient = make_settings(database.url, model, tmp_path, mongodb_timeout_seconds=PATIENCE_SECONDS)
    async with serving(patient) as url, client_of(url) as http:
        assert (await http.get("/readyz")).json() == {"status": "ok"}
        await database.leave(how)
        async with asyncio.timeout(PATIENCE_SECONDS / 3):
            refused = await http.get("/readyz")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        await database.come_back(how)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await http.get("/readyz")).status_code != 200:  # noqa: ASYNC110  the driver has not seen it yet
                await asyncio.sleep(0.1)
