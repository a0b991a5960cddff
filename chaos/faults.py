"""What is done to whom, and when: drawn from the seed before anything starts."""

import random
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["kill", "pause", "terminate", "roll", "cut", "database stop", "database kill"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WEIGHTS: dict[Kind, int] = {
    "kill": 4,
    "pause": 4,
    "terminate": 3,
    "roll": 1,
    "cut": 4,
    "database stop": 2,
    "database kill": 1,
}


@dataclass(frozen=True)
class Fault:
    """`at` seconds from the start. `replica` is its place, `seconds` how long a pause or a stop lasts."""

    at: float
    kind: Kind
    replica: int
    seconds: float


def schedule(
    seed: int, seconds: float, replicas: int, every_seconds: float, lease_seconds: float, longest_outage: float
) -> list[Fault]:
    """One fault every `every_seconds` on average; the same seed draws the same ones.

    A replica is paused for longer than its lease. The database is stopped for up to `longest_outage`.
    """
    chance = random.Random(f"faults {seed}")
    faults: list[Fault] = []
    at = chance.uniform(0, every_seconds)
    while at < seconds:
        kind = chance.choices(KINDS, [WEIGHTS[kind] for kind in KINDS])[0]
        longest = longest_outage if kind == "database stop" else 3 * lease_seconds
        lasts = chance.uniform(min(1.5 * lease_seconds, longest), longest)
        faults.append(Fault(at, kind, chance.randrange(replicas), lasts))
        at += chance.uniform(0.2, 1.8) * every_seconds
    return faults
