"""An app with a database of its own, so that whole sums can be known."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from redraft.config import Settings
from redraft.db import Database, connect
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import Person, somebody
from tests.scripted_model import ScriptedModel


@dataclass
class Deployment:
    """A client of the app, its settings, and its database."""

    http: httpx.AsyncClient
    settings: Settings
    database: Database

    async def admin(self) -> Person:
        """A user who may read the metrics."""
        person = await somebody(self.http)
        await self.database.db["users"].update_one({"_id": person.id}, {"$set": {"is_admin": True}})
        return person

    async def chat(self, person: Person) -> str:
        """One turn of a chat, to its end; its run's id."""
        ask = {"messages": [{"role": "user", "content": "Hello."}], "stream": False}
        response = await self.http.post("/v1/chat", json=ask, headers=person.headers)
        assert response.status_code == 200, response.text
        return str(response.json()["run_id"])


@pytest.fixture
async def alone(mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> AsyncIterator[Deployment]:
    settings = make_settings(mongodb_url, model, tmp_path)
    async with (
        serving(settings) as url,
        client_of(url) as http,
        connect(settings, mongodb_url) as database,
    ):
        yield Deployment(http, settings, database)
