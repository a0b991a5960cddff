"""A turn as a thing that outlives its connection: lease, events, resume, stop."""

from redraft.runs import store
from redraft.runs.accepting import Accepted
from redraft.runs.engine import Runs
from redraft.runs.events import Encoder, HunkFound, MemoryChanged, ProposalMade, Shown
from redraft.runs.models import NewRun, OnDisconnect, Outcome, RunRecord, RunUsage, Turn
from redraft.runs.replicas import keep_dead_replicas
from redraft.runs.router import router
from redraft.runs.run import Run
from redraft.runs.store import put_owners_first_in_runs
from redraft.runs.work import Work

INDEXES = (store.INDEXES,)

__all__ = [
    "INDEXES",
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
    "keep_dead_replicas",
    "put_owners_first_in_runs",
    "router",
]
