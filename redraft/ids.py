"""Ids: opaque to clients, made by us, roughly in order of time so that indexes grow at one end."""

import os
import time


def new_id(prefix: str) -> str:
    """An id like `run_0193f2c4a1b2c4d5e6f708192a3b4c`: the kind, 48 bits of milliseconds, 72 random bits.

    The layout follows UUIDv7 (RFC 9562, 5.7) without its version bits.
    """
    milliseconds = time.time_ns() // 1_000_000
    return f"{prefix}_{milliseconds:012x}{os.urandom(9).hex()}"
