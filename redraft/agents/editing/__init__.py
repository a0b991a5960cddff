"""The edit agent: what the model sees of a draft, and the few operations it may answer with."""

from redraft.agents.editing.task import EditTask, Proposal

__all__ = ["EditTask", "Proposal"]
