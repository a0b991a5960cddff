"""What is left when a process dies in the middle of a write, and what is left in the clear."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from redraft.config import Settings
from redraft.db import Database, connect
from redraft.documents import INDEXES, USER, DocumentData, Documents, DocumentStore
from redraft.documents.models import Save, Version
from redraft.ids import new_id
from redraft.indexes import prepare
from redraft.pool.jobs import Jobs
from redraft.repeats import Attempt
from redraft.vault import open_vault


@pytest.fixture(scope="module")
async def database(settings: Settings) -> AsyncIterator[Database]:
    assert settings.mongodb_url is not None
    async with connect(settings, settings.mongodb_url.get_secret_value()) as opened:
        await prepare(opened, INDEXES)  # no app has used this database before, when these tests run alone
        yield opened


@pytest.fixture(scope="module")
async def store(database: Database, settings: Settings) -> DocumentStore:
    return DocumentStore(database, await open_vault(settings, database))


def version(number: int, text: str) -> Version:
    now = datetime.now(UTC)
    return Version(version=number, author=USER, restored_from=None, bytes=len(text), created_at=now, text=text)


async def test_a_write_that_stops_between_its_two_halves_changes_nothing(
    store: DocumentStore, database: Database, settings: Settings
) -> None:
    documents = Documents(store, Jobs(settings), settings)
    head = await documents.create("usr_torn", "n.md", "One.\n", Attempt())
    lost = await store.replace(head, replace(head, newest=version(2, "Lost race.\n")))
    assert lost
    stale = await store.replace(
        head, replace(head, newest=version(2, "Second.\n"))
    )  # keeps version 1 again, then finds it is late
    assert not stale
    saved = await documents.save("usr_torn", head.id, Save("Three.\n", 2, None, USER), Attempt())
    assert saved.version == 3
    texts = [(await documents.version("usr_torn", head.id, number)).text for number in (1, 2, 3)]
    assert texts == ["One.\n", "Lost race.\n", "Three.\n"]


async def test_a_place_taken_by_a_process_that_died_is_passed_over(
    store: DocumentStore, database: Database, settings: Settings
) -> None:
    documents = Documents(store, Jobs(settings), settings)
    owner = new_id("usr")
    await documents.create(owner, "a.md", "a", Attempt())
    await documents.create(owner, "b.md", "b", Attempt())
    await database.db["document_places"].update_one({"_id": owner}, {"$set": {"taken": 1}})
    await documents.create(owner, "c.md", "c", Attempt())
    page = await documents.page(owner, None, None)
    assert [item.name for item in page.items] == ["c.md", "b.md", "a.md"]


async def test_neither_name_nor_text_is_kept_in_the_clear_and_both_are_exported(
    store: DocumentStore, database: Database, settings: Settings
) -> None:
    documents, owner = Documents(store, Jobs(settings), settings), new_id("usr")
    head = await documents.create(owner, "marker-name.md", "marker-one", Attempt())
    await documents.save(owner, head.id, Save("marker-two", 1, None, USER), Attempt())
    for collection in ("documents", "document_versions"):
        rows = await database.db[collection].find({"owner_id": owner}).to_list()
        assert rows
        assert "marker" not in repr(rows)
    source = DocumentData(store)
    (exported,) = [item async for item in source.export(owner)]
    assert exported["name"] == "marker-name.md"
    assert [each["text"] for each in exported["versions"]] == ["marker-one", "marker-two"]
    await source.erase(owner)
    for collection in ("documents", "document_versions", "document_places"):
        query = {"$or": [{"owner_id": owner}, {"_id": owner}]}
        assert await database.db[collection].find(query).to_list() == []
