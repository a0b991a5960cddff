"""The path for small models: parse the request, look up what it names, write what is new."""

from typing import Any

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.notes import note
from redraft.agents.editing.small.adding import Additions
from redraft.agents.editing.small.cells import named_rows, told_cells
from redraft.agents.editing.small.contrast import told_pair
from redraft.agents.editing.small.cues import imperatives, may_remove, side_of, swaps
from redraft.agents.editing.small.figures import figures
from redraft.agents.editing.small.find import NotFound
from redraft.agents.editing.small.marks import marked_up
from redraft.agents.editing.small.news import news
from redraft.agents.editing.small.parse import Kind, parse
from redraft.agents.editing.small.placing import lacks_figures, placed
from redraft.agents.editing.small.plans import Plans
from redraft.agents.editing.small.removing import remove
from redraft.agents.editing.small.replacing import replace
from redraft.agents.editing.small.rewriting import rewritten
from redraft.agents.editing.small.scope import meant_code
from redraft.agents.editing.small.taking import taken
from redraft.agents.editing.small.ticking import denies, tick, told_tasks
from redraft.agents.editing.words import fold, mentions, naming, quoted, stems, values
from redraft.agents.messages import text_of
from redraft.agents.tools import AgentTools
from redraft.markdown import Operation
from redraft.markdown.operations import ReplaceRange


async def operations(tools: AgentTools, draft: Draft) -> tuple[list[Operation], str]:
    """The operations a request comes down to, and a note for the user when there are none.

    No note either: no change was asked for.
    """
    try:
        draft.agreed = await taken(tools, draft)
    except NotFound:
        return [], note("several", draft.instruction, draft.task.editing)
    parsed = await parse(tools, draft.request, _offered(draft))
    kind = _checked(draft, parsed)
    if kind == "answer":
        return [], ""
    try:
        return await _planned(tools, draft, kind, parsed), ""
    except NotFound:
        return [], note("not found", draft.instruction, draft.task.editing)


async def _planned(tools: AgentTools, draft: Draft, kind: str, parsed: dict[str, Any]) -> list[Operation]:
    plans, additions = Plans(tools, draft), Additions(tools, draft)
    if kind in ("remove", "move", "tick", "untick") and _names_nothing(draft):
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


def _checked(draft: Draft, parsed: dict[str, Any]) -> str:
    """The kind, put right where the request's own words leave no doubt."""
    kind, told = str(parsed.get("ask", "answer")), draft.instruction
    if draft.task.selection:
        if kind == "answer" and not told.rstrip().endswith(("?", "？")) and placed(draft):
            return "replace"  # "that's the 26th"
        said = told_pair(draft) or values(told) or quoted(told)
        return "rewrite" if (kind == "replace" and not said) or marked_up(told, "x") else kind
    known = {fold(draft.words_of(each)) for each in draft.headings()}
    if kind in ("replace", "rewrite") and (state := _told_state(draft)):
        parsed["what"] = []
        return state
    match kind:
        case "rename" if fold(str(parsed.get("to", ""))) in known and (side := side_of(told, str(parsed["to"]))):
            parsed.update(place=side, of=parsed["to"])
            return "move"  # "Costs should come before Team"
        case "add" if _is_whole_request(draft, str(parsed.get("text", ""))) or _is_known_row(draft, parsed):
            return "replace"  # "Rent is paid, 700 euros." adds nothing
        case "add" if meant_code(draft) and not mentions(told, "list"):
            parsed["what"] = told
            return "rewrite"  # code is written anew
        case "add" if _is_section(draft, parsed):
            return "add section"
        case "rewrite" if told_pair(draft):
            return "replace"
        case "rewrite" if _is_statement(draft, str(parsed.get("what", ""))):
            return "replace"  # "The boat is fine again."
        case "move" if lacks_figures(draft) and not swaps(told):
            return "replace"  # "Pin the second package at 4.6.0"
        case "move" if swaps(told):
            parsed["place"] = "swap"
        case "rename" if not _is_about_headings(draft, parsed):
            return "replace"  # "The chair is now Julia" is no heading's name
    return kind


