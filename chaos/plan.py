"""What one run of the suite does, and how long it waits for whom."""

from dataclasses import dataclass

START_SECONDS = 900.0
DOWN_SECONDS = 60.0
"""A replica that is told to end must be gone by then."""
SETTLE_SECONDS = 20.0
"""After the last turn: longer than a lease and the time after which a sweeper settles."""


@dataclass(frozen=True)
class Plan:
    """Times are in seconds; `logs` is where the replicas' logs go, by default a new directory.

    A client waits `patience` for the end of a question, once more when nothing fails any longer, and for any other
    answer. Judging takes `judging` at most, each look at what is stored `look`; what was not looked at by then is
    broken as `not judged`.
    """

    seconds: float = 60
    replicas: int = 3
    clients: int = 200
    seed: int = 1
    longest_outage: float = 20
    fault_every: float = 6
    longest_thought: float = 15
    token_seconds: float = 0.1
    patience: float = 300
    look: float = 30
    judging: float = 600
    logs: str = ""

    @property
    def longest(self) -> float:
        """By then even the slowest part was given up: a start, a question at the end, what must be down or settled."""
        return START_SECONDS + self.seconds + 3 * self.patience + DOWN_SECONDS + SETTLE_SECONDS + self.judging
