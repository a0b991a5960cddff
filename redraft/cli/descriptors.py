"""File descriptors: each connection and each stream is one, and most systems lend a process only 1,024 at first."""

import resource

FEW = 4_096
"""Below it, some hundreds of open streams with their connections to database and model are too many."""
MOST = 1_048_576
"""Some systems say "unlimited", and then refuse it."""


def limits() -> tuple[int, int]:
    """How many this process may have, and how many it may have when it asks."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _finite(soft), _finite(hard)


def raise_limit() -> str | None:
    """Raise the limit as far as the system allows. Answers what an operator should know; None when all is well."""
    soft, hard = limits()
    try:
        if soft < hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    except (OSError, ValueError) as error:
        return f"The limit of {soft} file descriptors could not be raised to {hard} ({type(error).__name__})."
    return fault(hard)


def fault(hard: int) -> str | None:
    """What is wrong with being allowed no more than `hard`; None when nothing is."""
    if hard >= FEW:
        return None
    return f"Only {hard} files and connections may be open at once: raise the hard limit (`ulimit -Hn`, LimitNOFILE=)."


def _finite(number: int) -> int:
    return MOST if number == resource.RLIM_INFINITY else min(number, MOST)
