"""Attacks on a deployment of two replicas, each `redraft serve` in a process of its own, with only the database shared.

They stand behind a proxy on this machine, as real ones do, so that a test can come from many addresses.
"""

import asyncio
import itertools
import json
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from redraft.config import Settings
from tests.accounts.clock import pass_time
from tests.accounts.conftest import bearer, login, refresh, until_refused
from tests.accounts.forging import forgeries, misused, own_signature, parts, public_key
from tests.clients import PATIENCE_SECONDS, client_of
from tests.conftest import make_settings, serving
from tests.people import Person, new_phone, person, somebody
from tests.replicas import replica
from tests.scripted_model import ScriptedModel

FREE_FAILURES, FREE_FAILURES_OF_THE_NUMBER, FAILURES_OF_AN_ADDRESS = 4, 9, 12
HEAD_SECONDS, BODY_SECONDS = 5, 4
LIMITS = {
    "trusted_proxies": "127.0.0.1",
    "login_free_failures": FREE_FAILURES,
    "login_free_failures_per_number": FREE_FAILURES_OF_THE_NUMBER,
    "login_failures_per_address_hour": FAILURES_OF_AN_ADDRESS,
    "max_head_bytes": 8_192,
    "head_seconds": HEAD_SECONDS,
    "body_seconds": BODY_SECONDS,
}
RESET = b"reset"
"""Said by a server that did not read to the end: its answer may be lost on the way."""
_numbers = itertools.count(1)


@dataclass
class Pair:
    """Two replicas of one deployment."""

    settings: Settings
    clients: tuple[httpx.AsyncClient, httpx.AsyncClient]


@pytest.fixture(scope="module")
async def attacked(
    mongodb_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Settings, str, str]]:
    settings = make_settings(mongodb_url, model, tmp_path_factory.mktemp("attacked"))
    async with replica(settings, **LIMITS) as first, replica(settings, **LIMITS) as second:
        yield settings, first.url, second.url


@pytest.fixture
async def pair(attacked: tuple[Settings, str, str]) -> AsyncIterator[Pair]:
    """Each test comes from a network of its own: what others tried does not count against it."""
    settings, first, second = attacked
    home = from_somewhere()
    async with client_of(first, home) as one, client_of(second, home) as other:
        yield Pair(settings, (one, other))


def from_somewhere() -> dict[str, str]:
    """Headers of a request from a network that nobody else uses."""
    number = next(_numbers)
    return {"X-Forwarded-For": f"198.{18 + number // 250}.{number % 250}.7"}


async def guess(client: httpx.AsyncClient, phone: str, origin: dict[str, str]) -> httpx.Response:
    return await client.post("/v1/auth/login", json={"phone": phone, "password": "a wrong guess"}, headers=origin)


async def ending(client: httpx.AsyncClient, ada: Person, session_id: str) -> str | None:
    """Why a session of hers ended, as a new login sees it."""
    entered = await login(client, ada)
    listed = (await client.get("/v1/me/sessions", headers=bearer(entered))).json()["items"]
    reason: str | None = next(each["end_reason"] for each in listed if each["id"] == session_id)
    return reason


def session_of(ada: Person) -> str:
    return str(parts(ada)[1]["sid"])


async def test_a_token_refreshed_fifty_times_at_once_has_one_successor_again_and_again(pair: Pair) -> None:
    ada = await somebody(pair.clients[0])
    token = ada.refresh_token
    for _ in range(3):
        answers = await asyncio.gather(*(refresh(pair.clients[turn % 2], token) for turn in range(50)))
        assert {each.status_code for each in answers} == {200}
        successors = {each.json()["refresh_token"] for each in answers}
        assert len(successors) == 1
        token = successors.pop()
    assert await ending(pair.clients[1], ada, session_of(ada)) is None


