"""The edit agent: from a request and a draft to hunks that a user takes or leaves."""

from redraft.agents.editing.propose import LARGE, propose
from redraft.agents.editing.task import EditTask, Proposal

__all__ = ["LARGE", "EditTask", "Proposal", "propose"]
