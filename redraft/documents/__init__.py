"""Files and their versions."""

from redraft.documents.differences import clashes
from redraft.documents.models import USER, Author, Clash, Document, Saved, Word
from redraft.documents.router import router
from redraft.documents.service import Documents
from redraft.documents.store import DOCUMENTS, VERSIONS, DocumentStore
from redraft.documents.user_data import DocumentData

INDEXES = (DOCUMENTS, VERSIONS)

__all__ = [
    "INDEXES", "USER", "Author", "Clash", "Document", "DocumentData", "DocumentStore", "Documents", "Saved",
    "Word", "clashes", "router",
]  # fmt: skip
