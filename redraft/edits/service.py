"""Edits: asked for, read again, applied to the draft as it is by then."""

from redraft.aside import beside
from redraft.config import Settings
from redraft.conversations import asked, bound, bound_texts, taken
from redraft.edits.models import ApplyRequest, EditRequest, Merged, MergeRequest, ProposalView
from redraft.edits.shaping import hunk_of, merged_view, plain_document, texts_of
from redraft.edits.store import ProposalStore
from redraft.errors import Conflict, FieldError, InvalidRequest
from redraft.markdown import MergeResult, apply_hunks, merge
from redraft.reflections import ReflectionStore, plain
from redraft.runs import Accepted, NewRun, RunRecord, Runs, RunUsage
from redraft.web.idempotency import Idempotency
from redraft.web.utf16 import Utf16


class Edits:
    """Starts edits and applies what came of them."""

    def __init__(self, runs: Runs, store: ProposalStore, reflections: ReflectionStore, settings: Settings) -> None:
        self._runs = runs
        self._store = store
        self._reflections = reflections
        self._settings = settings

    async def start(self, owner_id: str, ask: EditRequest, idempotency: Idempotency | None) -> Accepted:
        """Check everything, then accept the edit. Raises `InvalidRequest`, `TooLarge`, `KeyReused`."""
        again = await self._runs.earlier(owner_id, idempotency)
        if again is not None:
            return again
        messages = await taken(ask.messages, self._settings)
        asked(messages)
        bound(messages, self._settings)
        bound_texts(texts_of(ask.document), self._settings)
        new = NewRun(
            kind="edit",
            owner_id=owner_id,
            input={
                "messages": messages,
                "document": plain_document(ask.document),
                "reflections": plain(await self._reflections.known(owner_id)),
            },
            on_disconnect=ask.on_disconnect,
            idempotency=idempotency,
        )
        return await self._runs.start(new)

    async def get(self, owner_id: str, edit_id: str) -> ProposalView:
        """A proposal that is still kept. Raises `NotFound`."""
        _, proposal = await self._store.get(owner_id, edit_id)
        return proposal

    async def apply(self, owner_id: str, edit_id: str, ask: ApplyRequest) -> Merged:
        """The draft as it is now, with the hunks that are taken: base is the draft that was sent.

        Raises `NotFound`, and `InvalidRequest` for hunks the proposal does not have.
        """
        amended = {f"amend.{hunk_id}": text for hunk_id, text in ask.amend.items()}
        bound_texts({"editing": ask.editing, **amended}, self._settings)
        editing, proposal = await self._store.get(owner_id, edit_id)
        known = {hunk.id for hunk in proposal.hunks}
        _refuse_unknown("accept", [] if ask.accept == "all" else ask.accept, known)
        _refuse_unknown("amend", list(ask.amend), known)
        return merged_view(await beside(len(editing) + len(ask.editing), _applied, editing, proposal, ask))

    async def merge(self, ask: MergeRequest) -> Merged:
        """Both changes in one text."""
        bound_texts({"base": ask.base, "mine": ask.mine, "theirs": ask.theirs}, self._settings)
        size = len(ask.base) + len(ask.mine) + len(ask.theirs)
        return merged_view(await beside(size, merge, ask.base, ask.mine, ask.theirs))


def proposal_of(record: RunRecord) -> ProposalView:
    """The proposal of a run that ended without an error, with what it cost. Raises `Conflict` if it was stopped."""
    assert record.outcome is not None  # noqa: S101  the run ended, and not with an error
    if record.status == "stopped":
        raise Conflict("The edit was stopped before it was complete. Ask again.")
    usage = RunUsage(**vars(record.usage)) if record.usage else None
    return ProposalView.model_validate({**record.outcome.result["proposal"], "usage": usage})


def _refuse_unknown(field: str, given: list[str], known: set[str]) -> None:
    unknown = [each for each in given if each not in known]
    if unknown:
        message = f"{unknown[0]!r} is no hunk of this proposal; its hunks: {', '.join(sorted(known)[:20]) or 'none'}"
        raise InvalidRequest(errors=[FieldError(field, message)])


def _applied(editing: str, proposal: ProposalView, ask: ApplyRequest) -> MergeResult:
    offsets = Utf16(editing)
    hunks = [hunk_of(view, offsets) for view in proposal.hunks]
    hunks = [hunk.amended(ask.amend[hunk.id]) if hunk.id in ask.amend else hunk for hunk in hunks]
    theirs = apply_hunks(editing, hunks, None if ask.accept == "all" else ask.accept)
    return merge(editing, ask.editing, theirs)
