"""Something goes: a section, an item, a row, a paragraph, a sentence."""

import re

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.passages import Passage, one_line, sentences
from redraft.agents.editing.small.asked.cues import removed_thing, without_quotes
from redraft.agents.editing.small.meant import targets
from redraft.agents.editing.small.meant.find import Finder, NotFound
from redraft.agents.editing.small.meant.targets import LABEL, Target
from redraft.agents.words import fold, mentions, naming, stems
from redraft.markdown import Block, Operation
from redraft.markdown.operations import DeleteBlock, DeleteSection, ReplaceRange

_SORTS = re.compile(
    r"(?<!\w)(?:notes?|infos?|information|details?|passages?|remarks?|comments?|hints?|reminders?|mentions?|blocks?|notizen?"
    r"|hinweise?|angaben|stelle|bemerkung(?:en)?|remarques?|détails?|notas?|detalles?|detalhes?|apartados?|trechos?"
    r"|ghi chú|thông tin|lưu ý|nội dung)(?!\w)|内容|说明|备注|信息"
)
"""Words that only say what sort of text is meant, as "section" does, where the draft does not have them."""


async def remove(finder: Finder, draft: Draft, what: str) -> list[Operation]:
    """The deletion of what the request names. Raises `NotFound`."""
    if mentions(what, "sentence"):
        return [await _sentence(finder, draft, what)]
    kinds = {
        "row": targets.rows(draft),
        "item": targets.items(draft),
        "section": targets.sections(draft),
        "paragraph": targets.passages(draft),
    }
    everything = [each for some in kinds.values() for each in some]
    meant = [each for kind, some in kinds.items() if mentions(what, kind) for each in some]
    meant = meant or _within_named(draft, what, kinds["row"] + kinds["item"])
    named = _without_sorts(draft, what)
    if finder.supported(named, meant or everything):
        what = named
    try:
        target = await finder.find(what, meant or everything)
    except NotFound:
        if not meant:
            raise
        target = await finder.find(what, everything)
    _check(finder, draft, target)
    block = target.block
    return [DeleteSection(block.id) if block.kind == "heading" else DeleteBlock(block.id)]


def _within_named(draft: Draft, what: str, lines: list[Target]) -> list[Target]:
    """The one row or item that is named along with its section: "the flowers from the budget" is not the budget."""
    said = stems(what)
    found = [
        each
        for each in lines
        if naming(each.around) and naming(each.around) <= said and (naming(each.name) or {each.name}) <= said
    ]
    return found if len(found) == 1 else []


def _without_sorts(draft: Draft, what: str) -> str:
    return _SORTS.sub(lambda sort: sort[0] if draft.has(sort[0]) else " ", fold(what)).strip()


def _check(finder: Finder, draft: Draft, target: Target) -> None:
    """Raise `NotFound` when the request says more of the thing than is there: "the appointment in September"."""
    thing = _without_sorts(draft, removed_thing(draft.instruction))
    if thing and naming(thing) and not draft.is_foreign and not finder.supported(thing, [target]):
        raise NotFound(thing)


async def _sentence(finder: Finder, draft: Draft, what: str) -> Operation:
    """The deletion of a sentence with the space that parted it from the next one or the last one."""
    text = draft.task.editing
    prose = [each for each in draft.passages if each.block.kind in ("paragraph", "item")]
    found = [
        Passage(start, end, each.block, text[start:end], each.section)
        for each in prose
        for start, end in sentences(text, each.start, each.end)
    ]
    shown = [Target(_as_block(each), each.text, "", f"sentence: {one_line(each.text, LABEL)}") for each in found]
    try:
        meant = (await finder.find(what, shown)).block
    except NotFound:
        meant = (await finder.find(without_quotes(draft.instruction), shown)).block
    owner = next(each.block for each in found if each.start == meant.start)
    if text[meant.start : meant.end].strip() == draft.outline.source(owner).strip():
        return DeleteBlock(owner.id)
    rest = text[meant.end :]
    space = len(rest) - len(rest.lstrip(" "))
    if space:  # up to a character that stays, since white space at the ends of a range does too
        following = meant.end + space
        return ReplaceRange(meant.start, following + 1, text[following])
    last = len(text[: meant.start].rstrip(" ")) - 1
    return ReplaceRange(last, meant.end, text[last])


def _as_block(passage: Passage) -> Block:
    return Block(f"{passage.block.id}@{passage.start}", "paragraph", passage.start, passage.end)
