"""The path for small models: parse the request, look up what it names, write what is new."""

from typing import Any

from redraft.agents.editing.asking import Dialog, Prompt, one_of, record
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.adding import Additions
from redraft.agents.editing.small.find import NONE, NotFound
from redraft.agents.editing.small.parse import Kind, parse
from redraft.agents.editing.small.plans import Plans
from redraft.agents.editing.small.replacing import replace
from redraft.agents.editing.small.writing import rewritten
from redraft.agents.editing.words import mentions, quoted
from redraft.agents.tools import AgentTools
from redraft.markdown import Operation
from redraft.markdown.operations import ReplaceRange

NO_CHANGE = ""  # nothing to say: the chat answers, or the call says that no change was asked for
DONE = "Done: see the changes."
SAME = "The document says so already, so nothing was changed."
NOT_FOUND = "The document has nothing of that kind, so nothing was changed."

TAKE = Prompt(
    f'An assistant made suggestions. Tell which one the user takes, or "{NONE}".',
    [
        ("1. Red\n2. Blue\n3. Green\n\nThe user: The second one, please.", {"take": "2. Blue"}),
        (
            "1. A walk by the sea\n2. Sea and sand\n\nThe user: Cái đầu tiên nhé, dùng làm tiêu đề.",
            {"take": "1. A walk by the sea"},
        ),
        ("1. 早上八点\n2. 下午三点\n\nThe user: 删除关于天气的那一段。", {"take": NONE}),
        ("1. Write tests first\n\nThe user: Yes, add that.", {"take": "1. Write tests first"}),
        ("1. Kurz\n2. Lang\n3. Mittel\n\nThe user: C gefällt mir.", {"take": "3. Mittel"}),
        ("1. Salt\n2. Sugar\n\nThe user: I like the last option.", {"take": "2. Sugar"}),
    ],
)


async def operations(tools: AgentTools, draft: Draft) -> tuple[list[Operation], str]:
    """The operations a request comes down to, and a note for the user when there are none."""
    draft.agreed = await _agreed(tools, draft)
    parsed = await parse(tools, draft.request, _kinds(draft))
    kind = _checked(draft, parsed)
    if kind == "answer":
        return [], NO_CHANGE
    try:
        return await _planned(tools, draft, kind, parsed), ""
    except NotFound:
        if kind != "rename" or mentions(draft.instruction, "section"):
            return [], NOT_FOUND
    try:
        return await replace(tools, draft), ""  # "The chair is now Julia" is no heading's name
    except NotFound:
        return [], NOT_FOUND


async def _planned(tools: AgentTools, draft: Draft, kind: str, parsed: dict[str, Any]) -> list[Operation]:
    plans, additions = Plans(tools, draft), Additions(tools, draft)
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
            return await plans.remove(parsed)
        case "move":
            return await plans.move(parsed)
        case "rewrite":
            return await plans.rewrite(parsed)
        case "undo":
            return await plans.undo(parsed)
        case _:
            return await plans.tick(parsed, done=kind == "tick")


def _checked(draft: Draft, parsed: dict[str, Any]) -> str:
    """The kind, put right by the words: "Rent is paid, 700 euros." adds nothing, and code is written anew."""
    kind = str(parsed.get("ask", "answer"))
    added = str(parsed.get("text", ""))
    if kind == "add" and draft.says(added) and len(added) >= 0.97 * len(draft.instruction.strip(" .!。")):
        return "replace"
    if kind == "add" and mentions(draft.instruction, "code") and draft.fences() and not draft.task.selection:
        parsed["what"] = draft.instruction
        return "rewrite"
    return kind


def _kinds(draft: Draft) -> list[Kind]:
    """What can be done to this draft at all."""
    if draft.task.selection:
        kinds: list[Kind] = ["answer", "replace", "rewrite", "remove"]
    else:
        kinds = ["answer", "replace", "rename", "add", "add section", "remove", "move", "rewrite"]
        if not draft.headings():
            kinds.remove("rename")
        if draft.tasks(done=False):
            kinds.append("tick")
        if draft.tasks(done=True):
            kinds.append("untick")
    return [*kinds, "undo"] if draft.changes else kinds


async def _selected(tools: AgentTools, draft: Draft, kind: str) -> list[Operation]:
    start, end = draft.task.selection or (0, 0)
    old = draft.task.editing[start:end]
    new = "" if kind == "remove" else await rewritten(tools, draft, old)
    if not new and kind != "remove":
        raise NotFound(draft.instruction)
    return [ReplaceRange(start, end, new)]


async def _agreed(tools: AgentTools, draft: Draft) -> str:
    """The suggestion of the assistant that the user takes: "your second one"."""
    offered = draft.suggestions()
    if not offered or len(draft.instruction) > 200 or quoted(draft.instruction):
        return ""
    shown = [f"{number}. {each}" for number, each in enumerate(offered, 1)]
    said = "\n".join(shown) + f"\n\nThe user: {draft.instruction}"
    taken = (await Dialog(tools, TAKE).choose(said, record(take=one_of(*shown, NONE)))).get("take")
    return offered[shown.index(taken)] if taken in shown else ""
