"""`/metrics`: what it tells, and to whom."""

from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from redraft.config import Settings
from tests.clients import client_of
from tests.conftest import serving
from tests.people import somebody
from tests.scripted_model import Reply, ScriptedModel


async def value(client: httpx.AsyncClient, sample: str, **labels: str) -> float:
    """The sum of a sample's values that have these labels."""
    text = (await client.get("/metrics")).text
    found = [each for family in text_string_to_metric_families(text) for each in family.samples if each.name == sample]
    return sum(each.value for each in found if labels.items() <= each.labels.items())


async def test_a_turn_counts_its_request_its_call_and_its_tokens(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    ada = await somebody(client)
    labels = {"provider": "openai", "model": "gpt-4o-mini"}
    before = [
        await value(client, "redraft_model_calls_total", agent="chat", outcome="ok", **labels),
        await value(client, "redraft_model_tokens_total", kind="output", **labels),
        await value(client, "redraft_http_request_seconds_count", method="POST", route="/v1/chat", status="200"),
    ]
    model.says(Reply(["One", " two", "."]))
    ask = {"messages": [{"role": "user", "content": "Hello."}], "stream": False}
    assert (await client.post("/v1/chat", json=ask, headers=ada.headers)).status_code == 200
    after = [
        await value(client, "redraft_model_calls_total", agent="chat", outcome="ok", **labels),
        await value(client, "redraft_model_tokens_total", kind="output", **labels),
        await value(client, "redraft_http_request_seconds_count", method="POST", route="/v1/chat", status="200"),
    ]
    assert [late - early for early, late in zip(before, after, strict=True)] == [1, 3, 1]


async def test_it_names_no_user_and_no_address_as_sent(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    await client.get("/v1/documents/doc_made_up", headers=ada.headers)
    await client.request("MADEUP", "/v1/nothing-made-up")
    text = (await client.get("/metrics")).text
    assert 'route="/v1/documents/{document_id}"' in text
    for secret in (ada.id, "made_up", "made-up", "MADEUP", ada.phone):
        assert secret not in text


@pytest.fixture(scope="module")
async def guarded(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    changed = settings.model_validate({**settings.model_dump(), "metrics_token": "s3cret-token-0123"})
    async with serving(changed) as url, client_of(url) as http:
        yield http


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"X-Forwarded-For": "203.0.113.9"}, 403),
        ({"Forwarded": "for=127.0.0.1"}, 403),
        ({"X-Forwarded-For": "203.0.113.9", "Authorization": "Bearer s3cret-token-0123"}, 200),
        ({"Authorization": "Bearer wrong"}, 403),
        ({"Host": "localhost:8000"}, 200),
        ({"Host": "[::1]"}, 200),
        ({"Host": "rebound.example"}, 403),
        ({"Host": "127.0.0.1.rebound.example"}, 403),
        ({"Host": "192.168.0.7"}, 403),
        ({"Host": "rebound.example", "Authorization": "Bearer s3cret-token-0123"}, 200),
    ],
)
async def test_only_this_machine_and_the_tokens_bearer_may_read_it(
    guarded: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    assert (await guarded.get("/metrics", headers=headers)).status_code == status
