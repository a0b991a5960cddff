"""`python -m chaos --seconds 60 --replicas 3 --clients 50 --seed 1`: exit status 1 when a promise was broken."""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from chaos.clients import Client
from chaos.cluster import Cluster, Model
from chaos.verdict import verdict

SETTLE_SECONDS = 12.0
"""After the last fault: longer than a lease and the time after which a sweeper settles."""


async def chaos(seconds: float, replicas: int, clients: int, seed: int, longest_outage: float) -> dict[str, Any]:
    """Do harm for so long, and tell what came of it."""
    model = Model()
    with tempfile.TemporaryDirectory(prefix="chaos-") as directory:
        cluster = Cluster(Path(directory), replicas, model, seed, longest_outage)
        async with model.running(), cluster.running():
            people = [Client(cluster, number, seed) for number in range(clients)]
            await asyncio.gather(*(person.join() for person in people))
            stop, started = asyncio.Event(), time.monotonic()
            asking = [asyncio.create_task(person.ask_until(stop)) for person in people]
            await cluster.do_harm(seconds)
            stop.set()
            ends = await asyncio.gather(*asking, return_exceptions=True)
            await asyncio.sleep(SETTLE_SECONDS)
            broken = await verdict(cluster, model, people)
            for person in people:
                await person.close()
    broken["clients that gave up"] = sum(isinstance(end, BaseException) for end in ends)
    turns = [turn for person in people for turn in person.turns]
    return {
        "seed": seed,
        "seconds": round(time.monotonic() - started),
        "replicas": replicas,
        "clients": clients,
        "faults": dict(cluster.faults),
        "turns": len(turns),
        "stopped": sum(turn.stopped for turn in turns),
        "restarts seen": sum(name == "restart" for turn in turns for _, name, _ in turn.events),
        "client retries": sum(person.retries for person in people),
        "model calls": model.asked.total(),
        "broken": dict(broken),
        "errors": sorted({repr(end) for end in ends if isinstance(end, BaseException)}),
    }


def main() -> int:
    """Read the arguments, run, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--clients", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest-outage", type=float, default=20, help="seconds for which the database is stopped")
    given = parser.parse_args()
    told = asyncio.run(chaos(given.seconds, given.replicas, given.clients, given.seed, given.longest_outage))
    print(json.dumps(told, indent=2))
    return 1 if any(told["broken"].values()) else 0


if __name__ == "__main__":
    sys.exit(main())