@pytest.mark.parametrize("thief_comes_first", [True, False])
async def test_a_stolen_refresh_token_ends_the_session_for_both_and_the_list_says_why(
    pair: Pair, thief_comes_first: bool
) -> None:
    here, there = pair.clients
    ada, other = await somebody(here), None
    other = person((await login(here, ada)).json())
    first, second = (there, here) if thief_comes_first else (here, there)
    winner = person((await refresh(first, ada.refresh_token)).json())
    await pass_time(pair.settings, ada.refresh_token, timedelta(seconds=31))
    assert (await refresh(second, ada.refresh_token, from_somewhere())).status_code == 401
    for client in pair.clients:
        assert (await refresh(client, winner.refresh_token, from_somewhere())).status_code == 401
        await until_refused(client, winner.headers)
        await until_refused(client, ada.headers)
        assert (await client.get("/v1/me", headers=other.headers)).status_code == 200
    assert await ending(there, ada, session_of(ada)) == "refresh_token_reused"


async def test_a_session_that_is_refreshed_while_it_ends_stays_ended(pair: Pair) -> None:
    here, there = pair.clients
    for _ in range(5):
        ada = await somebody(here)
        left, *refreshed = await asyncio.gather(
            here.post("/v1/auth/logout", headers=ada.headers),
            *(refresh(pair.clients[turn % 2], ada.refresh_token, from_somewhere()) for turn in range(10)),
        )
        assert left.status_code == 204
        for each in refreshed:
            if each.status_code == 200:
                again = await refresh(there, each.json()["refresh_token"], from_somewhere())
                assert again.status_code == 401
                await until_refused(there, bearer(each))


async def test_no_replica_takes_a_forged_token(pair: Pair) -> None:
    ada, eve = await somebody(pair.clients[0]), await somebody(pair.clients[1])
    public = await public_key(pair.clients[0], parts(ada)[0]["kid"])
    async with own_signature(pair.settings) as sign:
        for name, token in (forgeries(ada, eve, public) | misused(ada, sign)).items():
            for client in pair.clients:
                answer = await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
                assert answer.status_code == 401, name


async def test_guesses_at_one_number_are_counted_together_on_both_replicas(pair: Pair) -> None:
    phone, origin, loop = new_phone(), from_somewhere(), asyncio.get_running_loop()
    began = loop.time()
    answers = await asyncio.gather(*(guess(pair.clients[turn % 2], phone, origin) for turn in range(40)))
    let_through = [each.status_code for each in answers].count(401)
    # Each replica lets one at a time look at a number, so that two may look at the same moment: at the first, in
    # between and at the last of the free ones, and after each wait, of which the first is 1 s, the next 2 s, …
    waits_over = int(math.log2(loop.time() - began + 1))
    assert FREE_FAILURES <= let_through <= FREE_FAILURES + 4 + 2 * waits_over
    assert {each.status_code for each in answers} == {401, 429}
    assert all(int(each.headers["retry-after"]) >= 1 for each in answers if each.status_code == 429)


async def test_a_botnet_is_slowed_at_one_number_and_its_owner_is_not_locked_out(pair: Pair) -> None:
    ada, tries = await somebody(pair.clients[0]), 0
    # On a slow machine a wait may be over before the next guess comes: the one after it is twice as long.
    while (await guess(pair.clients[tries % 2], ada.phone, from_somewhere())).status_code == 401:
        tries += 1
    assert FREE_FAILURES_OF_THE_NUMBER <= tries <= FREE_FAILURES_OF_THE_NUMBER + 10
    for client in pair.clients:
        assert (await login(client, ada)).status_code == 200


async def test_one_address_is_slowed_over_many_numbers_on_both_replicas(pair: Pair) -> None:
    origin = from_somewhere()
    statuses = [
        (await guess(pair.clients[turn % 2], new_phone(), origin)).status_code
        for turn in range(FAILURES_OF_AN_ADDRESS + 6)
    ]
    assert statuses == [401] * FAILURES_OF_AN_ADDRESS + [429] * 6
    spoofed = {"X-Forwarded-For": f"203.0.113.9, {origin['X-Forwarded-For']}"}
    assert (await guess(pair.clients[1], new_phone(), spoofed)).status_code == 429
    assert (await guess(pair.clients[1], new_phone(), from_somewhere())).status_code == 401


