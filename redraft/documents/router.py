"""`/v1/documents`: files, and every version of them."""

from typing import Annotated

from fastapi import Depends, Path, Query, Response

from redraft.accounts import Caller
from redraft.documents.models import (
    USER,
    Author,
    Change,
    Difference,
    Document,
    DocumentItem,
    EditConflict,
    NewDocument,
    NewText,
    Save,
    Saved,
    Version,
    VersionItem,
)
from redraft.documents.service import Documents
from redraft.errors import FieldError, InvalidRequest
from redraft.repeats import Once
from redraft.web.openapi import problem_shaped, problems
from redraft.web.pages import Cursor, Limit, Page
from redraft.web.provide import provided
from redraft.web.routing import api_router

router = api_router("/documents", "documents")

Service = Annotated[Documents, Depends(provided(Documents))]
DocumentId = Annotated[str, Path(max_length=64)]
Number = Annotated[int, Path(ge=1, le=2**31)]
AnyVersion = Annotated[int, Query(ge=1, le=2**31)]
CLASH = problem_shaped(409, EditConflict)


@router.post("", status_code=201)
async def create(new: NewDocument, caller: Caller, once: Once, documents: Service, response: Response) -> Document:
    """Keep a file. `Location` is its address."""
    head = await documents.create(caller.user_id, new.name, new.text, once)
    response.headers["Location"] = f"/v1/documents/{head.id}"
    return head.document()


@router.get("")
async def list_documents(
    caller: Caller, documents: Service, cursor: Cursor = None, limit: Limit = None
) -> Page[DocumentItem]:
    """The caller's files without their texts, the newest first."""
    return await documents.page(caller.user_id, cursor, limit)


@router.get("/{document_id}")
async def read(document_id: DocumentId, caller: Caller, documents: Service) -> Document:
    """One file with its newest text."""
    return (await documents.get(caller.user_id, document_id)).document()


@router.put("/{document_id}", responses=CLASH)
async def save(document_id: DocumentId, new: NewText, caller: Caller, once: Once, documents: Service) -> Saved:
    """Make the text the newest version.

    Somebody who saved since `base_version` is never overwritten: the two are merged (`merged: true`, and `text` is what
    to go on with), or, where both changed the same words, refused with the conflicts.
    """
    author = Author(kind="agent", run_id=new.run_id) if new.run_id else USER
    wanted = Save(new.text, new.base_version, new.name, author)
    return await documents.save(caller.user_id, document_id, wanted, once)


@router.patch("/{document_id}", responses=CLASH)
async def change(document_id: DocumentId, change: Change, caller: Caller, once: Once, documents: Service) -> Saved:
    """Rename a file, or save a text as `PUT` does, or both."""
    if change.text is not None and change.base_version is not None:
        new = NewText(text=change.text, base_version=change.base_version, name=change.name, run_id=change.run_id)
        return await save(document_id, new, caller, once, documents)
    if change.text is not None:
        raise InvalidRequest(errors=[FieldError("base_version", "is missing: say from which version it was written")])
    for field in ("base_version", "run_id"):
        if getattr(change, field) is not None:
            raise InvalidRequest(errors=[FieldError(field, "is about a text: send `text` too, or leave it out")])
    if change.name is None:
        raise InvalidRequest(errors=[FieldError("name", "is missing, and so is `text`: nothing would change")])
    return await documents.rename(caller.user_id, document_id, change.name)


@router.delete("/{document_id}", status_code=204)
async def delete(document_id: DocumentId, caller: Caller, documents: Service) -> None:
    """Delete a file and all its versions."""
    await documents.delete(caller.user_id, document_id)


@router.get("/{document_id}/versions")
async def list_versions(
    document_id: DocumentId, caller: Caller, documents: Service, cursor: Cursor = None, limit: Limit = None
) -> Page[VersionItem]:
    """The kept versions without their texts, the newest first."""
    return await documents.versions(caller.user_id, document_id, cursor, limit)


@router.get("/{document_id}/versions/{version}")
async def read_version(document_id: DocumentId, version: Number, caller: Caller, documents: Service) -> Version:
    """One version with its text."""
    return await documents.version(caller.user_id, document_id, version)


@router.post("/{document_id}/versions/{version}/restore", responses=problems(409))
async def restore(document_id: DocumentId, version: Number, caller: Caller, once: Once, documents: Service) -> Saved:
    """Let a new version say what an old one said. What is there now stays: it is the version before."""
    return await documents.restore(caller.user_id, document_id, version, once)


@router.get("/{document_id}/diff")
async def compare(
    document_id: DocumentId,
    caller: Caller,
    documents: Service,
    from_version: AnyVersion,
    to_version: AnyVersion,
) -> Difference:
    """What changed between any two versions, as a unified diff and word by word."""
    return await documents.compare(caller.user_id, document_id, from_version, to_version)
