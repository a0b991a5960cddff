"""How reflections are made, and kept."""

from dataclasses import replace
from typing import Any

from redraft.agents.memory import Reflection, Reflections
from redraft.agents.reflect import reflect
from redraft.db import Write
from redraft.reflections.merging import merged
from redraft.reflections.models import MOST_OF_EACH
from redraft.reflections.store import changes
from redraft.runs import Outcome, Run, RunRecord
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

    def settle(self, record: RunRecord, key: OwnerKey) -> list[Write]:
        """Keep what was learned; drop what it replaced."""
        if record.outcome is None or "after" not in record.outcome.result:
            return []
        before, after = reflections_of(record.input["known"]), reflections_of(record.outcome.result["after"])
        return changes(record.owner_id, key, before, after, record.ended_at or record.created_at)


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
