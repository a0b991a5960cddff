"""The record of every model call: cost, budget, feedback, metrics."""

from redraft.usage import calls
from redraft.usage.calls import call_writes

INDEXES = (calls.INDEXES,)

__all__ = ["INDEXES", "call_writes"]
