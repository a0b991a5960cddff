"""One run of the suite, from the first start to the verdict."""

import asyncio
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from chaos.clients import Client
from chaos.cluster import LEASE_SECONDS, Cluster
from chaos.evidence import Judge, settled
from chaos.faults import schedule
from chaos.model import Model
from chaos.plan import SETTLE_SECONDS, Plan
from chaos.verdict import PROMISES, Broken, events_broken

CLOSE_SECONDS = 30.0
"""How long what was cut short may take to be gone."""
PROGRESS_SECONDS = 60.0
JOIN_AT_ONCE = 8
SHOWN = 20


async def chaos(plan: Plan, cut: asyncio.Event | None = None) -> dict[str, Any]:
    """Do harm as planned, and tell what came of it; once `cut` is set, or something fails, what is known by then."""
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as directory:
        suite = Suite(plan, Path(directory))
        whole = asyncio.create_task(suite.whole())
        asked_to_end = asyncio.create_task((cut or asyncio.Event()).wait())
        await asyncio.wait({whole, asked_to_end}, timeout=plan.longest, return_when=asyncio.FIRST_COMPLETED)
        cut_short = "" if whole.done() else "told to end" if asked_to_end.done() else "did not end"
        asked_to_end.cancel()
        whole.cancel()
        await asyncio.wait({whole}, timeout=CLOSE_SECONDS)
    if whole.done() and not whole.cancelled() and (error := whole.exception()) is not None:
        traceback.print_exception(error)
        cut_short = repr(error)
    return suite.told(cut_short)


class Suite:
    """Everybody who takes part, and what is known of them at any time."""

    def __init__(self, plan: Plan, directory: Path) -> None:
        self._plan = plan
        self._model = Model(plan.seed, plan.token_seconds)
        logs = Path(plan.logs or tempfile.mkdtemp(prefix="chaos-logs-"))
        logs.mkdir(parents=True, exist_ok=True)
        self._cluster = Cluster(directory, logs, plan.replicas, self._model.port, plan.seed)
        self._people: list[Client] = []
        self._judge = Judge(self._people, self._model.asked, self._cluster.mongodb_url, plan.look)
        self._load = ""
        self._read_to_the_end = False
        _say(f"seed {plan.seed}, logs in {logs}")

    async def whole(self) -> None:
        """All of it."""
        plan = self._plan
        async with self._model.running(), self._cluster.running():
            self._people += [
                Client(self._cluster.base, n, plan.seed, plan.longest_thought, plan.patience)
                for n in range(plan.clients)
            ]
            try:
                await self._live()
                _say("settling and judging")
                await settled(self._cluster.mongodb_url, SETTLE_SECONDS)
                await self._judge.look(plan.judging)
            finally:
                for person in self._people:
                    await person.close()

    async def _live(self) -> None:
        """Everybody asks while everything fails; then everybody reads to the end."""
        plan, people = self._plan, self._people
        for start in range(0, len(people), JOIN_AT_ONCE):
            await asyncio.gather(*(person.join() for person in people[start : start + JOIN_AT_ONCE]))
        stop = asyncio.Event()
        faults = schedule(plan.seed, plan.seconds, plan.replicas, plan.fault_every, LEASE_SECONDS, plan.longest_outage)
        started = time.monotonic()
        async with asyncio.TaskGroup() as living:
            for person in people:
                living.create_task(person.ask_until(stop))
            progress = living.create_task(self._progress(started))
            await self._cluster.suffer(faults)
            await asyncio.sleep(max(0.0, started + plan.seconds - time.monotonic()))
            self._load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
            stop.set()
            progress.cancel()
        await asyncio.gather(*(person.read_on() for person in people))
        self._read_to_the_end = True

    async def _progress(self, started: float) -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            turns = [turn for person in self._people for turn in person.turns]
            ended = sum(turn.ended for turn in turns)
            done = self._cluster.faults.total()
            _say(f"{time.monotonic() - started:.0f} s: {len(turns)} turns, {ended} ended, {done} faults")

    def told(self, cut_short: str) -> dict[str, Any]:
        """The figures and the verdict. Turns that nobody had time to read to their end are not held against it."""
        plan, people = self._plan, self._people
        turns = [turn for person in people for turn in person.turns]
        ends = Counter(turn.events[-1].name if turn.ended else "none" for turn in turns)
        seen = [turn for turn in turns if turn.ended or self._read_to_the_end]
        broken = [each for turn in seen for each in events_broken(turn)] + self._judge.found
        broken += [Broken("wrong answers", where) for person in people for where in person.disappointed]
        counted = {promise: sum(each.promise == promise for each in broken) for promise in PROMISES}
        return {
            "seed": plan.seed,
            "seconds": plan.seconds,
            "replicas": plan.replicas,
            "clients": plan.clients,
            "load average": self._load,
            "cut short": cut_short,
            "faults": dict(sorted((self._cluster.faults + self._model.failures).items())),
            "clients that": self._habits(),
            "turns": len(turns),
            "turns that ended in": dict(ends),
            "seconds of the slowest turn": round(
                max((t.over - t.began for t in turns if t.over is not None), default=0)
            ),
            "restarts seen": sum(event.name == "restart" for turn in turns for event in turn.events),
            "events seen": sum(len(turn.events) for turn in turns),
            "model calls": len(self._model.asked),
            "seconds of judging": round(self._judge.seconds),
            "broken": counted | {"replicas that hung": self._cluster.hung},
            "where": [f"{each.promise}: {each.where}" for each in broken[:SHOWN]],
        }

    def _habits(self) -> dict[str, Any]:
        people = self._people
        return {
            "left and resumed elsewhere": sum(person.left for person in people),
            "gave up for a while": sum(person.given_up for person in people),
            "sent twice": sum(person.sent_twice for person in people),
            "stopped or interrupted": sum(turn.stopped for person in people for turn in person.turns),
            "tried again": sum(person.retries for person in people),
            "were refused with": dict(sum((person.refusals for person in people), Counter())),
        }


def _say(line: str) -> None:
    print(f"chaos: {line}", file=sys.stderr, flush=True)
