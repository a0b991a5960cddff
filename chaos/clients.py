"""Clients as they are: they leave, come back elsewhere, send twice, stop, and try again when nobody answers."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from typing import Any

import aiohttp

from chaos.seen import Turn, parse

PAUSE_SECONDS = 0.5
"""Before a further try, where the answer did not say."""
TURNS_OF_A_CONVERSATION = 10
FOR_EVER = 1_000_000
LATER = (409, 500, 502, 503)
"""Answers that say: try again."""
LOST = (aiohttp.ClientError, ConnectionError, TimeoutError)


class Unanswered(Exception):
    """A call that got no answer in time."""


class Client:
    """One user, who asks one question after the other, some ten in a conversation.

    Every request is a connection of its own, so each goes to the next replica. Nothing is waited for without a bound:
    `patience` is how many seconds a question, with all that belongs to its habit, may take to its end, and any other
    call. `disappointed` says what of it went wrong but for turns, which tell for themselves.
    """

    def __init__(self, base: str, number: int, seed: int, longest_thought: float, patience: float) -> None:
        self._base = base
        self._number = number
        self._chance = random.Random(f"client {seed} {number}")
        self._longest_thought = longest_thought
        self._patience = patience
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=25),
        )
        self._headers: dict[str, str] = {}
        self._pause = PAUSE_SECONDS
        self.turns: list[Turn] = []
        self.disappointed: list[str] = []
        self.refusals: Counter[int] = Counter()
        self.retries = 0
        self.left = 0
        self.given_up = 0
        self.sent_twice = 0

    async def join(self) -> None:
        """Register. Raises `Unanswered`."""
        sign_up = {"phone": f"+1415{2_000_000 + self._number}", "password": "a rather good passphrase"}
        account = await self.call("POST", "/v1/auth/register", json=sign_up)
        self._headers = {"Authorization": f"Bearer {account['access_token']}"}

    async def ask_until(self, stop: asyncio.Event) -> None:
        """Ask one question after the other, each with another habit."""
        habits = [
            self._read,
            self._leave_and_resume,
            self._send_twice,
            self._stop,
            self._two_tabs,
            self._line_up,
            self._interrupt,
        ]
        conversation = ""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._chance.uniform(0, self._longest_thought))
                return
            try:
                if not conversation or self._chance.randrange(TURNS_OF_A_CONVERSATION) == 0:
                    conversation = (await self.call("POST", "/v1/conversations", json={}))["id"]
                async with asyncio.timeout(self._patience):
                    await self._chance.choice(habits)(self._turn(conversation))
            except TimeoutError:
                self.given_up += 1
                conversation = ""  # what hangs there would keep every later question from its end
            except Unanswered as error:
                self.disappointed.append(f"client {self._number}: {error}")

    async def read_on(self) -> None:
        """Read what it gave up on, now that nothing fails any more: what was only slow has ended by then."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                await asyncio.gather(*(self._read(turn) for turn in self.turns if not turn.ended))

    async def close(self) -> None:
        """Hang up."""
        await self._http.close()

    async def call(self, method: str, path: str, patience: float | None = None, **more: Any) -> Any:
        """An answer, from whichever replica gives one. Raises `Unanswered`."""
        try:
            async with asyncio.timeout(patience or self._patience):
                return await self._answer(method, path, **more)
        except TimeoutError:
            raise Unanswered(f"{method} {path} got no answer in {patience or self._patience:.0f} seconds") from None

    async def stored(self, run_id: str, patience: float) -> Turn:
        """All events of a run that has ended, as they are replayed: those that came in so many seconds."""
        replay = Turn("", "", run_id=run_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._read(replay)
        return replay

    async def _answer(self, method: str, path: str, **more: Any) -> Any:
        while True:
            with contextlib.suppress(*LOST):
                async with self._http.request(method, self._base + path, headers=self._headers, **more) as response:
                    if self._takes(response):
                        return await response.json()
            await self._wait()

    def _turn(self, conversation: str, if_active: str = "reject") -> Turn:
        turn = Turn(f"q{self._number}-{len(self.turns)}", conversation, if_active, time.monotonic())
        self.turns.append(turn)
        return turn

    async def _read(self, turn: Turn, leave_after: int = FOR_EVER) -> None:
        """Send, and read to the end; go on elsewhere where a stream breaks, or after so many events."""
        while not turn.ended:
            if not await self._once(turn, leave_after):
                await self._wait()
            leave_after = FOR_EVER
        turn.over = time.monotonic()

    async def _leave_and_resume(self, turn: Turn) -> None:
        self.left += 1
        await self._read(turn, leave_after=self._chance.randint(1, 25))

    async def _send_twice(self, turn: Turn) -> None:
        """A retry that was not needed: one run."""
        self.sent_twice += 1
        twin = Turn(turn.question, turn.conversation)
        await asyncio.gather(self._read(turn), self._read(twin))
        if twin.run_id != turn.run_id:
            self.disappointed.append(f"{turn.question} is {turn.run_id}, and sent again {twin.run_id}")

    async def _stop(self, turn: Turn) -> None:
        await self._once(turn, self._chance.randint(2, 20))
        if turn.run_id is not None:
            turn.stopped = True
            await self.call("DELETE", f"/v1/runs/{turn.run_id}")
        await self._read(turn)

    async def _two_tabs(self, turn: Turn) -> None:
        """Another question at the same time, in the same conversation: one waits for the other."""
        await asyncio.gather(self._read(turn), self._read(self._turn(turn.conversation)))

    async def _line_up(self, turn: Turn) -> None:
        """Say two more things before the answer is there: they wait for their turns."""
        await self._once(turn, self._chance.randint(2, 20))
        more = [self._turn(turn.conversation, "queue") for _ in range(2)] if turn.run_id is not None else []
        await asyncio.gather(*(self._read(each) for each in (turn, *more)))

    async def _interrupt(self, turn: Turn) -> None:
        """Say something else before the answer is there."""
        await self._once(turn, self._chance.randint(2, 20))
        if turn.run_id is not None:
            turn.stopped = True
            other = self._turn(turn.conversation, "interrupt")
            await asyncio.gather(self._read(turn), self._read(other))
        else:
            await self._read(turn)

    async def _wait(self) -> None:
        self.retries += 1
        pause, self._pause = self._pause, PAUSE_SECONDS
        await asyncio.sleep(pause)

    async def _once(self, turn: Turn, leave_after: int) -> bool:
        """One request: the question, or once its run is known the events that follow. False when it was no use."""
        if turn.run_id is None:
            turn.events.clear()  # a question sent again is answered from the beginning
            body = {
                "conversation_id": turn.conversation,
                "messages": [{"role": "user", "content": turn.question}],
                "if_active": turn.if_active,
            }
            headers = {**self._headers, "Idempotency-Key": turn.question}
            request = self._http.post(self._base + "/v1/chat", json=body, headers=headers)
        else:
            headers = {**self._headers, "Last-Event-ID": str(turn.last_id)}
            request = self._http.get(f"{self._base}/v1/runs/{turn.run_id}/events", headers=headers)
        with contextlib.suppress(*LOST):
            async with request as response:
                if self._takes(response):
                    await _listen(response, turn, leave_after)
                    return True
        return False

    def _takes(self, response: aiohttp.ClientResponse) -> bool:
        """Whether it is an answer. One that is not, and does not ask for patience, is put down."""
        if not response.ok:
            self.refusals[response.status] += 1
            self._pause = float(response.headers.get("Retry-After", PAUSE_SECONDS))
            if response.status not in LATER:
                self.disappointed.append(f"{response.method} {response.url.path} got {response.status}")
        return response.ok


async def _listen(response: aiohttp.ClientResponse, turn: Turn, leave_after: int) -> None:
    """Note what comes, whatever it is: what is right is judged later."""
    block: list[str] = []
    async for line in response.content:
        if text := line.decode().rstrip("\n"):
            block.append(text)
            continue
        event, block = parse(block), []
        if event is None:
            continue
        turn.events.append(event)
        if event.name == "run":
            turn.run_id, turn.accepted = event.said["run_id"], time.monotonic()
        leave_after -= 1
        if leave_after < 1:
            return
