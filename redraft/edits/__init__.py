"""Proposals of an agent, and applying them to the draft as it is by then."""

from redraft.edits import store
from redraft.edits.models import DocumentIn, Merged, ProposalView
from redraft.edits.router import router
from redraft.edits.service import Edits
from redraft.edits.shaping import edit_id, plain_document, shaped, task_of, texts_of
from redraft.edits.store import ProposalStore
from redraft.edits.work import EditWork, Shown, proposal_writes, proposing, surely_fits, tells_chat

INDEXES = (store.PROPOSALS,)

__all__ = [
    "INDEXES",
    "DocumentIn",
    "EditWork",
    "Edits",
    "Merged",
    "ProposalStore",
    "ProposalView",
    "Shown",
    "edit_id",
    "plain_document",
    "proposal_writes",
    "proposing",
    "router",
    "shaped",
    "surely_fits",
    "task_of",
    "tells_chat",
    "texts_of",
]
