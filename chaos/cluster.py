"""The replicas, their database and the round-robin before them, and how faults are done to them."""

import asyncio
import contextlib
import os
import random
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx

from chaos.faults import Fault
from chaos.plan import DOWN_SECONDS, START_SECONDS
from chaos.proxy import Proxy
from redraft.embedded.database import free_port, program

LEASE_SECONDS = 2.0
CUT_SHARE = 0.5


class Cluster:
    """`count` replicas on one database. `faults` counts what was done to them, `hung` those that did not go down."""

    def __init__(self, directory: Path, logs: Path, count: int, model_port: int, seed: int) -> None:
        self._directory = directory
        self.logs = logs
        self._model_port = model_port
        self._chance = random.Random(f"cuts {seed}")
        self._ports = [free_port() for _ in range(count)]
        self._database_port = free_port()
        self._replicas: dict[int, Process] = {}
        self._database: Process | None = None
        # One fault at a time for each replica, and for the database; those of different ones meet.
        self._busy = {port: asyncio.Lock() for port in [*self._ports, self._database_port]}
        self.proxy = Proxy(self._ports)
        self.faults: Counter[str] = Counter()
        self.hung = 0

    @property
    def mongodb_url(self) -> str:
        """Where the database is."""
        return f"mongodb://127.0.0.1:{self._database_port}/?directConnection=true"

    @property
    def base(self) -> str:
        """Where clients go."""
        return f"http://127.0.0.1:{self.proxy.port}"

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything up; killed in the end."""
        try:
            await self._start_database()
            for port in self._ports:
                await self._start(port)  # one after the other: the first makes the indexes
            async with self.proxy.running():
                yield
        finally:
            for process in [*self._replicas.values(), self._database]:
                if process is not None and process.returncode is None:
                    process.kill()
                    await process.wait()

    async def suffer(self, faults: Sequence[Fault]) -> None:
        """Do each fault at its time; at the end everything runs again."""
        started = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as going:
            for fault in faults:
                await asyncio.sleep(started + fault.at - asyncio.get_running_loop().time())
                going.create_task(self._do(fault))

    async def _do(self, fault: Fault) -> None:
        """One fault, until what it broke works again. Who is still down from the last one is let be."""
        port = self._ports[fault.replica]
        if fault.kind == "cut":
            self.faults["connections cut"] += self.proxy.cut(CUT_SHARE, self._chance)
        elif fault.kind == "roll":
            if any(self._busy[each].locked() for each in self._ports):
                return
            self.faults["rolling restarts"] += 1
            for each in self._ports:
                async with self._busy[each]:
                    await self._again(each, signal.SIGTERM)
        elif not (busy := self._busy[self._database_port if "database" in fault.kind else port]).locked():
            async with busy:
                self.faults[fault.kind] += 1
                await self._hit(fault, port)

    async def _hit(self, fault: Fault, port: int) -> None:
        match fault.kind:
            case "kill":
                await self._again(port, signal.SIGKILL)
            case "terminate":
                await self._again(port, signal.SIGTERM)
            case "pause":
                await _pause(self._replicas[port], fault.seconds)
            case "database stop":
                await _pause(self._running_database(), fault.seconds)
            case "database kill":
                self._running_database().kill()
                await self._running_database().wait()
                await self._start_database()

    async def _again(self, port: int, how: signal.Signals) -> None:
        self._replicas[port].send_signal(how)
        try:
            await asyncio.wait_for(self._replicas[port].wait(), DOWN_SECONDS)
        except TimeoutError:
            self.hung += 1
            self._replicas[port].kill()
            await self._replicas[port].wait()
        await self._start(port)

    def _running_database(self) -> Process:
        assert self._database is not None
        return self._database

    async def _start_database(self) -> None:
        config = self._directory / "database.toml"
        config.touch()
        self._database = await asyncio.create_subprocess_exec(
            program(), "--host", "127.0.0.1", "--port", str(self._database_port),
            "--storage-path", str(self._directory / "mongodb"), "--config", str(config), "--cache-size", "256M",
            "--log-level", "WARNING", "--sync-on-commit",
        )  # fmt: skip

    async def _start(self, port: int) -> None:
        """Start it, and again when it gives up: it does when the database is away for too long."""
        async with asyncio.timeout(START_SECONDS):
            while True:
                self._replicas[port] = replica = await self._spawn(port)
                if await _ready(port, replica):
                    return

    async def _spawn(self, port: int) -> Process:
        settings = {
            "PORT": port,
            "DATA_DIR": self._directory,
            "MONGODB_URL": self.mongodb_url,
            "MONGODB_TIMEOUT_SECONDS": 5,
            "MODEL": "openai:chaos",
            "MODEL_BASE_URL": f"http://127.0.0.1:{self._model_port}/v1",
            "MODEL_API_KEY": "chaos",
            "MODEL_RETRIES": 5,
            "ACCESS_TOKEN_MINUTES": 60,
            "LOG_LEVEL": "warning",
            "REPLICA_LEASE_SECONDS": LEASE_SECONDS,
            "RUN_SWEEP_SECONDS": 0.5,
            "RUN_ATTEMPTS": 100,
            "RUN_DRAIN_SECONDS": 1,
            "RUN_REPLAY_SECONDS": 24 * 3600,
        }
        environment = {**os.environ, **{f"REDRAFT_{name}": str(value) for name, value in settings.items()}}
        redraft = Path(sys.executable).with_name("redraft")
        with (self.logs / f"{self._ports.index(port)}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(redraft, "serve", env=environment, stdout=DEVNULL, stderr=log)


async def _ready(port: int, replica: Process) -> bool:
    """Wait until it takes turns; False when it ended instead."""
    async with httpx.AsyncClient() as http:
        while replica.returncode is None:
            with contextlib.suppress(httpx.HTTPError):
                if (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return True
            await asyncio.sleep(0.2)
    return False


async def _pause(process: Process, seconds: float) -> None:
    process.send_signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        process.send_signal(signal.SIGCONT)
