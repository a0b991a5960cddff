"""Documents: saved so that nobody's words are lost, and every version can come back."""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime

from redraft.config import Settings
from redraft.documents.differences import conflict_members
from redraft.documents.models import (
    USER,
    Author,
    Difference,
    DocumentItem,
    Head,
    Save,
    Saved,
    Version,
    VersionItem,
)
from redraft.documents.store import DocumentStore
from redraft.errors import Conflict, FieldError, InvalidRequest, NotFound, QuotaReached, TooLarge, VersionsMeet
from redraft.markdown import merge
from redraft.markdown.diff import differences
from redraft.pool.jobs import Jobs
from redraft.repeats import Attempt
from redraft.web.pages import Page, decode_cursor, encode_cursor

MAX_TRIES = 10
"""Of a save against others that save the same document at the same time."""


class Documents:
    """The files that the server keeps for its users."""

    def __init__(self, store: DocumentStore, jobs: Jobs, settings: Settings) -> None:
        self._jobs = jobs
        self._store = store
        self._settings = settings

    async def create(self, owner_id: str, name: str, text: str, attempt: Attempt) -> Head:
        """Keep a new document. Raises `TooLarge`, `QuotaReached`."""
        first, document_id = self._version(1, text, USER), attempt.new_id("doc")
        most = self._settings.documents_per_user
        if attempt.again:
            with contextlib.suppress(NotFound):
                return await self._store.get(owner_id, document_id)
        if await self._store.how_many(owner_id) >= most:
            raise _too_many(most)
        await self._take(owner_id, first.bytes)
        head = await self._store.create(owner_id, document_id, name, first)
        if head.created_at != first.created_at:  # made by another try at this request
            await self._store.give_back(owner_id, first.bytes)
        elif await self._store.how_many(owner_id, head.place) > most:  # another took the last place just before
            await self._store.delete(owner_id, document_id)
            raise _too_many(most)
        return head

    async def get(self, owner_id: str, document_id: str) -> Head:
        """The document as it is now. Raises `NotFound`."""
        return await self._store.get(owner_id, document_id)

    async def page(self, owner_id: str, cursor: str | None, limit: int | None) -> Page[DocumentItem]:
        """The owner's documents, the newest first."""
        below = _below(cursor, await self._store.last_place(owner_id))
        wanted = limit or self._settings.page_size
        items: list[Head] = []
        span = wanted
        while below > 1 and len(items) < wanted:  # deleted documents left gaps: look further down, in growing steps
            above = max(0, below - span - 1)
            items += await self._store.between(owner_id, above, below)
            below, span = above + 1, span * 4
        shown = items[:wanted]
        last = shown[-1].place if len(items) > wanted else below
        return Page(items=[head.item() for head in shown], next_cursor=encode_cursor(last) if last > 1 else None)

    async def save(self, owner_id: str, document_id: str, wanted: Save, attempt: Attempt) -> Saved:
        """Make a text, written from `base_version`, the newest version; merge it with what came in between.

        Raises `VersionsMeet` when both changed the same words, and then saves nothing; `Conflict` when the base is no
        longer kept; `TooLarge`; `NotFound`. The same save again finds its text there and adds no version.
        """
        self._check_size(wanted.text)
        for _ in range(MAX_TRIES):
            head = await self._existing(owner_id, document_id)
            if (made := await self._made(head, attempt)) is not None:
                return _saved(made, merged=made.newest.version > wanted.base_version + 1)
            merged = await self._onto(head, wanted.text, wanted.base_version)
            newest = self._following(head, merged, wanted.author)
            saved = await self._put(head, newest, wanted.name or head.name, attempt)
            if saved is not None:
                return _saved(saved, merged=head.newest.version != wanted.base_version)
        raise Conflict("Others keep saving this document. Try again in a moment.", retry_after=1)

    async def rename(self, owner_id: str, document_id: str, name: str) -> Saved:
        """Give the document another name; that is no new version. Raises `NotFound`."""
        for _ in range(MAX_TRIES):
            head = await self._existing(owner_id, document_id)
            renamed = await self._put(head, head.newest, name)
            if renamed is not None:
                return _saved(renamed)
        raise Conflict("Others keep saving this document. Try again in a moment.", retry_after=1)

    async def delete(self, owner_id: str, document_id: str) -> None:
        """Delete the document and all its versions. Raises `NotFound`."""
        await self._store.delete(owner_id, document_id)

    async def versions(
        self, owner_id: str, document_id: str, cursor: str | None, limit: int | None
    ) -> Page[VersionItem]:
        """The kept versions, the newest first."""
        head = await self._store.get(owner_id, document_id)
        below = _below(cursor, head.newest.version)
        above = max(self._oldest_kept(head) - 1, below - 1 - (limit or self._settings.page_size))
        rows = await self._store.versions(owner_id, document_id, above, below)
        found = [head.newest, *rows] if below > head.newest.version > above else rows
        items = [VersionItem.model_validate(version.model_dump(exclude={"text"})) for version in found]
        more = above >= self._oldest_kept(head)
        return Page(items=items, next_cursor=encode_cursor(above + 1) if more else None)

    async def version(self, owner_id: str, document_id: str, number: int) -> Version:
        """One version with its text. Raises `NotFound` when it is not kept."""
        return await self._version_of(await self._store.get(owner_id, document_id), number)

    async def restore(self, owner_id: str, document_id: str, number: int, attempt: Attempt) -> Saved:
        """Let a new version say what version `number` said; what is there now stays as the version before it."""
        for _ in range(MAX_TRIES):
            head = await self._existing(owner_id, document_id)
            if (made := await self._made(head, attempt)) is not None:
                return _saved(made)
            old = await self._version_of(head, number)
            newest = self._following(head, old.text, USER, restored_from=number)
            restored = await self._put(head, newest, head.name, attempt)
            if restored is not None:
                return _saved(restored)
        raise Conflict("Others keep saving this document. Try again in a moment.", retry_after=1)

    async def compare(self, owner_id: str, document_id: str, from_version: int, to_version: int) -> Difference:
        """What changed between two kept versions, in either direction. Raises `NotFound`."""
        head = await self._store.get(owner_id, document_id)
        before, after = await self._version_of(head, from_version), await self._version_of(head, to_version)
        size = len(before.text) + len(after.text)
        found = await self._jobs.do(owner_id, size, differences, before.text, after.text, head.name)
        between = {"from_version": from_version, "to_version": to_version}
        return Difference.model_validate({**between, "diff": found.unified, "words": found.words})

    async def _onto(self, head: Head, text: str, base_version: int) -> str:
        """`text`, written from `base_version`, as a change of the newest version."""
        if base_version == head.newest.version:
            return text
        if base_version > head.newest.version:
            fix = f"is a version that does not exist; the newest is {head.newest.version}"
            raise InvalidRequest(errors=[FieldError("base_version", fix)])
        try:
            base = await self._version_of(head, base_version)
        except NotFound:
            newest = f"The newest version is {head.newest.version}: read it, and save with it as the base."
            raise Conflict(f"Version {base_version} is no longer kept. {newest}") from None
        size = len(base.text) + len(text) + len(head.newest.text)
        result = await self._jobs.do(head.owner_id, size, merge, base.text, text, head.newest.text)
        if result.conflicts:
            raise VersionsMeet(
                f"Version {head.newest.version} changed the same words. Nothing was saved: settle the conflicts in "
                "`document`, and save it with `current_version` as the base.",
                members=conflict_members(result, head.newest.version),
            )
        self._check_size(result.document)
        return result.document

    def _following(self, head: Head, text: str, author: Author, restored_from: int | None = None) -> Version:
        """The version that says `text`: the newest, if it does, or the next."""
        if text == head.newest.text:
            return head.newest
        return self._version(head.newest.version + 1, text, author, restored_from)

    async def _put(self, head: Head, newest: Version, name: str, attempt: Attempt | None = None) -> Head | None:
        """The document after `newest` is its newest version; None when somebody else was first."""
        if newest is head.newest and name == head.name:
            return head
        made_by = head.made_by if newest is head.newest or attempt is None else attempt.seed
        after = replace(head, name=name, newest=newest, made_by=made_by)
        size = 0 if newest is head.newest else newest.bytes
        if size:
            await self._take(head.owner_id, size)
        if not await self._store.replace(head, after):
            await self._store.give_back(head.owner_id, size)
            return None
        if (too_old := self._oldest_kept(after) - 1) > 0:
            await self._store.forget_versions(head.owner_id, head.id, too_old)
        return after

    async def _take(self, owner_id: str, size: int) -> None:
        most = self._settings.document_bytes_per_user
        if not await self._store.take(owner_id, size, most):
            room = "Nothing was saved: delete a document to make room."
            raise QuotaReached(f"Your documents and their versions would pass the {most:,} bytes you may keep. {room}")

    async def _made(self, head: Head, attempt: Attempt) -> Head | None:
        """The document as an earlier try at this request left it, if one did."""
        if not attempt.again or attempt.seed is None:
            return None
        if head.made_by == attempt.seed:
            return head
        made = await self._store.made_by(head.owner_id, head.id, attempt.seed)
        return None if made is None else replace(head, newest=made, made_by=attempt.seed)

    async def _existing(self, owner_id: str, document_id: str) -> Head:
        """The document as it is now; if it is gone, so is what a write of ours may have left of it."""
        try:
            return await self._store.get(owner_id, document_id)
        except NotFound:
            await self._store.forget_versions(owner_id, document_id, up_to=2**31)
            raise

    async def _version_of(self, head: Head, number: int) -> Version:
        if number == head.newest.version:
            return head.newest
        return await self._store.version(head.owner_id, head.id, number)

    def _oldest_kept(self, head: Head) -> int:
        return max(1, head.newest.version - self._settings.document_versions + 1)

    def _version(self, number: int, text: str, author: Author, restored_from: int | None = None) -> Version:
        size = self._check_size(text)
        now = datetime.now(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as finely as MongoDB keeps it
        return Version(
            version=number, author=author, restored_from=restored_from, bytes=size, created_at=now, text=text
        )

    def _check_size(self, text: str) -> int:
        size = len(text.encode())
        if size > self._settings.max_document_bytes:
            most = self._settings.max_document_bytes
            raise TooLarge(errors=[FieldError("text", f"has {size:,} bytes; at most {most:,} are kept")])
        return size


def _too_many(most: int) -> QuotaReached:
    return QuotaReached(f"You keep {most:,} documents, as many as you may. Nothing was saved: delete one to make room.")


def _below(cursor: str | None, newest: int) -> int:
    """Below which number a page begins: past the `newest` there is nothing, whatever number a client made up."""
    return newest + 1 if cursor is None else min(decode_cursor(cursor), newest + 1)


def _saved(head: Head, *, merged: bool = False) -> Saved:
    return Saved(**head.document().model_dump(), merged=merged)
