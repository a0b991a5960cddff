"""What the agents learned of a user: style and facts."""

from redraft.reflections import store
from redraft.reflections.keeper import ReflectionKeeper
from redraft.reflections.router import router
from redraft.reflections.service import Reflecting
from redraft.reflections.store import ReflectionStore
from redraft.reflections.work import ReflectionWork, plain, reflections_of

INDEXES = (store.INDEXES,)

__all__ = [
    "INDEXES", "Reflecting", "ReflectionKeeper", "ReflectionStore", "ReflectionWork", "plain", "reflections_of",
    "router",
]  # fmt: skip
