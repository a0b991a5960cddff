"""What the agents learned of a user: style and facts."""

from redraft.reflections import store
from redraft.reflections.router import router
from redraft.reflections.service import Reflecting
from redraft.reflections.shaping import reflections_of
from redraft.reflections.store import ReflectionStore
from redraft.reflections.telling import Telling, show_untold, told_writes
from redraft.reflections.work import ReflectionWork

INDEXES = store.INDEXES

__all__ = [
    "INDEXES", "Reflecting", "ReflectionStore", "ReflectionWork", "Telling", "reflections_of",
    "router", "show_untold", "told_writes",
]  # fmt: skip
