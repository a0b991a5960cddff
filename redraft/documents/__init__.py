"""Files and their versions."""

from redraft.documents.keeper import DocumentKeeper
from redraft.documents.models import USER, Author, Document, Saved
from redraft.documents.router import router
from redraft.documents.service import Documents, VersionsMeet
from redraft.documents.store import DOCUMENTS, VERSIONS, DocumentStore

INDEXES = (DOCUMENTS, VERSIONS)

__all__ = [
    "INDEXES", "USER", "Author", "Document", "DocumentKeeper", "DocumentStore", "Documents", "Saved", "VersionsMeet",
    "router",
]  # fmt: skip
