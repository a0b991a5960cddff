"""A short, seeded run of the chaos suite; `make chaos` is the long one."""

from chaos.plan import Plan
from chaos.suite import chaos

SHORT = Plan(
    seconds=12, replicas=2, clients=24, seed=7, longest_outage=5, fault_every=3, longest_thought=3, token_seconds=0.05
)


async def test_no_promise_is_broken_while_replicas_and_the_database_fail() -> None:
    told = await chaos(SHORT)
    assert told["turns"] >= SHORT.clients
    assert len(told["faults"]) > 4, told
    assert not any(told["broken"].values()), told
