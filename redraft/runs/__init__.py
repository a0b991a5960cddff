"""A turn as a thing that outlives its connection: lease, events, resume, stop."""

from redraft.runs import store
from redraft.runs.accepting import Accepted
from redraft.runs.engine import Runs
from redraft.runs.events import Encoder, HunkFound, MemoryChanged, ProposalMade, Shown
from redraft.runs.models import NewRun, OnDisconnect, Outcome, RunRecord, RunUsage, Turn
from redraft.runs.replicas import keep_dead_replicas
from redraft.runs.router import router
from redraft.runs.run import Run
from redraft.runs.work import Work

INDEXES = (store.INDEXES,)
MIGRATIONS = (keep_dead_replicas, store.put_owners_first_in_runs)

__all__ = [
    "INDEXES",
    "MIGRATIONS",
    "Accepted",
    "Encoder",
    "HunkFound",
    "MemoryChanged",
    "NewRun",
    "OnDisconnect",
    "Outcome",
    "ProposalMade",
    "Run",
    "RunRecord",
    "RunUsage",
    "Runs",
    "Shown",
    "Turn",
    "Work",
    "router",
]