def _names_nothing(draft: Draft) -> bool:
    """Whether the request quotes something to be found, or gives figures of it, that the draft does not have."""
    told = draft.instruction
    named = [*quoted(told), *(each.text for each in figures(told) if each.kind != "dotted")]
    return not draft.task.selection and not draft.is_foreign and not all(map(draft.has, named))


def _told_state(draft: Draft) -> str:
    """ "tick" or "untick" when the request only says how tasks stand, all of its clauses; else empty."""
    if draft.said or news(draft) or figures(draft.told) or imperatives(draft.instruction) or told_cells(draft):
        return ""
    done = not denies(draft.instruction)
    return ("tick" if done else "untick") if told_tasks(draft, done=done) else ""


def _is_whole_request(draft: Draft, added: str) -> bool:
    return not draft.agreed and draft.says(added) and len(added) >= 0.97 * len(draft.instruction.strip(" .!。"))


def _is_statement(draft: Draft, what: str) -> bool:
    """Whether all of the request is said to be what is to be rewritten: then it only says how things are."""
    return _is_whole_request(draft, what) and not (imperatives(draft.instruction) or meant_code(draft))


def _is_section(draft: Draft, parsed: dict[str, Any]) -> bool:
    """Whether what is to be added is a heading with its text: `add a section "Parking": free behind the house`."""
    names = quoted(draft.instruction)
    after = draft.instruction.partition(names[0])[2] if names else ""
    if not names or not mentions(draft.instruction, "section") or len(after.partition(":")[2].strip()) < len(names[0]):
        return False
    parsed["title"] = names[0]
    return bool(draft.headings())


def _is_known_row(draft: Draft, parsed: dict[str, Any]) -> bool:
    """Whether what is to be added begins as a row that is there: then that row changes."""
    first = str(parsed.get("text", "")).split(",")[0]
    return bool(named_rows(draft, first)) and fold(first) in fold(draft.task.editing)


def _is_about_headings(draft: Draft, parsed: dict[str, Any]) -> bool:
    """Whether the request, or the chat it answers, speaks of a heading in words or by its name."""
    asked = [text_of(each) for each in draft.task.messages[-3:]] if draft.agreed else [draft.instruction]
    if any(mentions(each, "section") for each in asked):
        return True
    named = [*quoted(draft.instruction), str(parsed.get("what", "")), str(parsed.get("to", ""))]
    known = [naming(draft.words_of(each)) for each in draft.headings()]
    if draft.agreed:
        said = [stems(text_of(each)) for each in draft.task.messages[-3:] if each.get("role") == "user"]
        return any(words and words <= each for words in known for each in said)
    return any(naming(each) in known for each in named if naming(each))


def _offered(draft: Draft) -> list[Kind]:
    """What the model may take the request for: what can be done to this draft, as far as the request's verbs allow."""
    kinds, verbs = _kinds(draft), imperatives(draft.instruction)
    if draft.task.selection:
        return kinds
    if verbs & {"move", "rename", "remove"} and (values(draft.instruction) or news(draft)):
        verbs.add("replace")  # "Move the deadline to 3 May", "drop the price to 5"
    if "add" in verbs:
        verbs.add("add section")
    if verbs & set(kinds):
        return [kind for kind in kinds if kind in verbs]
    return [kind for kind in kinds if kind != "remove" or may_remove(draft.instruction)]


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
    if marked := marked_up(draft.instruction, old):
        return [ReplaceRange(start, end, marked)]
    new = "" if kind == "remove" else await rewritten(tools, draft, old)
    if not new and kind != "remove":
        raise NotFound(draft.instruction)
    return [ReplaceRange(start, end, new)]