async def test_a_replica_that_is_new_knows_what_was_tried_before(pair: Pair) -> None:
    origin = from_somewhere()
    for _ in range(FAILURES_OF_AN_ADDRESS):
        assert (await guess(pair.clients[0], new_phone(), origin)).status_code == 401
    async with serving(pair.settings.model_copy(update=LIMITS)) as fresh, client_of(fresh) as client:
        assert (await guess(client, new_phone(), origin)).status_code == 429
        assert (await guess(client, new_phone(), from_somewhere())).status_code == 401


async def test_whether_a_number_has_an_account_is_told_by_no_answer(pair: Pair) -> None:
    ada = await somebody(pair.clients[0])

    async def asked(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> tuple[int, Any, list[str]]:
        answer = await client.post(path, json=body, headers=from_somewhere())
        told = answer.json() if answer.content else None
        if isinstance(told, dict):
            told.pop("request_id", None)
        return answer.status_code, told, sorted(answer.headers)

    for client in pair.clients:
        for path, rest in (
            ("/v1/auth/login", {"password": "a wrong guess"}),
            ("/v1/auth/login", {"password": "a wrong guess", "code": "123456"}),
            ("/v1/auth/password-reset", {}),
            ("/v1/auth/password-reset/confirm", {"code": "123456", "new_password": "an even better passphrase"}),
        ):
            known = await asked(client, path, {"phone": ada.phone, **rest})
            assert known == await asked(client, path, {"phone": new_phone(), **rest})


@pytest.mark.parametrize(
    "raw",
    [
        b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}{}{}",
        b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        b"GET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /healthz HTTP/1.1\nHost: x\n\n",
        b"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nX-Nul: a\0b\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X-Many: b\r\n" * 2_000 + b"\r\n",
    ],
)
async def test_a_head_that_is_malformed_or_too_large_is_refused(pair: Pair, raw: bytes) -> None:
    for client in pair.clients:
        answer = await spoken(client, raw)
        if len(raw) > 8_192:
            assert answer.startswith((b"HTTP/1.1 431 ", RESET)), answer[:200]
        else:
            assert answer.startswith(b"HTTP/1.1 400 "), answer[:200]
            assert answer.count(b"HTTP/1.1 ") == 1
            head, _, body = answer.partition(b"\r\n\r\n")
            assert b"content-type: application/problem+json" in head
            assert (json.loads(body)["code"], json.loads(body)["status"]) == ("bad_request", 400)
        assert (await client.get("/healthz")).status_code == 200


async def test_a_head_or_a_body_without_end_is_cut_off_by_size_and_by_time(pair: Pair) -> None:
    for client in pair.clients:
        assert (await spoken(client, b"GET / HTTP/1.1\r\nX: " + b"a" * 10_000)).startswith((b"HTTP/1.1 431 ", RESET))
    login = b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
    never_read = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"
    endless = {b"": b"", b"GET / HTTP/1.1\r\nHost: x\r\n": b"", login: b"HTTP/1.1 408 ", never_read: b"HTTP/1.1 404 "}
    answers = await asyncio.gather(*(spoken(client, sent) for client in pair.clients for sent in endless))
    for answer, begins in zip(answers, [*endless.values()] * 2, strict=True):
        assert answer[: len(begins) or None] == begins


async def spoken(client: httpx.AsyncClient, raw: bytes) -> bytes:
    """What the server says to `raw` until it ends the connection; it must do so by itself."""
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    try:
        writer.write(raw)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await reader.read()
    except ConnectionResetError:
        return RESET
    finally:
        writer.close()
