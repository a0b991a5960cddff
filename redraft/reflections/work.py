"""How reflections are made, and kept."""

from dataclasses import replace
from typing import Any

from redraft.agents.memory import Reflection, Reflections
from redraft.agents.reflect import MAX_TOKENS, reflect
from redraft.db import Write
from redraft.llm import Role
from redraft.reflections.merging import merged
from redraft.reflections.models import MOST_OF_EACH, Learned
from redraft.reflections.store import changes
from redraft.runs import Outcome, Run, RunRecord, RunUsage
from redraft.vault import OwnerKey


def plain(reflections: Reflections) -> dict[str, Any]:
    """As JSON, for a run's input or result."""
    return {
        kind: [
            {
                "id": each.id,
                "text": each.text,
                "message_ids": list(each.message_ids),
                "addresses": list(each.addresses),
            }
            for each in items
        ]
        for kind, items in (("style", reflections.style), ("facts", reflections.facts))
    }


def reflections_of(data: dict[str, Any]) -> Reflections:
    """What `plain` was given."""
    style, facts = (
        tuple(
            Reflection(each["id"], each["text"], tuple(each["message_ids"]), tuple(each.get("addresses", ())))
            for each in data[kind]
        )
        for kind in ("style", "facts")
    )
    return Reflections(style, facts)


class ReflectionWork:
    """The kind `reflection`: what `input["messages"]` teach, merged with `input["known"]`."""

    kind = "reflection"
    role: Role = "reflect"
    most_output_tokens = MAX_TOKENS

    async def work(self, run: Run) -> Outcome:
        """Ask the agent, and merge."""
        given = run.input
        learned = await reflect(run, given["messages"], given["ids"], given["document"])
        learned = _named(run.id, learned)
        known = reflections_of(given["known"])
        after = Reflections(
            tuple(merged(known.style, learned.style, MOST_OF_EACH)),
            tuple(merged(known.facts, learned.facts, MOST_OF_EACH)),
        )
        return Outcome(result={"learned": plain(_taught(known, after)), "after": plain(after)})

    def answer(self, record: RunRecord) -> Learned:
        """What was learned; of a run that was stopped, nothing."""
        return answer_of(record)

    def settle(self, record: RunRecord, key: OwnerKey) -> list[Write]:
        """Keep what was learned; drop what it replaced."""
        if record.outcome is None or "after" not in record.outcome.result:
            return []
        before, after = reflections_of(record.input["known"]), reflections_of(record.outcome.result["after"])
        return changes(record.owner_id, key, before, after, record.ended_at or record.created_at)


def answer_of(record: RunRecord) -> Learned:
    """What the call answers of a run that ended without an error."""
    assert record.outcome is not None  # noqa: S101
    assert record.usage is not None  # noqa: S101
    learned = record.outcome.result.get("learned", plain(Reflections()))
    return Learned.model_validate({**learned, "run_id": record.id, "usage": RunUsage(**vars(record.usage))})


def _named(run_id: str, learned: Reflections) -> Reflections:
    """With ids derived from the run's, so that keeping them twice keeps one."""
    base = "ref_" + run_id.removeprefix("run_")
    items = [*learned.style, *learned.facts]
    named = [replace(each, id=f"{base}{place:02x}") for place, each in enumerate(items)]
    return Reflections(tuple(named[: len(learned.style)]), tuple(named[len(learned.style) :]))


def _taught(before: Reflections, after: Reflections) -> Reflections:
    """What is new in `after`, or rests on more than it did."""
    known = {*before.style, *before.facts}
    style, facts = (tuple(each for each in items if each not in known) for items in (after.style, after.facts))
    return Reflections(style, facts)
