"""Nothing that a replica does can keep the suite from its verdict."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from chaos.clients import Client
from chaos.evidence import Judge
from chaos.seen import Event, Turn
from chaos.verdict import events_broken

PATIENCE = 0.5
EVENTS = b'id: 1\nevent: run\ndata: {"run_id": "r1"}\n\nid: 2\nevent: token\ndata: {"text": "a"}\n\n'
DONE = Event(3, "done", '{"message": {"content": "a", "status": "complete"}}')


async def _never_ends(request: web.Request) -> web.StreamResponse:
    """Two events of the run r1, and nothing more but comments."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    if request.headers.get("Last-Event-ID", "0") == "0":
        await response.write(EVENTS)
    while True:
        await response.write(b": still there\n\n")
        await asyncio.sleep(PATIENCE / 10)


async def _overloaded(request: web.Request) -> web.Response:
    return web.Response(status=503)


async def _conversation(request: web.Request) -> web.Response:
    return web.json_response({"id": "c1"})


@asynccontextmanager
async def hanging() -> AsyncIterator[Client]:
    """A client of a server whose streams never end, and that has a history of nobody."""
    app = web.Application()
    app.router.add_post("/v1/conversations", _conversation)
    app.router.add_post("/v1/chat", _never_ends)
    app.router.add_get("/v1/runs/r1/events", _never_ends)
    app.router.add_get("/v1/conversations/c1/messages", _overloaded)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    client = Client(f"http://{host}:{port}", 1, seed=1, longest_thought=0, patience=PATIENCE)
    try:
        yield client
    finally:
        await client.close()
        await runner.cleanup()


async def test_a_stream_that_never_ends_is_a_turn_without_an_end() -> None:
    stop = asyncio.Event()
    async with hanging() as client:
        asking = asyncio.create_task(client.ask_until(stop))
        while not any(turn.events for turn in client.turns):  # noqa: ASYNC110  the client tells nobody
            await asyncio.sleep(0.01)
        stop.set()
        await asking
    found = [broken for turn in client.turns if turn.run_id for broken in events_broken(turn)]
    assert found
    assert {broken.promise for broken in found} == {"turns without an end"}
    assert "r1 after event 2" in found[0].where


async def test_a_replay_that_never_ends_is_a_turn_without_an_end() -> None:
    async with hanging() as client:
        seen = [Event(1, "run", '{"run_id": "r1"}'), Event(2, "token", '{"text": "a"}'), DONE]
        client.turns.append(Turn("q", "c1", run_id="r1", events=seen))
        judge = Judge([client], [], "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=10", PATIENCE)
        await judge.look(60)
    where = {broken.promise: broken.where for broken in judge.found}
    assert where["turns without an end"] == "q r1: replayed as run 1-2 token and no more"
    assert {broken.where.split(":")[0] for broken in judge.found if broken.promise == "not judged"} == {"c1", "records"}


async def test_what_was_not_looked_at_in_time_is_not_judged() -> None:
    async with hanging() as client:
        client.turns.append(Turn("q", "c1", run_id="r1", events=[DONE]))
        judge = Judge([client], [], "mongodb://127.0.0.1:1/", patience=600)
        await judge.look(PATIENCE)
    assert [broken.promise for broken in judge.found] == ["not judged"] * 3


async def test_a_suite_that_is_told_to_end_tells_what_is_known() -> None:
    command = [sys.executable, "-m", "chaos", "--clients", "1", "--replicas", "1"]
    pipe = asyncio.subprocess.PIPE
    suite = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    assert suite.stderr is not None
    assert b"seed 1" in await suite.stderr.readline()
    suite.send_signal(signal.SIGTERM)
    out, _ = await suite.communicate()
    told = json.loads(out)
    assert told["cut short"] == "told to end"
    assert not any(told["broken"].values())
    assert suite.returncode == 1
