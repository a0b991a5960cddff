"""How reflections are made, and kept."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from redraft.agents.history import prefix_keys
from redraft.agents.learning import MAX_TOKENS, Chat, Knowledge, Ledger, SoFar, learn
from redraft.agents.memory import KINDS, Kind, Reflection, Reflections
from redraft.agents.messages import characters, leading
from redraft.agents.summarize import MAX_TOKENS as SUMMARY_TOKENS
from redraft.agents.summarize import summarize
from redraft.config import Settings
from redraft.db import Write
from redraft.errors import ModelFailed
from redraft.llm import Role
from redraft.reflections.models import ChangedView, ForgottenView, Learned, LeftOut, Memory, ReflectionView, unchanged
from redraft.reflections.shaping import (
    forgotten_of,
    item_of,
    plain,
    plain_forgotten,
    plain_item,
    reflections_of,
)
from redraft.reflections.store import changed_write, forgotten_writes, gone_write, learned_writes, new_writes
from redraft.runs import MemoryChanged, Outcome, Run, RunRecord, RunUsage
from redraft.summaries import Due, due_writes
from redraft.threads import in_thread_if_long
from redraft.vault import OwnerKey


class ReflectionWork:
    """The kind `reflection`: what `input["messages"]` teach, as changes of `input["known"]`."""

    kind = "reflection"
    role: Role = "reflect"
    most_output_tokens = MAX_TOKENS + SUMMARY_TOKENS

    def __init__(self, settings: Settings) -> None:
        self._chats_kept = timedelta(days=settings.running_summary_days)

    async def work(self, run: Run) -> Outcome:
        """Ask the agent, and show what became of what is known."""
        given = run.input
        at = datetime.fromisoformat(given["at"])
        known = reflections_of(given["known"])
        base = "ref_" + run.id.removeprefix("run_")  # derived, so that keeping an item twice keeps one
        ids = (f"{base}{place:02x}" for place in itertools.count())
        knowledge = Knowledge(known, forgotten_of(given["forgotten"]), ids, at)
        chat = _chat(given, at)
        due = Due(**given["summary"]) if given.get("summary") else None
        summary: str | None = None
        if chat.learned < len(chat.messages):
            summary = await learn(run, chat, knowledge, _so_far(due, chat))
        if due is not None and summary is None:
            summary = await _summed_up(run, chat, due)
        memory = _memory(knowledge)
        told = memory.model_dump(mode="json")
        run.emit(MemoryChanged(told))
        name = (await in_thread_if_long(characters(chat.messages), prefix_keys, chat.messages))[-1]
        result = {
            "learned": plain(knowledge.reflections.only({*knowledge.ledger.learned, *knowledge.ledger.changed})),
            "memory": told,
            "kept": _kept(knowledge),
            "chat": {"name": name, "count": len(chat.messages), "conversation_id": chat.conversation_id},
            "summary": summary,
        }
        return Outcome(result=result)

    def answer(self, record: RunRecord) -> Learned:
        """What was learned; of a run that was stopped, nothing."""
        return answer_of(record)

    def settle(self, record: RunRecord, key: OwnerKey) -> list[Write]:
        """Keep what was learned and changed, drop what was forgotten, and remember the chat as learned from."""
        if record.outcome is None or "kept" not in record.outcome.result:
            return []
        owner_id, result = record.owner_id, record.outcome.result
        kept, at = result["kept"], datetime.fromisoformat(record.input["at"])
        writes: list[Write] = []
        for kind in KINDS:
            writes += new_writes(owner_id, key, kind, [item_of(each) for each in kept["new"][kind]], at)
            writes += [changed_write(owner_id, key, kind, item_of(each)) for each in kept["changed"][kind]]
        writes += [gone_write(owner_id, item_of(each)) for each in kept["gone"]]
        writes += forgotten_writes(owner_id, key, forgotten_of(kept["forgotten"]))
        chat, ended = result["chat"], record.ended_at or record.created_at
        expires_at, talk = ended + self._chats_kept, chat["conversation_id"]
        writes += learned_writes(owner_id, key, chat["name"], chat["count"], talk, expires_at)
        due, summary = record.input.get("summary"), result.get("summary")
        if due and summary and summary != due["previous"]:
            writes += due_writes(record, key, Due(**due), summary, talk, self._chats_kept)
        return writes


def answer_of(record: RunRecord) -> Learned:
    """What the call answers of a run that ended without an error."""
    assert record.outcome is not None  # noqa: S101
    assert record.usage is not None  # noqa: S101
    result = record.outcome.result
    learned = result.get("learned", plain(Reflections()))
    memory = result.get("memory", unchanged().model_dump())
    return Learned.model_validate(
        {
            **learned,
            "memory": memory,
            "summary": result.get("summary"),
            "run_id": record.id,
            "usage": RunUsage(**vars(record.usage)),
        }
    )


def _so_far(due: Due | None, chat: Chat) -> SoFar | None:
    """What there is of the summary that is due, counted in all messages of the chat, the app's own included."""
    if due is None:
        return None
    return SoFar(due.previous, due.start + len(leading(chat.messages)[0]) if due.start else 0, due.own)


async def _summed_up(run: Run, chat: Chat, due: Due) -> str | None:
    """The summary by a call of its own, or as it is where nothing is new; None where the model fails at it.

    What was learned is paid for and stays.
    """
    new = leading(chat.messages)[1][due.start :]
    if not new and due.previous:
        return due.previous
    try:
        return await summarize(run, new, due.previous, own=due.own)
    except ModelFailed:
        return None


def _chat(given: dict[str, Any], at: datetime) -> Chat:
    return Chat(
        messages=given["messages"],
        ids=given["ids"],
        times=[datetime.fromisoformat(each) if each else None for each in given["times"]],
        now=at,
        learned=given["learned"],
        document=given["document"],
        name=given["name"],
        conversation_id=given["conversation_id"],
    )


def _kept(knowledge: Knowledge) -> dict[str, Any]:
    """The changes to store, as JSON: new and changed items by kind, those that are gone, and what was forgotten."""
    ledger = knowledge.ledger
    changed = {*ledger.changed, *ledger.contradicted}
    there: dict[Kind, tuple[Reflection, ...]] = {kind: knowledge.reflections.of(kind) for kind in KINDS}
    left = {each.id for items in there.values() for each in items}
    return {
        "new": {kind: [plain_item(each) for each in there[kind] if each.id in ledger.learned] for kind in KINDS},
        "changed": {kind: [plain_item(each) for each in there[kind] if each.id in changed] for kind in KINDS},
        "gone": [
            plain_item(each) for each in ledger.before.values() if each.id not in left and each.id not in ledger.learned
        ],
        "forgotten": plain_forgotten(ledger.forgotten),
    }


def _memory(knowledge: Knowledge) -> Memory:
    ledger: Ledger = knowledge.ledger
    known = {each.id: each for kind in KINDS for each in knowledge.items[kind]}

    def view(item: Reflection) -> ReflectionView:
        return ReflectionView.model_validate(plain_item(item))

    return Memory(
        learned=[view(known[each]) for each in ledger.learned if each in known],
        changed=[
            ChangedView(before=ledger.before[each].text, item=view(known[each]))
            for each in ledger.changed
            if each in known
        ],
        forgotten=[ForgottenView(id=each.id, text=each.text) for each in ledger.forgotten],
        contradicted=[view(known[each]) for each in ledger.contradicted if each in known],
        left_out=[
            *(LeftOut(text=each.text, why="no room") for each in ledger.gave_way),
            *(LeftOut(text=text, why=why) for text, why in ledger.left_out),
        ],
    )
