"""Images in requests: taken, limited, refused by name; and those that were stored before they were looked at."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from redraft.config import Settings
from redraft.conversations import StoredMessage, count_write, message_writes
from redraft.db import connect
from redraft.ids import new_id
from redraft.llm.images import LEFT_OUT
from redraft.vault.vault import open_vault
from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.images import FORMATS, PNG, data_url, image
from tests.people import somebody
from tests.scripted_model import ScriptedModel

DOCUMENT = {"original": "One.\n", "editing": "One.\n"}
REMOTE = "https://images.example.com/a.png"


def said(*urls: str) -> list[dict[str, Any]]:
    images = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return [{"role": "user", "content": [{"type": "text", "text": "Look."}, *images]}]


@pytest.mark.parametrize(
    ("address", "body"),
    [("/v1/chat", {}), ("/v1/edits", {"document": DOCUMENT}), ("/v1/summaries", {}), ("/v1/reflections", {})],
)
async def test_every_call_that_takes_messages_looks_at_images(
    client: httpx.AsyncClient, model: ScriptedModel, address: str, body: dict[str, Any]
) -> None:
    ada = await somebody(client)
    bad = ["data:image/png;base64,/etc/hostname", REMOTE, "file:///etc/hostname"]
    messages = [{"role": "assistant", "content": "Hi."}, *said(PNG, *bad)]
    answer = await client.post(address, json={"messages": messages, **body}, headers=ada.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    errors = {each["field"]: each["message"] for each in answer.json()["errors"]}
    assert list(errors) == [f"messages.1.content.{at}.image_url.url" for at in (2, 3, 4)]
    assert "REDRAFT_REMOTE_IMAGES" in errors["messages.1.content.3.image_url.url"]
    assert "hostname" not in answer.text
    assert model.asked == []


async def test_images_are_limited_in_number_size_and_pixels(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    limits = {"max_images": 2, "max_image_bytes": 1_000, "max_image_pixels": 600}
    large = data_url("image/png", image("image/png") + bytes(1_000))
    wide = data_url("image/gif", image("image/gif", (61, 10)))
    async with serving(make_settings(mongodb_url, model, tmp_path, **limits)) as url, client_of(url) as client:
        ada = await somebody(client)
        for urls, at, setting in (
            ([PNG, PNG, PNG], 3, "takes 2"), ([PNG, large], 2, "1000 bytes"), ([wide], 1, "600 pixels"),
        ):  # fmt: skip
            answer = await client.post("/v1/chat", json={"messages": said(*urls)}, headers=ada.headers)
            (error,) = answer.json()["errors"]
            assert (answer.status_code, error["field"]) == (422, f"messages.0.content.{at}.image_url.url")
            assert setting in error["message"]
        two = {"messages": said(PNG, data_url("image/gif", image("image/gif", (60, 10)))), "stream": False}
        assert (await client.post("/v1/chat", json=two, headers=ada.headers)).status_code == 200
    assert len(model.asked) == 1


async def test_images_of_every_kind_reach_the_model_and_come_back(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    made = await client.post("/v1/conversations", json={}, headers=ada.headers)
    urls = [data_url(media_type, image(media_type)) for media_type in FORMATS]
    turn = {"messages": said(*urls), "conversation_id": made.json()["id"], "stream": False}
    assert (await client.post("/v1/chat", json=turn, headers=ada.headers)).status_code == 200
    assert model.asked[-1]["messages"][-1] == said(*urls)[0]
    kept = await client.get(f"/v1/conversations/{made.json()['id']}/messages", headers=ada.headers)
    assert [part["image_url"]["url"] for part in kept.json()["items"][0]["content"][1:]] == urls


async def test_a_conversation_with_images_of_before_goes_on_without_those_that_are_none(
    client: httpx.AsyncClient, model: ScriptedModel, settings: Settings
) -> None:
    ada = await somebody(client)
    conversation = (await client.post("/v1/conversations", json={}, headers=ada.headers)).json()["id"]
    old = ["data:image/png;base64,/etc/hostname", REMOTE, "http://169.254.169.254/", PNG]
    await stored(settings, ada.id, conversation, said(*old)[0]["content"])
    turn = {"messages": [{"role": "user", "content": "And now?"}], "conversation_id": conversation, "stream": False}
    answer = await client.post("/v1/chat", json=turn, headers=ada.headers)
    assert answer.status_code == 200, answer.text
    left_out = {"type": "text", "text": LEFT_OUT}
    sent = [each["content"] for each in model.asked[-1]["messages"] if isinstance(each["content"], list)]
    assert sent == [[{"type": "text", "text": "Look."}, left_out, left_out, left_out, said(PNG)[0]["content"][1]]]
    for address in ("/v1/summaries", "/v1/reflections"):
        model.says('{"style": [], "facts": []}')
        again = await client.post(address, json={"conversation_id": conversation}, headers=ada.headers)
        assert again.status_code == 200, again.text


async def stored(settings: Settings, owner_id: str, conversation: str, content: list[dict[str, Any]]) -> None:
    """A message of the user as an earlier version stored it, without a look at its images."""
    assert settings.mongodb_url is not None
    now = datetime.now(UTC)
    old = StoredMessage("msg_" + new_id("old"), conversation, owner_id, 1, "user", content, "complete", "run_0", now)
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        key = await (await open_vault(settings, database)).key(owner_id)
        await database.write([*message_writes([old], key), count_write(owner_id, conversation, 1, now)])
