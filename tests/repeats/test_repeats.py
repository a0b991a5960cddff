"""The same request under the same `Idempotency-Key`: one effect and one answer, on whichever replica, however often."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from redraft.config import Settings
from tests.clients import client_of
from tests.conftest import serving
from tests.people import Person, somebody
from tests.repeats.database_link import holding_back_answers
from tests.repeats.writes import DRAFT, Write, a_document, items, sendable, write
from tests.replicas import replica
from tests.scripted_model import ScriptedModel

RUNS = {
    "post /v1/chat",
    "post /v1/edits",
    "post /v1/summaries",
    "post /v1/reflections",
    "post /v1/conversations/{conversation_id}/summary",
}
"""What keeps its keys with the run that it starts: tests/runs."""
WRITES = [
    "post /v1/conversations",
    "patch /v1/conversations/{conversation_id}",
    "put /v1/conversations/{conversation_id}/summary",
    "post /v1/documents",
    "put /v1/documents/{document_id}",
    "patch /v1/documents/{document_id}",
    "post /v1/documents/{document_id}/versions/{version}/restore",
    "post /v1/edits/{edit_id}/apply",
    "post /v1/feedback",
    "put /v1/reflections",
    "patch /v1/reflections/{reflection_id}",
    "post /v1/me/phone",
]
CONFIRMS = {"post /v1/me/phone/confirm"}
"""Needs the code of a text message: the test below has one."""
WITHOUT = {
    "post /v1/auth/register": "the answer holds tokens; again, it is a 409",
    "post /v1/auth/login": "the answer holds tokens; again, it is another session",
    "post /v1/auth/refresh": "has a grace time of its own",
    "post /v1/auth/logout": "again, it is a 401",
    "post /v1/auth/logout-all": "again, it is a 401",
    "post /v1/auth/password-reset": "nobody is signed in; bounded by number",
    "post /v1/auth/password-reset/confirm": "nobody is signed in; its code works once",
    "post /v1/me/password": "the answer holds tokens; again, it is a 401",
    "post /v1/me/second-factor": "the answer holds a secret; the last one offered counts",
    "post /v1/me/second-factor/confirm": "the answer holds recovery codes",
    "post /v1/me/second-factor/remove": "again, there is none to remove",
    "post /v1/admin/invites": "the answer holds a code; again, it is another invite",
    "post /v1/merges": "keeps nothing; its answer follows from its body",
    "patch /v1/me": "again, it changes nothing",
}
"""What takes no key, and what sending it again does."""


@pytest.fixture(scope="module")
async def pair(base_url: str, settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """Clients of two replicas with one database."""
    async with (
        serving(settings) as other,
        client_of(base_url) as first,
        client_of(other) as second,
    ):
        yield first, second


def seen(answer: httpx.Response) -> tuple[int, bytes, str | None, str | None]:
    """What a client has of an answer."""
    headers = answer.headers
    return answer.status_code, answer.content, headers.get("location"), headers.get("content-type")


async def send(client: httpx.AsyncClient, ada: Person, of: Write, key: str) -> httpx.Response:
    headers = {**ada.headers, "Idempotency-Key": key}
    return await client.request(of.method, of.path, headers=headers, **sendable(of))


async def insist(client: httpx.AsyncClient, ada: Person, of: Write, key: str) -> httpx.Response:
    """Send again, as a client should, while the first request is not finished."""
    while (answer := await send(client, ada, of, key)).status_code == 409:
        assert answer.json()["code"] == "request_running"
        await asyncio.sleep(int(answer.headers["retry-after"]))
    return answer


async def test_every_write_takes_a_key_or_has_a_reason_not_to(client: httpx.AsyncClient) -> None:
    keyed, others = set(), set()
    for path, calls in (await client.get("/openapi.json")).json()["paths"].items():
        for method, call in calls.items():
            names = {each["name"] for each in call.get("parameters", [])}
            if "Idempotency-Key" in names:
                keyed.add(f"{method} {path}")
                assert "409" in call["responses"]
            elif method in ("post", "put", "patch"):
                others.add(f"{method} {path}")
    assert keyed == RUNS | set(WRITES) | CONFIRMS
    assert others == set(WITHOUT)


@pytest.mark.parametrize("call", WRITES)
async def test_twenty_at_once_on_two_replicas_are_one(
    pair: tuple[httpx.AsyncClient, httpx.AsyncClient], model: ScriptedModel, call: str
) -> None:
    ada = await somebody(pair[0])
    wish = await write(call, pair[0], ada, model)
    before = await wish.count(pair[0]) if wish.count else 0
    answers = await asyncio.gather(*(send(pair[place % 2], ada, wish, "k-1") for place in range(20)))
    assert answers[0].is_success, answers[0].text
    assert {seen(each) for each in answers} == {seen(answers[0])}
    assert sum("idempotent-replayed" not in each.headers for each in answers) == 1
    if wish.count:
        assert await wish.count(pair[1]) == before + 1
    for changed in (
        await pair[1].request(
            wish.method, wish.path, json=wish.other, headers={**ada.headers, "Idempotency-Key": "k-1"}
        ),
        await pair[0].post("/v1/documents", json={"name": "x"}, headers={**ada.headers, "Idempotency-Key": "k-1"}),
    ):
        assert (changed.status_code, changed.json()["code"]) == (422, "idempotency_key_reused")
    if wish.count:
        assert await wish.count(pair[1]) == before + 1


async def test_keys_are_each_users_own(client: httpx.AsyncClient) -> None:
    made = []
    for person in (await somebody(client), await somebody(client, "Eve")):
        headers = {**person.headers, "Idempotency-Key": "same"}
        made.append((await client.post("/v1/conversations", json={"title": "Mine"}, headers=headers)).json()["id"])
    assert made[0] != made[1]


async def test_a_refused_request_leaves_its_key_free(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    headers = {**ada.headers, "Idempotency-Key": "try"}
    for refused in ({"name": ""}, {"name": "a.md", "text": "x" * 1_000_001}):
        answer = await client.post("/v1/documents", json=refused, headers=headers)
        assert answer.status_code in (413, 422)
    made = await client.post("/v1/documents", json={"name": "a.md"}, headers=headers)
    assert made.status_code == 201
    assert "idempotent-replayed" not in made.headers


async def test_a_key_of_a_run_is_no_other_requests_and_the_other_way_round(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    turn = {"messages": [{"role": "user", "content": "Hello"}], "stream": False}
    file = {"name": "a.md"}
    for key, calls in {"a": ("/v1/chat", "/v1/documents"), "b": ("/v1/documents", "/v1/chat")}.items():
        for path, refused in zip(calls, (False, True), strict=True):
            body = turn if path == "/v1/chat" else file
            answer = await client.post(path, json=body, headers={**ada.headers, "Idempotency-Key": key})
            assert answer.is_success is not refused, answer.text
            if refused:
                assert answer.json()["code"] == "idempotency_key_reused"
    again = await client.post("/v1/documents", json=file, headers={**ada.headers, "Idempotency-Key": "b"})
    assert again.headers["idempotent-replayed"] == "true"
    assert await items("/v1/documents", ada)(client) == 1


async def test_a_key_with_a_line_end_in_it_is_none(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    for key in ("two words", "x" * 201):
        headers = {**ada.headers, "Idempotency-Key": key}
        answer = await client.post("/v1/conversations", json={}, headers=headers)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "header.Idempotency-Key"


@contextlib.asynccontextmanager
async def dying(settings: Settings, **changed: Any) -> AsyncIterator[tuple[httpx.AsyncClient, Any, Any]]:
    """A replica whose answers are never kept, the process to kill, and the link that holds them back."""
    assert settings.mongodb_url is not None
    async with holding_back_answers(settings.mongodb_url.get_secret_value()) as link:
        linked = settings.model_copy(update={"mongodb_url": SecretStr(link.url)})
        async with (
            replica(linked, **changed) as doomed,
            client_of(doomed.url) as client,
        ):
            yield client, doomed.process, link


async def test_a_replica_that_is_killed_between_effect_and_answer_leaves_one_effect(
    pair: tuple[httpx.AsyncClient, httpx.AsyncClient], settings: Settings, model: ScriptedModel
) -> None:
    ada = await somebody(pair[0])
    calls = [each for each in WRITES if each != "post /v1/me/phone"]
    # To write all items anew takes away the one that another call changes at the same time.
    calls = [call for call in calls if call != "patch /v1/reflections/{reflection_id}"]
    wishes = [await write(call, pair[0], ada, model) for call in calls]
    saved, restored = await a_document(pair[0], ada, DRAFT), await a_document(pair[0], ada, DRAFT, "Second.\n")
    before = [await wish.count(pair[0]) if wish.count else 0 for wish in wishes]
    overtaken = {
        "saved": Write("put", saved, {"text": "Mine.\n", "base_version": 1}, None),
        "restored": Write("post", f"{restored}/versions/1/restore", None, None),
    }
    impatient = settings.model_copy(update={"idempotency_wait_seconds": 0.0})
    async with (
        dying(settings, idempotency_lease_seconds=8, mongodb_pool_size=40) as (client, process, link),
        serving(impatient) as hasty_url,
        client_of(hasty_url) as hasty,
    ):
        lost = [asyncio.create_task(send(client, ada, wishes[0], "k-0"))]
        await link.until_held(1)  # the effect is there, and nobody has an answer
        told = await send(hasty, ada, wishes[0], "k-0")
        assert (told.status_code, told.json()["code"], told.headers["retry-after"]) == (409, "request_running", "1")
        lost += [asyncio.create_task(send(client, ada, wish, f"k-{n}")) for n, wish in enumerate(wishes) if n]
        lost += [asyncio.create_task(send(client, ada, wish, key)) for key, wish in overtaken.items()]
        await link.until_held(len(lost))
        repeats = [asyncio.create_task(insist(pair[0], ada, wish, f"k-{n}")) for n, wish in enumerate(wishes)]
        process.kill()
        assert all(isinstance(each, httpx.HTTPError) for each in await asyncio.gather(*lost, return_exceptions=True))
        answers = await asyncio.gather(*repeats)

    for number, (call, wish, answer) in enumerate(zip(calls, wishes, answers, strict=True)):
        assert answer.is_success, f"{call}: {answer.text}"
        assert seen(await send(pair[1], ada, wish, f"k-{number}")) == seen(answer), call
        if wish.count:
            assert await wish.count(pair[1]) == before[number] + 1, call
    await assert_not_taken_back(pair, ada, overtaken)


async def assert_not_taken_back(
    pair: tuple[httpx.AsyncClient, httpx.AsyncClient], ada: Person, overtaken: dict[str, Write]
) -> None:
    """Others save; then the repeat of what was done before tells what it did, and does not do it to their text."""
    for (key, wish), newest, text in zip(overtaken.items(), (2, 3), ("Mine.\n", DRAFT), strict=True):
        path = wish.path.removesuffix("/versions/1/restore")
        theirs = {"text": "Theirs.\n", "base_version": newest}
        assert (await pair[0].put(path, json=theirs, headers=ada.headers)).json()["version"] == newest + 1
        answers = [await insist(client, ada, wish, key) for client in pair]
        for answer in answers:
            assert (answer.json()["version"], answer.json()["text"]) == (newest, text)
        assert ["idempotent-replayed" in each.headers for each in answers] == [False, True]
        now = (await pair[1].get(path, headers=ada.headers)).json()
        assert (now["version"], now["text"]) == (newest + 1, "Theirs.\n")
