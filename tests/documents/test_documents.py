"""Files that the server keeps: nobody's words are lost, and every version can come back."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from redraft.config import Settings
from redraft.web.pages import encode_cursor
from tests.clients import client_of
from tests.conftest import serving
from tests.people import Person, somebody


@pytest.fixture
async def ada(client: httpx.AsyncClient) -> Person:
    return await somebody(client)


async def created(client: httpx.AsyncClient, who: Person, text: str = "One.\n", name: str = "notes.md") -> str:
    response = await client.post("/v1/documents", json={"name": name, "text": text}, headers=who.headers)
    assert response.status_code == 201, response.text
    assert response.headers["location"] == f"/v1/documents/{response.json()['id']}"
    return str(response.json()["id"])


async def save(
    client: httpx.AsyncClient, who: Person, document_id: str, text: str, base: int, **more: object
) -> httpx.Response:
    body = {"text": text, "base_version": base, **more}
    return await client.put(f"/v1/documents/{document_id}", json=body, headers=who.headers)


async def test_a_saved_text_is_the_next_version_and_the_old_one_stays(client: httpx.AsyncClient, ada: Person) -> None:
    document_id = await created(client, ada, "Ein Text: 😀\r\n")
    saved = await save(client, ada, document_id, "Two.\n", 1)
    assert (saved.json()["version"], saved.json()["merged"]) == (2, False)
    old = await client.get(f"/v1/documents/{document_id}/versions/1", headers=ada.headers)
    assert old.json()["text"] == "Ein Text: 😀\r\n"
    now = await client.get(f"/v1/documents/{document_id}", headers=ada.headers)
    assert (now.json()["text"], now.json()["version"], now.json()["bytes"]) == ("Two.\n", 2, 5)


async def test_a_save_from_an_older_version_is_merged(client: httpx.AsyncClient, ada: Person) -> None:
    document_id = await created(client, ada, "First line.\n\nLast line.\n")
    await save(client, ada, document_id, "First line, changed here.\n\nLast line.\n", 1)
    merged = await save(client, ada, document_id, "First line.\n\nLast line, changed there.\n", 1)
    assert merged.json()["text"] == "First line, changed here.\n\nLast line, changed there.\n"
    assert (merged.json()["merged"], merged.json()["version"]) == (True, 3)


async def test_where_both_changed_the_same_words_nothing_is_overwritten(client: httpx.AsyncClient, ada: Person) -> None:
    document_id = await created(client, ada, "😀 The price is ten.\n")
    await save(client, ada, document_id, "😀 The price is twelve.\n", 1)
    refused = await save(client, ada, document_id, "😀 The price is nine.\n", 1)
    assert refused.status_code == 409
    body = refused.json()
    assert (body["code"], body["current_version"], body["status"]) == ("edit_conflict", 2, 409)
    (clash,) = body["conflicts"]
    units = body["document"].encode("utf-16-le")
    assert units[2 * clash["start"] : 2 * clash["end"]].decode("utf-16-le") == clash["mine"]
    assert "nine" in clash["mine"]
    assert "twelve" in clash["theirs"]
    now = await client.get(f"/v1/documents/{document_id}", headers=ada.headers)
    assert now.json()["text"] == "😀 The price is twelve.\n"
    settled = await save(client, ada, document_id, body["document"], body["current_version"])
    assert settled.json()["text"] == "😀 The price is nine.\n"


async def test_the_retry_of_a_save_adds_no_version(client: httpx.AsyncClient, ada: Person) -> None:
    document_id = await created(client, ada)
    for _ in range(2):
        response = await save(client, ada, document_id, "Two.\n", 1)
        assert response.json()["version"] == 2


async def test_many_tabs_at_once_lose_no_line(client: httpx.AsyncClient, ada: Person) -> None:
    lines = [f"Line {number}.\n\n" for number in range(8)]
    document_id = await created(client, ada, "".join(lines))

    async def edit(number: int) -> httpx.Response:
        changed = [*lines[:number], f"Line {number}, edited.\n\n", *lines[number + 1 :]]
        return await save(client, ada, document_id, "".join(changed), 1)

    answers = await asyncio.gather(*(edit(number) for number in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    now = (await client.get(f"/v1/documents/{document_id}", headers=ada.headers)).json()
    assert now["text"] == "".join(f"Line {number}, edited.\n\n" for number in range(8))
    assert now["version"] == 9
    versions = await client.get(f"/v1/documents/{document_id}/versions", headers=ada.headers)
    assert [item["version"] for item in versions.json()["items"]] == list(range(9, 0, -1))


async def test_restoring_writes_a_version_that_says_what_the_old_one_said(
    client: httpx.AsyncClient, ada: Person
) -> None:
    document_id = await created(client, ada)
    await save(client, ada, document_id, "Two.\n", 1, run_id="run_1")
    response = await client.post(f"/v1/documents/{document_id}/versions/1/restore", headers=ada.headers)
    assert (response.json()["text"], response.json()["version"]) == ("One.\n", 3)
    versions = (await client.get(f"/v1/documents/{document_id}/versions", headers=ada.headers)).json()["items"]
    assert [(each["version"], each["author"]["kind"], each["restored_from"]) for each in versions] == [
        (3, "user", 1),
        (2, "agent", None),
        (1, "user", None),
    ]
    assert versions[1]["author"]["run_id"] == "run_1"


async def test_any_two_versions_can_be_compared(client: httpx.AsyncClient, ada: Person) -> None:
    document_id = await created(client, ada, "The cat sat.\n")
    await save(client, ada, document_id, "The dog sat.\n", 1)
    for first, second, old, new in ((1, 2, "cat", "dog"), (2, 1, "dog", "cat")):
        answer = await client.get(
            f"/v1/documents/{document_id}/diff?from_version={first}&to_version={second}", headers=ada.headers
        )
        body = answer.json()
        assert f"-The {old} sat.\n+The {new} sat.\n" in body["diff"]
        assert [word["text"] for word in body["words"] if word["kind"] != "equal"] == [old, new]


async def test_pages_hold_every_document_once_also_across_deleted_ones(client: httpx.AsyncClient, ada: Person) -> None:
    ids = [await created(client, ada, name=f"{number}.md") for number in range(9)]
    for gone in ids[2:7]:
        response = await client.delete(f"/v1/documents/{gone}", headers=ada.headers)
        assert response.status_code == 204
    seen, cursor = [], None
    while True:
        parameters = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/v1/documents", params=parameters, headers=ada.headers)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [*ids[7:][::-1], *ids[:2][::-1]]


async def test_pages_of_versions_hold_each_once(client: httpx.AsyncClient, ada: Person) -> None:
    document_id = await created(client, ada)
    for number in range(2, 6):
        await save(client, ada, document_id, f"{number}.\n", number - 1)
    first = (await client.get(f"/v1/documents/{document_id}/versions?limit=2", headers=ada.headers)).json()
    parameters = {"limit": 3, "cursor": first["next_cursor"]}
    rest = (await client.get(f"/v1/documents/{document_id}/versions", params=parameters, headers=ada.headers)).json()
    assert [item["version"] for item in first["items"] + rest["items"]] == [5, 4, 3, 2, 1]
    assert rest["next_cursor"] is None


async def test_a_cursor_that_somebody_made_up_begins_with_the_newest(client: httpx.AsyncClient, ada: Person) -> None:
    document_id = await created(client, ada)
    parameters = {"cursor": encode_cursor(10**17), "limit": "1"}
    for address in ("/v1/documents", f"/v1/documents/{document_id}/versions"):
        page = (await client.get(address, params=parameters, headers=ada.headers)).json()
        assert (len(page["items"]), page["next_cursor"]) == (1, None)


async def test_a_rename_is_no_version(client: httpx.AsyncClient, ada: Person) -> None:
    document_id = await created(client, ada)
    answer = await client.patch(f"/v1/documents/{document_id}", json={"name": "b.md"}, headers=ada.headers)
    assert (answer.json()["name"], answer.json()["version"]) == ("b.md", 1)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"text": "x"},
        {"name": ""},
        {"name": "a\nb"},
        {"text": "x", "base_version": 9},
        {"name": "a", "base_version": 1},
        {"name": "a", "run_id": "run_1"},
    ],
)
async def test_a_change_that_says_too_little_or_too_much_is_refused(
    client: httpx.AsyncClient, ada: Person, change: dict[str, object]
) -> None:
    document_id = await created(client, ada)
    response = await client.patch(f"/v1/documents/{document_id}", json=change, headers=ada.headers)
    assert response.status_code == 422
    assert response.json()["errors"]


async def test_another_user_finds_nothing(client: httpx.AsyncClient, ada: Person) -> None:
    document_id = await created(client, ada)
    await save(client, ada, document_id, "Two.\n", 1)
    eve = await somebody(client)
    address = f"/v1/documents/{document_id}"
    answers = [
        await client.get(address, headers=eve.headers),
        await client.put(address, json={"text": "x", "base_version": 1}, headers=eve.headers),
        await client.patch(address, json={"name": "x"}, headers=eve.headers),
        await client.delete(address, headers=eve.headers),
        await client.get(f"{address}/versions", headers=eve.headers),
        await client.get(f"{address}/versions/1", headers=eve.headers),
        await client.post(f"{address}/versions/1/restore", headers=eve.headers),
        await client.get(f"{address}/diff?from_version=1&to_version=2", headers=eve.headers),
    ]
    assert [answer.status_code for answer in answers] == [404] * 8
    assert (await client.get("/v1/documents", headers=eve.headers)).json()["items"] == []
    assert (await client.get(f"{address}/versions/1", headers=ada.headers)).json()["text"] == "One.\n"


@pytest.fixture(scope="module")
async def tight(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    limits = {"document_versions": 2, "max_document_bytes": 1_000}
    async with serving(settings.model_copy(update=limits)) as url, client_of(url) as http:
        yield http


async def test_only_so_many_versions_are_kept(tight: httpx.AsyncClient) -> None:
    ada = await somebody(tight)
    document_id = await created(tight, ada)
    for number in range(2, 5):
        await save(tight, ada, document_id, f"{number}.\n", number - 1)
    versions = (await tight.get(f"/v1/documents/{document_id}/versions", headers=ada.headers)).json()
    assert [item["version"] for item in versions["items"]] == [4, 3]
    assert (await tight.get(f"/v1/documents/{document_id}/versions/2", headers=ada.headers)).status_code == 404
    stale = await save(tight, ada, document_id, "x\n", 1)
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")


async def test_a_text_over_the_limit_is_refused_in_bytes(tight: httpx.AsyncClient) -> None:
    ada = await somebody(tight)
    for text, status in (("é" * 500, 201), ("é" * 501, 413)):
        answer = await tight.post("/v1/documents", json={"name": "n", "text": text}, headers=ada.headers)
        assert answer.status_code == status
