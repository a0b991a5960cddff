"""A short, seeded run of the chaos suite; `make chaos` is the long one."""

from chaos.__main__ import chaos


async def test_no_promise_is_broken_while_replicas_and_the_database_fail() -> None:
    told = await chaos(seconds=20, replicas=2, clients=6, seed=7, longest_outage=5)
    assert told["turns"] > 0
    assert not any(told["broken"].values()), told
