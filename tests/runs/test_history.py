"""What a run is told of its conversation, and what a replica remembers of it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from redraft.config import Settings
from redraft.conversations import ConversationStore
from redraft.db import connect, now
from redraft.ids import new_id
from redraft.llm import Message
from redraft.runs.history import Histories
from redraft.runs.models import NewRun, Outcome, RunRecord, Turn
from redraft.vault import OwnerKey, Vault, open_vault
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.people import somebody
from tests.scripted_model import ScriptedModel

ASKED: list[Message] = [{"role": "user", "content": "One?"}]
SAID: list[Message] = [*ASKED, {"role": "assistant", "content": "First."}]
THEN: list[Message] = [{"role": "user", "content": "Two?"}]


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[tuple[ConversationStore, Vault]]:
    assert settings.mongodb_url is not None
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        vault = await open_vault(settings, database)
        yield ConversationStore(database, vault), vault


async def first_turn(vault: Vault) -> tuple[RunRecord, OwnerKey]:
    """A turn that has ended, of which nothing is stored."""
    new = NewRun("chat", new_id("usr"), {}, turn=Turn(new_id("conv"), 0, ASKED))
    record = RunRecord.begun(new_id("run"), new, now(), None, None)
    return replace(record, outcome=Outcome("First.")), await vault.key(new.owner_id)


def following(record: RunRecord) -> RunRecord:
    assert record.turn is not None
    return replace(record, turn=Turn(record.turn.conversation_id, len(SAID), THEN), outcome=None)


async def test_the_turn_before_is_not_read_again(store: tuple[ConversationStore, Vault]) -> None:
    histories = Histories(store[0], 0, kept_bytes=100_000)
    record, key = await first_turn(store[1])
    histories.keep(record, key)
    assert await histories.chat(following(record), key) == SAID + THEN


async def test_no_more_is_kept_than_was_allowed(store: tuple[ConversationStore, Vault]) -> None:
    histories = Histories(store[0], 0, kept_bytes=200)
    turns = [await first_turn(store[1]) for _ in range(3)]
    for turn in turns:
        histories.keep(*turn)
    seen = [len(await histories.chat(following(record), key)) for record, key in turns]
    assert seen == [1, 1, 3], "the chat that was used last, of 150 bytes or so"


async def test_who_was_erased_is_forgotten(store: tuple[ConversationStore, Vault]) -> None:
    histories = Histories(store[0], 0, kept_bytes=100_000)
    record, key = await first_turn(store[1])
    histories.keep(record, key)
    histories.forget([record.owner_id])
    assert await histories.chat(following(record), key) == THEN


async def test_a_chat_that_changes_replicas_is_whole_on_each(settings: Settings, model: ScriptedModel) -> None:
    assert settings.mongodb_url is not None
    apart = make_settings(settings.mongodb_url.get_secret_value(), model, settings.data_dir)
    async with serving(apart) as one, serving(apart) as two, client_of(one) as here, client_of(two) as there:
        ada = await somebody(here)
        conversation = (await here.post("/v1/conversations", json={}, headers=ada.headers)).json()["id"]
        said: list[str] = []
        for client, word in ((here, "a"), (there, "b"), (there, "c"), (here, "d"), (here, "e")):
            model.says(word.upper())
            ask = {"conversation_id": conversation, "messages": [{"role": "user", "content": word}]}
            await client.post("/v1/chat", json=ask, headers=ada.headers)
            asked = [each["content"] for each in model.asked[-1]["messages"] if each["role"] != "system"]
            assert asked == [*said, word]
            said += [word, word.upper()]
