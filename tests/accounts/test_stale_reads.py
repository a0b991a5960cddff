"""A primary that was just elected, or just deposed, may answer with what was so a moment ago."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from redraft.accounts.revocations import Revocations
from redraft.accounts.sessions import SESSIONS, Limits, Sessions
from redraft.config import Settings
from redraft.db import Database, Document
from redraft.errors import TokenReused
from redraft.ids import new_id
from redraft.vault import open_vault

NETWORK = "192.0.2.0/24"
LIFETIME = timedelta(minutes=15)


class Behind(Sessions):
    """Reads what was so at first, once."""

    old: Document | None = None

    async def _live(self, session_id: str, family: str) -> Document:
        old, self.old = self.old, None
        return old or await super()._live(session_id, family)


@pytest.mark.parametrize("refreshed", [1, 2])
async def test_a_session_that_is_read_as_it_was_is_no_theft(
    database: Database, settings: Settings, refreshed: int
) -> None:
    sessions = Behind(
        database, await open_vault(settings, database), Limits.of(settings), Revocations(database, LIFETIME)
    )
    grant, kept = await sessions.begun(new_id("usr"), 1, None, None)
    await database.db[SESSIONS.collection].insert_one(kept.document)
    old = await database.db[SESSIONS.collection].find_one({"_id": grant.session_id})
    token = grant.refresh_token
    for _ in range(refreshed):
        token = (await sessions.refresh(token, NETWORK)).refresh_token
    sessions.old = old
    assert (await sessions.refresh(token, NETWORK)).session_id == grant.session_id
    assert await sessions.live(grant.owner_id, grant.session_id)


async def test_a_theft_still_ends_the_session(database: Database, settings: Settings) -> None:
    sessions = Sessions(
        database, await open_vault(settings, database), Limits.of(settings), Revocations(database, LIFETIME)
    )
    grant, kept = await sessions.begun(new_id("usr"), 1, None, None)
    await database.db[SESSIONS.collection].insert_one(kept.document)
    spent = hashlib.sha256(b"another").digest()
    changed = {"$set": {"current": spent}}  # somebody else refreshed it, long enough ago
    await database.db[SESSIONS.collection].update_one({"_id": grant.session_id}, changed)
    with pytest.raises(TokenReused):
        await sessions.refresh(grant.refresh_token, NETWORK)
    assert not await sessions.live(grant.owner_id, grant.session_id)


async def test_an_end_that_a_primary_with_a_slow_clock_wrote_is_seen(database: Database) -> None:
    here = Revocations(database, LIFETIME)
    await Revocations(database, LIFETIME).add(["ses_1"])
    await here._read()
    behind = datetime.now(UTC) - timedelta(minutes=10)
    await database.db["revocations"].insert_one({"_id": "ses_2", "at": behind})
    await here._read()
    assert "ses_1" in here
    assert "ses_2" in here
