"""What a turn or an edit is told of what is known: what belongs there, and as much of it as fits."""

from datetime import datetime
from typing import Any

from redraft.agents.memory import KINDS
from redraft.db import Write
from redraft.llm import Models, Role
from redraft.reflections.models import LeftOut, unchanged
from redraft.reflections.shaping import plain, reflections_of
from redraft.reflections.store import ReflectionStore, used_writes
from redraft.runs import MemoryChanged, Run, RunRecord

SHARE = 1 / 8
"""Of the context of the model that is told; the rest is for the document, the chat and the answer."""


class Telling:
    """Gathers what is told, for a run's input, and notes afterwards that it was."""

    def __init__(self, store: ReflectionStore, models: Models) -> None:
        self._store = store
        self._models = models

    async def input(
        self, owner_id: str, roles: tuple[Role, ...], document: str | None, conversation_id: str | None = None
    ) -> dict[str, Any]:
        """What a run of these roles is told: `reflections`, and of what does not fit the texts, as `untold`.

        `document` is the name of the one that is open.
        """
        known = (await self._store.known(owner_id)).about(document, conversation_id)
        context = min(self._models.context_tokens(role) for role in roles)
        told, left_out = known.fitting(int(context * SHARE))
        texts = {each.id: each.text for kind in KINDS for each in known.of(kind)}
        return {"reflections": plain(told), "untold": [texts[each] for each in left_out]}


def show_untold(run: Run) -> None:
    """Name what did not fit, in an event `memory`; nothing where all did."""
    untold: list[str] = run.input.get("untold") or []
    if untold:
        told = unchanged([LeftOut(text=text, why="no room") for text in untold])
        run.emit(MemoryChanged(told.model_dump(mode="json")))


def told_writes(record: RunRecord) -> list[Write]:
    """The writes that note when each item was told to an agent last."""
    at: datetime = record.ended_at or record.created_at
    return used_writes(record.owner_id, reflections_of(record.input["reflections"]), at)
