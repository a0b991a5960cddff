"""Clients as they are: they leave, come back elsewhere, send twice, stop, and try again when nobody answers."""

import asyncio
import contextlib
import json
import random
from dataclasses import dataclass, field
from typing import Any

import httpx

from chaos.cluster import Cluster

PATIENCE_SECONDS = 150.0
PAUSE_SECONDS = 0.3


@dataclass
class Turn:
    """One question, and what its sender saw of it. `ids` and `names` go side by side."""

    question: str
    run_id: str | None = None
    stopped: bool = False
    refused: bool = False
    events: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        return bool(self.events) and self.events[-1][1] in ("done", "error")

    @property
    def last_id(self) -> int:
        return self.events[-1][0] if self.events else 0


class Client:
    """One user with one conversation, who asks one question after the other."""

    def __init__(self, cluster: Cluster, number: int, seed: int) -> None:
        self._cluster = cluster
        self._number = number
        self._chance = random.Random(seed * 1_000 + number)
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(20, read=25))
        self.headers: dict[str, str] = {}
        self.conversation = ""
        self.turns: list[Turn] = []
        self.retries = 0

    async def join(self) -> None:
        """Register, and begin the conversation."""
        sign_up = {"phone": f"+1415{2_000_000 + self._number}", "password": "a rather good passphrase"}
        account = await self.call("POST", "/v1/auth/register", json=sign_up)
        self.headers = {"Authorization": f"Bearer {account['access_token']}"}
        self.conversation = (await self.call("POST", "/v1/conversations", json={}))["id"]

    async def ask_until(self, stop: asyncio.Event) -> None:
        """Ask one question after the other, each with another habit."""
        while not stop.is_set():
            turn = Turn(f"q{self._number}-{len(self.turns)}")
            self.turns.append(turn)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._chance.choice([self._read, self._leave_and_resume, self._send_twice, self._stop])(turn)

    async def close(self) -> None:
        await self._http.aclose()

    async def call(self, method: str, path: str, **more: Any) -> Any:
        """An answer, from whichever replica gives one."""
        while True:
            with contextlib.suppress(httpx.TransportError):
                response = await self._http.request(method, self._cluster.base() + path, headers=self.headers, **more)
                if response.status_code < 500:
                    response.raise_for_status()
                    return response.json()
            self.retries += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def _read(self, turn: Turn, leave_after: int = 1_000_000) -> None:
        """Send, and read to the end; go on elsewhere where a stream breaks."""
        while not turn.ended:
            with contextlib.suppress(httpx.TransportError):
                await self._once(turn, leave_after)
                leave_after = 1_000_000
                continue
            self.retries += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def _leave_and_resume(self, turn: Turn) -> None:
        await self._read(turn, leave_after=self._chance.randint(1, 25))

    async def _send_twice(self, turn: Turn) -> None:
        """Two tabs, or a retry that was not needed: one run."""
        twin = Turn(turn.question)
        await asyncio.gather(self._read(turn), self._read(twin))
        assert twin.run_id == turn.run_id, (turn.question, turn.run_id, twin.run_id)

    async def _stop(self, turn: Turn) -> None:
        with contextlib.suppress(httpx.TransportError):
            await self._once(turn, self._chance.randint(2, 20))
        if turn.run_id is not None:
            turn.stopped = True
            await self.call("DELETE", f"/v1/runs/{turn.run_id}")
        await self._read(turn)

    async def _once(self, turn: Turn, leave_after: int) -> None:
        """One request: the question, or once its run is known the events that follow."""
        if turn.run_id is None:
            body = {"conversation_id": self.conversation, "messages": [{"role": "user", "content": turn.question}]}
            headers = {**self.headers, "Idempotency-Key": turn.question}
            request = self._http.stream("POST", self._cluster.base() + "/v1/chat", json=body, headers=headers)
        else:
            path = f"/v1/runs/{turn.run_id}/events"
            headers = {**self.headers, "Last-Event-ID": str(turn.last_id)}
            request = self._http.stream("GET", self._cluster.base() + path, headers=headers)
        async with request as response:
            if response.status_code in (409, 500, 502, 503):
                await asyncio.sleep(PAUSE_SECONDS)
                return
            response.raise_for_status()
            # A question sent again is answered from the beginning.
            skip, seen, block = turn.last_id, 0, []
            async for line in response.aiter_lines():
                if line:
                    block.append(line)
                    continue
                event, block = _event(block), []
                if event is None or event[0] <= skip:
                    continue
                turn.events.append(event)
                if event[1] == "run":
                    turn.run_id = event[2]["run_id"]
                seen += 1
                if seen >= leave_after:
                    return


def _event(lines: list[str]) -> tuple[int, str, dict[str, Any]] | None:
    fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
    return (int(fields["id"]), fields["event"], json.loads(fields["data"])) if fields else None
