"""What kind of thing a request asks for: what the model may take it for, and where its words say it for certain."""

import re
from typing import Any

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.asked.announced import announced, offers_to_add
from redraft.agents.editing.small.asked.contrast import told_pair, told_pairs
from redraft.agents.editing.small.asked.cues import imperatives, may_remove, side_of, swaps
from redraft.agents.editing.small.asked.figures import figures
from redraft.agents.editing.small.asked.news import news
from redraft.agents.editing.small.asked.parse import Kind
from redraft.agents.editing.small.asked.tone import asks_for_tone
from redraft.agents.editing.small.meant.pointing import lacks_figures
from redraft.agents.editing.small.meant.scope import beside, heading_in_question, meant_code, named_headings
from redraft.agents.editing.small.meant.targets import named_rows
from redraft.agents.editing.small.meant.ticking import denies, told_tasks
from redraft.agents.editing.small.new.cells import told_cells
from redraft.agents.editing.small.new.marks import marked_up
from redraft.agents.editing.small.new.placing import placed
from redraft.agents.editing.small.new.replacing import agreed_passage
from redraft.agents.messages import text_of
from redraft.agents.words import fold, mentions, naming, quoted, stems, values

FEW_WORDS = 3
"""Words beside two headings and a side that may still say no more than that one is to stand beside the other."""


def settled(draft: Draft, parsed: dict[str, Any]) -> str:
    """The kind, put right where the request's own words leave no doubt; what is named may be put right with it."""
    kind = str(parsed.get("ask", "answer"))
    if draft.task.selection:
        return _of_selection(draft, kind)
    if kind in ("replace", "rewrite", "add") and (state := _told_state(draft)):
        parsed["what"] = []
        return state
    item = announced(draft.instruction)
    if item and not draft.has(item[0]) and imperatives(draft.instruction) <= {"add"}:
        parsed.update(text=item[0], place=item[1], of=item[2])
        return "add"
    if kind in ("replace", "add") and draft.agreed and heading_in_question(draft) and not _is_placed(draft):
        return "rename"
    if kind == "replace" and draft.agreed and not _is_value(draft.agreed) and offers_to_add(draft.said):
        parsed.update(text=draft.agreed, place="first" if mentions(draft.instruction, "beginning") else "last", of="")
        return "add"
    match kind:
        case "replace":
            return _of_replacement(draft)
        case "add" | "add section":
            return _of_addition(draft, kind, parsed)
        case "rewrite":
            return _of_rewrite(draft, parsed)
        case "move":
            return _of_move(draft, parsed)
        case "rename":
            return _of_rename(draft, parsed)
    return kind


def _is_placed(draft: Draft) -> bool:
    """Whether the suggestion taken is to stand somewhere in the text, though names for a heading were asked for."""
    return "add" in imperatives(draft.instruction) or mentions(draft.instruction, "list")


def _of_replacement(draft: Draft) -> str:
    if draft.agreed or told_pair(draft) or told_pairs(draft) or news(draft) or lacks_figures(draft):
        return "replace"
    told = draft.instruction
    named = named_headings(draft)
    if len(named) == 2 and beside(draft):
        for each in named:
            told = re.sub(re.escape(draft.words_of(each)), " ", told, flags=re.IGNORECASE)
        if len(naming(told)) <= FEW_WORDS:
            return "move"  # "Put Costs right before Team": no more is said than the place
    return "rewrite" if asks_for_tone(told) else "replace"


def _of_selection(draft: Draft, kind: str) -> str:
    told = draft.instruction
    if kind == "answer" and not told.rstrip().endswith(("?", "？")):
        if draft.once(placed):
            return "replace"  # "that's the 26th"
        if mentions(told, "language") or mentions(told, "spelling"):
            return "rewrite"
    said = told_pair(draft) or values(told) or quoted(told)
    return "rewrite" if (kind == "replace" and not said) or marked_up(told, "x") else kind


def _of_addition(draft: Draft, kind: str, parsed: dict[str, Any]) -> str:
    told, asks = draft.instruction, "add" in imperatives(draft.instruction)
    if kind == "add" and (_is_known_row(draft, parsed) or (_is_whole_request(draft, parsed.get("text")) and not asks)):
        return "replace"  # "Rent is paid, 700 euros." adds nothing
    if meant_code(draft) and not mentions(told, "list" if kind == "add" else "section"):
        parsed["what"] = told
        return "rewrite"  # code is written anew
    if kind == "add" and not asks and told_cells(draft):
        return "replace"  # "The printer is in stock now, so tick that column"
    if kind == "add" and _is_section(draft, parsed):
        return "add section"
    return "replace" if kind == "add" and _is_value(draft.agreed) else kind


def _of_rewrite(draft: Draft, parsed: dict[str, Any]) -> str:
    says_all = told_pair(draft) or told_pairs(draft) or _takes_figures(draft)
    agreed = draft.agreed and (_is_value(draft.agreed) or agreed_passage(draft))
    return "replace" if says_all or agreed or _is_statement(draft, parsed.get("what")) else "rewrite"


def _of_move(draft: Draft, parsed: dict[str, Any]) -> str:
    if swaps(draft.instruction):
        parsed["place"] = "swap"
        return "move"
    return "replace" if lacks_figures(draft) or draft.once(placed) else "move"  # "Pin the second package at 4.6.0"


def _of_rename(draft: Draft, parsed: dict[str, Any]) -> str:
    to, known = str(parsed.get("to", "")), {fold(draft.words_of(each)) for each in draft.headings()}
    if fold(to) in known and (side := side_of(draft.instruction, to)):
        parsed.update(place=side, of=to)
        return "move"  # "Costs should come before Team"
    return "rename" if _is_about_headings(draft, parsed) else "replace"  # "The chair is now Julia"


def _takes_figures(draft: Draft) -> bool:
    """Whether the request gives new figures which have their places in the draft: no text need be written anew."""
    if "rewrite" in imperatives(draft.instruction) or meant_code(draft):
        return False
    return lacks_figures(draft) and bool(draft.once(placed))


def _is_value(text: str) -> bool:
    """Whether a suggestion is a time, a price and the like: it takes the place of the old one."""
    return len(values(text)) == 1 and len(text.split()) <= 2 and (text[:1].isdigit() or text[:1] in "€$£")


def _told_state(draft: Draft) -> str:
    """ "tick" or "untick" when the request only says how tasks stand, all of its clauses; else empty."""
    if draft.said or news(draft) or figures(draft.told) or imperatives(draft.instruction) or told_cells(draft):
        return ""
    done = not denies(draft.instruction)
    return ("tick" if done else "untick") if told_tasks(draft, done=done) else ""


def _is_whole_request(draft: Draft, phrase: Any) -> bool:
    added = str(phrase or "")
    return not draft.agreed and draft.says(added) and len(added) >= 0.97 * len(draft.instruction.strip(" .!。"))


def _is_statement(draft: Draft, what: Any) -> bool:
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


def offered(draft: Draft) -> list[Kind]:
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
