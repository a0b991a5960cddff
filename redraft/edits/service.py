"""Edits: asked for, read again, applied to the draft as it is by then."""

from redraft.config import Settings
from redraft.conversations import asked, bound, bound_texts, taken
from redraft.edits.models import ApplyRequest, EditRequest, Merged, MergeRequest, ProposalView
from redraft.edits.shaping import hunk_of, merged_view, plain_document, texts_of
from redraft.edits.store import ProposalStore
from redraft.errors import Conflict, FieldError, InvalidRequest
from redraft.markdown import Hunk, merge, merged_hunks
from redraft.pool.jobs import Jobs
from redraft.reflections import Telling
from redraft.runs import Accepted, NewRun, RunRecord, Runs, RunUsage
from redraft.web.idempotency import Idempotency
from redraft.web.utf16 import Utf16


class Edits:
    """Starts edits and applies what came of them."""

    def __init__(self, runs: Runs, store: ProposalStore, telling: Telling, jobs: Jobs, settings: Settings) -> None:
        self._jobs = jobs
        self._runs = runs
        self._store = store
        self._telling = telling
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
                **await self._telling.input(owner_id, ("edit",), ask.document.name),
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

        Raises `NotFound`, and `InvalidRequest` for hunks the proposal does not have, or that are amended and not taken.
        """
        amended = {f"amend.{hunk_id}": text for hunk_id, text in ask.amend.items()}
        bound_texts({"editing": ask.editing, **amended}, self._settings)
        editing, proposal = await self._store.get(owner_id, edit_id)
        known = {hunk.id for hunk in proposal.hunks}
        _refuse_unknown("accept", [] if ask.accept == "all" else ask.accept, known)
        _refuse_unknown("amend", list(ask.amend), known)
        _refuse_left(ask, proposal)
        hunks = _amended(editing, proposal, ask)
        accepted = None if ask.accept == "all" else ask.accept
        size = 2 * len(editing) + len(ask.editing) + sum(map(len, ask.amend.values()))
        return merged_view(await self._jobs.do(owner_id, size, merged_hunks, editing, ask.editing, hunks, accepted))

    async def merge(self, owner_id: str, ask: MergeRequest) -> Merged:
        """Both changes in one text."""
        bound_texts({"base": ask.base, "mine": ask.mine, "theirs": ask.theirs}, self._settings)
        size = len(ask.base) + len(ask.mine) + len(ask.theirs)
        return merged_view(await self._jobs.do(owner_id, size, merge, ask.base, ask.mine, ask.theirs))


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


def _refuse_left(ask: ApplyRequest, proposal: ProposalView) -> None:
    """Refuse new text for a hunk that is not taken, by its id or by that of one it shares a group with."""
    if ask.accept == "all":
        return
    groups = {hunk.group for hunk in proposal.hunks if hunk.id in ask.accept and hunk.group}
    taken = {hunk.id for hunk in proposal.hunks if hunk.id in ask.accept or hunk.group in groups}
    fix = "is not among the hunks that are taken: add the id to `accept`, or leave it out here"
    if left := [FieldError(f"amend.{each}", fix) for each in ask.amend if each not in taken]:
        raise InvalidRequest(errors=left)


def _amended(editing: str, proposal: ProposalView, ask: ApplyRequest) -> list[Hunk]:
    offsets = Utf16(editing)
    hunks = [hunk_of(view, offsets) for view in proposal.hunks]
    return [hunk.amended(ask.amend[hunk.id]) if hunk.id in ask.amend else hunk for hunk in hunks]
