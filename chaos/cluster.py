"""The replicas, their database and their model, and the faults that are done to them."""

import asyncio
import contextlib
import itertools
import json
import os
import random
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web

from redraft.embedded.database import free_port, program

TOKENS, TOKEN_SECONDS = 30, 0.03


def answer(question: str) -> list[str]:
    """What the model says to `question`, token by token: every answer can be told from every other."""
    return [f"{question}/{place} " for place in range(TOKENS)]


class Model:
    """An OpenAI-compatible server whose answer hangs on the last message only. `asked` counts calls by question."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.port = free_port()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        question = (await request.json())["messages"][-1]["content"]
        self.asked[question] += 1
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for token in answer(question):
            await response.write(_chunk([{"index": 0, "delta": {"content": token}}]))
            await asyncio.sleep(TOKEN_SECONDS)
        usage = {"prompt_tokens": 10, "completion_tokens": TOKENS}
        end = _chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}]) + _chunk([], usage=usage)
        await response.write(end + b"data: [DONE]\n\n")
        return response


def _chunk(choices: list[dict[str, Any]], **more: Any) -> bytes:
    return b"data: " + json.dumps({"id": "c", "model": "chaos", "choices": choices, **more}).encode() + b"\n\n"


class Cluster:
    """`count` replicas on one database. `faults` counts what was done to them."""

    def __init__(self, directory: Path, count: int, model: Model, seed: int, longest_outage: float) -> None:
        self._directory = directory
        self._model = model
        self._longest_outage = longest_outage
        self._chance = random.Random(seed)
        self.ports = [free_port() for _ in range(count)]
        self._next = itertools.cycle(self.ports)
        self._database_port = free_port()
        self._replicas: dict[int, Process] = {}
        self._database: Process | None = None
        self.faults: Counter[str] = Counter()

    @property
    def mongodb_url(self) -> str:
        return f"mongodb://127.0.0.1:{self._database_port}/?directConnection=true"

    def base(self) -> str:
        """The next replica in turn, dead or alive."""
        return f"http://127.0.0.1:{next(self._next)}"

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything up; killed in the end."""
        try:
            await self._start_database()
            for port in self.ports:
                await self._start(port)
                await self._ready(port)  # one after the other: the first makes the indexes
            yield
        finally:
            for process in [*self._replicas.values(), self._database]:
                if process is not None and process.returncode is None:
                    process.kill()
                    await process.wait()

    async def do_harm(self, seconds: float) -> None:
        """One fault after the other for so long; at the end everything runs again."""
        until = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < until:
            await asyncio.sleep(self._chance.uniform(1, 4))
            port = self._chance.choice(self.ports)
            fault = self._chance.choice(["kill", "pause", "terminate", "database_stop"])
            self.faults[fault] += 1
            await getattr(self, f"_{fault}")(port)

    async def _kill(self, port: int) -> None:
        self._replicas[port].kill()
        await self._again(port)

    async def _terminate(self, port: int) -> None:
        self._replicas[port].terminate()
        await self._again(port)

    async def _pause(self, port: int) -> None:
        """Longer than its lease, so that its runs are taken over under its hands."""
        self._replicas[port].send_signal(signal.SIGSTOP)
        await asyncio.sleep(self._chance.uniform(3, 6))
        self._replicas[port].send_signal(signal.SIGCONT)

    async def _database_stop(self, _: int) -> None:
        assert self._database is not None
        self._database.send_signal(signal.SIGSTOP)
        await asyncio.sleep(self._chance.uniform(3, self._longest_outage))
        self._database.send_signal(signal.SIGCONT)

    async def _again(self, port: int) -> None:
        await self._replicas[port].wait()
        await self._start(port)
        await self._ready(port)

    async def _start_database(self) -> None:
        config = self._directory / "database.toml"
        config.touch()
        self._database = await asyncio.create_subprocess_exec(
            program(), "--host", "127.0.0.1", "--port", str(self._database_port),
            "--storage-path", str(self._directory / "mongodb"), "--config", str(config), "--cache-size", "256M",
            "--log-level", "WARNING", "--sync-on-commit",
        )  # fmt: skip

    async def _start(self, port: int) -> None:
        settings = {
            "PORT": port,
            "DATA_DIR": self._directory,
            "MONGODB_URL": self.mongodb_url,
            "MONGODB_TIMEOUT_SECONDS": 5,
            "MODEL": "openai:chaos",
            "MODEL_BASE_URL": f"http://127.0.0.1:{self._model.port}/v1",
            "MODEL_API_KEY": "chaos",
            "LOG_LEVEL": "error",
            "REPLICA_LEASE_SECONDS": 2,
            "RUN_SWEEP_SECONDS": 0.5,
            "RUN_ATTEMPTS": 100,
            "RUN_DRAIN_SECONDS": 1,
        }
        environment = {**os.environ, **{f"REDRAFT_{name}": str(value) for name, value in settings.items()}}
        redraft = Path(sys.executable).with_name("redraft")
        self._replicas[port] = await asyncio.create_subprocess_exec(redraft, "serve", env=environment)

    async def _ready(self, port: int) -> None:
        async with httpx.AsyncClient() as http, asyncio.timeout(120):
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.2)
