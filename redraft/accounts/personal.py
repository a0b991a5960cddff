"""Everything that is kept of a user: handed out as one file, and let go for good."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import orjson
import structlog
from pymongo import ASCENDING, IndexModel
from pymongo.errors import PyMongoError

from redraft.accounts.audit import Audit
from redraft.accounts.models import Identity
from redraft.accounts.revocations import Revocations
from redraft.accounts.sessions import Sessions
from redraft.accounts.store import UserStore
from redraft.accounts.user_data import UserDataSource
from redraft.db import Database, Indexes, now
from redraft.errors import NotFound
from redraft.tasks import end
from redraft.vault import Vault

log = structlog.get_logger()

ERASURES = Indexes("erasures", (IndexModel([("next_at", ASCENDING)]),))
SWEEP_SECONDS = 30.0
# A worker that was busy for the user at the time of the erasure has written for the last time by then.
SECOND_PASS = timedelta(minutes=3)


class PersonalData:
    """Export and erasure, over every domain that keeps something of users."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        users: UserStore,
        sessions: Sessions,
        revocations: Revocations,
        audit: Audit,
        sources: Sequence[UserDataSource],
    ) -> None:
        self._revocations = revocations
        self._erasures = database.db[ERASURES.collection]
        self._vault = vault
        self._users = users
        self._sessions = sessions
        self._audit = audit
        self._sources = tuple(sources)

    async def export(self, caller: Identity) -> AsyncIterator[bytes]:
        """One JSON object, in pieces: the account, the sessions, and a list for each source. Raises `NotFound`."""
        account = await self._users.by_id(caller.user_id)
        if account is None:
            raise NotFound("This account was erased.")
        sessions = [each.model_dump(exclude={"current"}) for each in await self._sessions.of(caller.user_id)]
        events = [each.model_dump() for each in await self._audit.of(caller.user_id)]
        head = {
            "exported_at": now(),
            "account": (await self._users.shown(account)).model_dump(),
            "sessions": sessions,
            "security_events": events,
        }
        return self._archive(caller.user_id, _json(head))

    async def erase(self, caller: Identity) -> None:
        """Erase the account and everything kept of it. What a crash interrupts, the next sweep ends."""
        owner_id = caller.user_id
        erasure = {"$setOnInsert": {"requested_at": now()}, "$set": {"next_at": now() + SECOND_PASS}}
        await self._erasures.update_one({"_id": owner_id}, erasure, upsert=True)
        await self._erase(owner_id)

    @contextlib.asynccontextmanager
    async def sweeping(self) -> AsyncIterator[None]:
        """End erasures that a crash interrupted, and look again for what late writers left."""
        task = asyncio.create_task(self._sweep())
        try:
            yield
        finally:
            await end(task)

    async def sweep(self) -> None:
        """Erase again what is due, for the last time."""
        due = [each["_id"] async for each in self._erasures.find({"next_at": {"$lte": now()}}, {"_id": 1})]
        for owner_id in due:
            await self._erase(owner_id)
            await self._erasures.delete_one({"_id": owner_id})

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.sweep()
            except PyMongoError as error:
                log.warning("erasures wait for the database", error=type(error).__name__)
            except Exception:  # of whichever source: a loop that ended would leave erasures half done
                log.exception("an erasure is not finished")

    async def _erase(self, owner_id: str) -> None:
        await self._users.remove(owner_id)
        await self._sessions.erase(owner_id)
        await self._audit.erase(owner_id)
        await self._vault.destroy(owner_id)
        await self._revocations.add([owner_id])
        for source in self._sources:
            await source.erase(owner_id)

    async def _archive(self, owner_id: str, head: bytes) -> AsyncIterator[bytes]:
        yield head[:-1]
        for source in self._sources:
            yield b"," + _json(source.name) + b":["
            separator = b"\n"
            async for item in source.export(owner_id):
                yield separator + _json(item)
                separator = b",\n"
            yield b"]"
        yield b"}\n"


def _json(value: object) -> bytes:
    # Amounts of money are decimals, and stay exact as text.
    return orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z)
