"""`python -m chaos --seconds 60 --replicas 3 --clients 200 --seed 1`: exit status 1 when a promise was broken."""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from chaos.clients import Client
from chaos.cluster import LEASE_SECONDS, Cluster
from chaos.evidence import settled, verdict
from chaos.faults import schedule
from chaos.model import Model
from chaos.verdict import PROMISES, Broken

SETTLE_SECONDS = 20.0
"""After the last turn: longer than a lease and the time after which a sweeper settles."""
JOIN_AT_ONCE = 8
SHOWN = 20


@dataclass(frozen=True)
class Plan:
    """One run of the suite. Times are in seconds; `logs` is where the replicas' logs go, by default a new directory."""

    seconds: float = 60
    replicas: int = 3
    clients: int = 200
    seed: int = 1
    longest_outage: float = 20
    fault_every: float = 6
    longest_thought: float = 15
    token_seconds: float = 0.1
    logs: str = ""


async def chaos(plan: Plan) -> dict[str, Any]:
    """Do harm as planned, and tell what came of it."""
    model = Model(plan.seed, plan.token_seconds)
    logs = Path(plan.logs or tempfile.mkdtemp(prefix="chaos-logs-"))
    logs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="chaos-") as directory:
        cluster = Cluster(Path(directory), logs, plan.replicas, model.port, plan.seed)
        async with model.running(), cluster.running():
            people = [Client(cluster.base, n, plan.seed, plan.longest_thought) for n in range(plan.clients)]
            try:
                load = await _live(plan, cluster, people)
                await settled(cluster.mongodb_url, SETTLE_SECONDS)
                broken = await verdict(people, model.asked, cluster.mongodb_url)
            finally:
                for person in people:
                    await person.close()
    told = _told(plan, people, model, cluster.faults, broken) | {"load average": load}
    told["broken"]["replicas that hung"] = cluster.hung
    return told


async def _live(plan: Plan, cluster: Cluster, people: list[Client]) -> str:
    """Everybody asks while everything fails; then everybody reads to the end. Answers the load of the machine."""
    for start in range(0, len(people), JOIN_AT_ONCE):
        await asyncio.gather(*(person.join() for person in people[start : start + JOIN_AT_ONCE]))
    stop = asyncio.Event()
    faults = schedule(plan.seed, plan.seconds, plan.replicas, plan.fault_every, LEASE_SECONDS, plan.longest_outage)
    started = time.monotonic()
    async with asyncio.TaskGroup() as living:
        for person in people:
            living.create_task(person.ask_until(stop))
        await cluster.suffer(faults)
        await asyncio.sleep(max(0.0, started + plan.seconds - time.monotonic()))
        load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
        stop.set()
    return load


def _told(plan: Plan, people: list[Client], model: Model, faults: Counter[str], broken: list[Broken]) -> dict[str, Any]:
    turns = [turn for person in people for turn in person.turns]
    ends = Counter(turn.events[-1].name if turn.ended else "none" for turn in turns)
    return {
        "seed": plan.seed,
        "seconds": plan.seconds,
        "replicas": plan.replicas,
        "clients": plan.clients,
        "faults": dict(sorted((faults + model.failures).items())),
        "clients that": {
            "left and resumed elsewhere": sum(person.left for person in people),
            "sent twice": sum(person.sent_twice for person in people),
            "stopped or interrupted": sum(turn.stopped for turn in turns),
            "tried again": sum(person.retries for person in people),
        },
        "turns": len(turns),
        "turns that ended in": dict(ends),
        "seconds of the slowest turn": round(max((t.over - t.began for t in turns if t.over is not None), default=0)),
        "restarts seen": sum(event.name == "restart" for turn in turns for event in turn.events),
        "events seen": sum(len(turn.events) for turn in turns),
        "model calls": len(model.asked),
        "broken": {promise: sum(each.promise == promise for each in broken) for promise in PROMISES},
        "where": [f"{each.promise}: {each.where}" for each in broken[:SHOWN]],
    }


def main() -> int:
    """Read the arguments, run, print."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    for name, default in vars(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    told = uvloop.run(chaos(Plan(**vars(parser.parse_args()))))
    print(json.dumps(told, indent=2))
    return 1 if any(told["broken"].values()) else 0


if __name__ == "__main__":
    sys.exit(main())
