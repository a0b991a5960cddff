"""How a chat turn is done, and what it leaves behind."""

from datetime import timedelta
from typing import Any

from redraft.agents.history import RunningSummary
from redraft.agents.reading import OpenDocument
from redraft.agents.turn import MOST_OUTPUT_TOKENS, TurnTask, take_turn
from redraft.chat.models import AnswerMessage, ChatAnswer
from redraft.config import Settings
from redraft.db import Write
from redraft.edits import Shown, proposal_writes, proposing, shaped, surely_fits, tells_chat
from redraft.llm import Message, Role
from redraft.reflections import reflections_of, show_untold, told_writes
from redraft.runs import Outcome, ProposalMade, Run, RunRecord, RunUsage
from redraft.summaries import RunningSummaries, known_summary, summary_result, summary_writes
from redraft.vault import OwnerKey


class ChatWork:
    """The kind `chat`: an answer to the last message, and a proposal where the `document` is to be changed."""

    kind = "chat"
    role: Role = "chat"
    most_output_tokens = MOST_OUTPUT_TOKENS

    def __init__(self, summaries: RunningSummaries, settings: Settings) -> None:
        self._summaries = summaries
        self._settings = settings
        self._proposals_kept = timedelta(days=settings.proposal_days)
        self._summaries_kept = timedelta(days=settings.running_summary_days)

    async def work(self, run: Run) -> Outcome:
        """Take the turn; each hunk is shown as soon as it is complete, and the proposal when all are."""
        show_untold(run)
        messages = await run.messages()
        # What surely remains beside an answer of a quarter and, if there is one, the document, half of the rest.
        surely = run.context_tokens("chat") // (4 if run.input.get("document") else 2)
        if run.input.get("document") and tells_chat(run):
            surely = min(surely, surely_fits(run))
        found = await known_summary(self._summaries, run, messages, surely)
        open_document = run.input.get("document") or {"editing": ""}
        propose = proposing(self._settings, Shown(run, open_document["editing"]))
        turn = await take_turn(run, propose, task_of(run.input, messages, found.summary))
        result: dict[str, Any] = {"agent": turn.agent}
        if turn.proposal is not None:
            document = run.input["document"]
            view = await shaped(run.id, document["editing"], document["name"], turn.proposal)
            result["proposal"] = view.model_dump(mode="json") | {"usage": run.usage()}
            run.emit(ProposalMade(result["proposal"]))
        if turn.agent == "talk" and run.cut:
            result["cut"] = run.cut
        return Outcome(turn.message, result | summary_result(found, turn.summary))

    def answer(self, record: RunRecord) -> ChatAnswer:
        """The turn's answer, as far as it was said."""
        return answer_of(record)

    def settle(self, record: RunRecord, key: OwnerKey) -> list[Write]:
        """Keep the proposal, so that it can be applied, and the running summary, so that it is paid for once."""
        kept = [*proposal_writes(record, key, self._proposals_kept), *told_writes(record)]
        return [*kept, *summary_writes(record, key, self._summaries_kept)]


def task_of(given: dict[str, Any], messages: list[Message], known: RunningSummary | None) -> TurnTask:
    """A run's input as the agent takes it."""
    document = given.get("document")
    open_document = None
    if document is not None:
        selection = document["selection"]
        open_document = OpenDocument(
            document["original"], document["editing"], document["name"], tuple(selection) if selection else None
        )
    return TurnTask(
        messages=messages,
        document=open_document,
        reflections=reflections_of(given["reflections"]),
        known=known,
    )


def answer_of(record: RunRecord) -> ChatAnswer:
    """What the call answers of a turn that ended without an error."""
    assert record.outcome is not None  # noqa: S101
    assert record.usage is not None  # noqa: S101
    return ChatAnswer(
        run_id=record.id,
        conversation_id=record.turn.conversation_id if record.turn else None,
        message=AnswerMessage(
            id=record.answer_id,
            content=record.outcome.message or "",
            status=record.message_status,
            reason=record.outcome.cut,
            links_added=record.outcome.links_added,
        ),
        proposal=record.outcome.result.get("proposal"),
        usage=RunUsage(**vars(record.usage)),
    )
