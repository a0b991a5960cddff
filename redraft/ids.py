"""Ids: opaque to clients, made by us, roughly in order of time so that indexes grow at one end."""

import os
import time
from datetime import datetime


def new_id(prefix: str) -> str:
    """An id like `run_0193f2c4a1b2c4d5e6f708192a3b4c`: the kind, 48 bits of milliseconds, 72 random bits.

    The layout follows UUIDv7 (RFC 9562, 5.7) without its version bits.
    """
    milliseconds = time.time_ns() // 1_000_000
    return f"{prefix}_{milliseconds:012x}{os.urandom(9).hex()}"


def first_id(prefix: str, moment: datetime) -> str:
    """What no id made from `moment` on is below, and every earlier one is: a bound for a range of ids."""
    return f"{prefix}_{int(moment.timestamp() * 1000):012x}"
