"""The path for small models: parse the request, look up what it names, write what is new."""

from typing import Any

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.notes import note
from redraft.agents.editing.small.asked.cues import named_sections
from redraft.agents.editing.small.asked.figures import figures
from redraft.agents.editing.small.asked.parse import parse
from redraft.agents.editing.small.kinds import offered, settled
from redraft.agents.editing.small.meant.find import NotFound
from redraft.agents.editing.small.meant.removing import remove
from redraft.agents.editing.small.meant.taking import repeated, taken
from redraft.agents.editing.small.meant.ticking import tick
from redraft.agents.editing.small.new.adding import Additions
from redraft.agents.editing.small.new.marks import marked_up
from redraft.agents.editing.small.new.replacing import replace
from redraft.agents.editing.small.new.rewriting import rewritten
from redraft.agents.editing.small.plans import Plans
from redraft.agents.tools import Answers
from redraft.agents.words import quoted, stems
from redraft.llm import Ask, Role
from redraft.markdown import Operation
from redraft.markdown.operations import ReplaceRange
from redraft.threads import ON_THE_LOOP, in_thread_by_steps, on_the_loop


async def operations(tools: Answers, draft: Draft) -> tuple[list[Operation], str]:
    """The operations a request comes down to, and a note for the user when there are none.

    No note either: no change was asked for.
    """
    if len(draft.task.editing) <= ON_THE_LOOP:
        return await _operations(tools, draft)
    return await in_thread_by_steps(_operations(_FromThreads(tools), draft))


class _FromThreads:
    """The tools of steps that are done in threads."""

    def __init__(self, tools: Answers) -> None:
        self._tools = tools

    async def answer(self, role: Role, ask: Ask) -> str:
        """See `Answers.answer`."""
        return await on_the_loop(lambda: self._tools.answer(role, ask))

    def context_tokens(self, role: Role) -> int:
        """See `Answers.context_tokens`."""
        return self._tools.context_tokens(role)


async def _operations(tools: Answers, draft: Draft) -> tuple[list[Operation], str]:
    try:
        draft.agreed = await taken(tools, draft)
    except NotFound:
        return [], note("several", draft.instruction, draft.task.editing)
    parsed = await parse(tools, draft.request, offered(draft))
    draft.agreed = draft.agreed or repeated(draft, parsed)
    kind = settled(draft, parsed)
    if kind == "answer":
        return [], ""
    try:
        return await _planned(tools, draft, kind, parsed), ""
    except NotFound:
        return [], note("not found", draft.instruction, draft.task.editing)


async def _planned(tools: Answers, draft: Draft, kind: str, parsed: dict[str, Any]) -> list[Operation]:
    plans, additions = Plans(tools, draft), Additions(tools, draft)
    if kind in ("remove", "move", "tick", "untick") and _names_nothing(draft):
        raise NotFound(draft.instruction)
    if kind == "add" and _names_no_section(draft):
        raise NotFound(draft.instruction)
    if draft.task.selection and kind not in ("replace", "undo"):
        return await _selected(tools, draft, kind)
    match kind:
        case "replace":
            return await replace(tools, draft)
        case "rename":
            return await plans.rename(parsed)
        case "add":
            return await additions.add(parsed)
        case "add section":
            return await additions.add_section(parsed)
        case "remove":
            return await remove(plans.finder, draft, str(parsed.get("what", "")))
        case "move":
            return await plans.move(parsed)
        case "rewrite":
            return await plans.rewrite(parsed)
        case "undo":
            return await plans.undo(parsed)
        case _:
            return await tick(plans.finder, draft, parsed, done=kind == "tick")


def _names_nothing(draft: Draft) -> bool:
    """Whether the request quotes something to be found, or gives figures of it, that the draft does not have."""
    told = draft.instruction
    named = [*quoted(told), *(each.text for each in figures(told) if each.kind != "dotted")]
    return not draft.task.selection and not draft.is_foreign and not all(map(draft.has, named))


def _names_no_section(draft: Draft) -> bool:
    """Whether the request names a section by a word that the draft does not have at all."""
    named = [stems(each) for each in named_sections(draft.instruction)]
    known = stems(draft.task.editing) if named and not draft.is_foreign else set()
    return bool(known) and any(not words & known for words in named)


async def _selected(tools: Answers, draft: Draft, kind: str) -> list[Operation]:
    start, end = draft.task.selection or (0, 0)
    old = draft.task.editing[start:end]
    if marked := marked_up(draft.instruction, old):
        return [ReplaceRange(start, end, marked)]
    new = "" if kind == "remove" else await rewritten(tools, draft, old)
    if not new and kind != "remove":
        raise NotFound(draft.instruction)
    return [ReplaceRange(start, end, new)]
