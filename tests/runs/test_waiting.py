"""A turn that waits, and is another replica's by now."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from redraft.config import Settings
from redraft.conversations import ConversationStore
from redraft.conversations.store import Conversation
from redraft.db import connect, now
from redraft.ids import new_id
from redraft.runs.events import RunStarted
from redraft.runs.log import Log
from redraft.runs.models import NewRun, RunRecord, Turn, Wait
from redraft.runs.queue import Queue
from redraft.runs.run import Active
from redraft.runs.settle import Settler
from redraft.runs.store import RunStore
from redraft.runs.stored import Held, Lease
from redraft.runs.writer import Writer
from redraft.vault import open_vault
from tests.clients import PATIENCE_SECONDS


async def test_it_is_let_go_of_also_where_its_cancellation_got_lost(settings: Settings) -> None:
    assert settings.mongodb_url is not None
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        vault = await open_vault(settings, database)
        store, talks = RunStore(database, vault, timedelta(hours=1)), ConversationStore(database, vault)
        owner_id, moment, mine = new_id("usr"), datetime.now(UTC), Lease("replica_1", "lease_1")
        talk = Conversation(new_id("conv"), owner_id, 1, None, 0, moment, moment)
        assert await talks.insert(talk)
        new = NewRun("chat", owner_id, {}, Turn(talk.id, None, [{"role": "user", "content": "Hello"}]))
        record = RunRecord.begun(new_id("run"), new, now(), None, Wait(0))
        assert await store.insert(record, new, mine, [])
        theirs = replace(mine, replica="replica_2", token="lease_2")
        assert await store.take_over(Held(record.id, owner_id, mine, "queued", stop_asked=False), theirs)
        active = Active(record, mine, await vault.key(owner_id), Log())  # no work: nothing can be cancelled
        held = {record.id: active}
        queue = Queue(store, Writer(store, held, 1.0), Settler(store, talks, database, vault, {}), talks, held, 10)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await queue.wait(active, RunStarted(record.id, "chat", ""))
        assert active.lost
        found = await store.get(owner_id, record.id)
        assert found is not None
        assert found.status == "queued"
        await store.erase(owner_id)
        await talks.erase(owner_id)
