"""Tasks are marked as done, or as not done: all that the request speaks of, or none."""

import re
from typing import Any

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.evidence import are_akin
from redraft.agents.editing.small.asked.apart import of_all
from redraft.agents.editing.small.asked.cues import imperatives, without_verbs
from redraft.agents.editing.small.meant import targets
from redraft.agents.editing.small.meant.find import CLEAR_LEAD, Finder, NotFound
from redraft.agents.editing.small.meant.targets import Target
from redraft.agents.words import fold, is_cjk, naming, stems
from redraft.markdown import Block, Operation
from redraft.markdown.operations import CheckTask

_CLAUSE_END = re.compile(r"[,;.!?]\s|[，、；。！？]|\s(?:and|und|y(?= \w{3})|et|và|then|dann|(?<!xong )rồi)\s")
_NOT = re.compile(
    r"(?<!\w)(?:not|never|isn't|wasn't|aren't|haven't|hasn't|didn't|nicht|nie|noch kein\w*|chưa|không|no|todavía|pas"
    r"|encore|não|ainda|non)(?!\w)|没|还未|尚未|ていない|まだ",
    re.IGNORECASE,
)
ENOUGH = 2
"""Words of a task that a clause has, from which on it speaks of that task."""


async def tick(finder: Finder, draft: Draft, parsed: dict[str, Any], *, done: bool) -> list[Operation]:
    """Every task that is spoken of is marked. Raises `NotFound` when one is not there, or is marked already."""
    shown = _tasks(draft)
    fitting = draft.tasks(done=not done)
    if everything := _all_of(draft, fitting):
        return [CheckTask(block.id, done) for block in everything]
    wanted = [without_verbs(each) for each in parsed.get("what", []) if isinstance(each, str)]
    wanted = [each for each in wanted if naming(each) and not imperatives(each)]
    said = [each for each in wanted if draft.says(each)]
    try:
        found = [] if said else told_tasks(draft, done=done)
        if said and said != wanted:
            raise NotFound(draft.instruction)
        for phrase in said or ([] if found else [draft.instruction]):
            found.append(await _one(finder, phrase, shown, fitting))
    except NotFound:
        found = told_tasks(draft, done=done)  # in the model's words, or cut in the wrong place
    if not found:
        raise NotFound(draft.instruction)
    return [CheckTask(block.id, done) for block in dict.fromkeys(found)]


def _all_of(draft: Draft, fitting: list[Block]) -> list[Block]:
    """Every task that can be marked, of the one section that is named beside "all"; empty when that is not clear."""
    named = of_all(draft.instruction)
    if named is None:
        return []
    if not naming(named):  # "tick them all" means those that another clause names
        return fitting if not _CLAUSE_END.search(draft.instruction.rstrip(" .!。！")) else []
    found = []
    for heading in draft.headings():
        title, end = draft.words_of(heading), draft.outline.section(heading)[-1].end
        akin = all(any(are_akin(word, other) for other in naming(title)) for word in naming(named))
        if akin or (is_cjk(title[:1]) and fold(title) in named):
            found.append([each for each in fitting if heading.start <= each.start < end])
    return found[0] if len(found) == 1 else []


async def _one(finder: Finder, phrase: str, shown: list[Target], fitting: list[Block]) -> Block:
    """The task that a phrase means, of those in either state; one of the other state only when no other is as near."""
    supported = finder.supported(phrase, shown, in_any_form=True)
    near = [each for each, score in supported if CLEAR_LEAD * score >= supported[0][1]]
    if near and not any(each.block in fitting for each in near):
        raise NotFound(phrase)
    some = [each for each in near or shown if each.block in fitting]
    return some[0].block if near and len(some) == 1 else (await finder.find(phrase, some)).block


def told_tasks(draft: Draft, *, done: bool) -> list[Block]:
    """The tasks that the clauses of a request speak of, each one of one; empty when a clause speaks of none."""
    fitting = draft.tasks(done=not done)
    found: list[Block] = []
    for clause in _CLAUSE_END.split(without_verbs(draft.instruction)):
        if len(naming(clause)) < ENOUGH:
            found += [
                each.block
                for each in _tasks(draft)
                if naming(clause) and naming(each.text) == naming(clause) and each.block in fitting
            ]
            continue
        counts = [(_common(each.text, clause, _above(draft, each.block)), each.block) for each in _tasks(draft)]
        most = max((count for count, _ in counts), default=0)
        best = [block for count, block in counts if count == most]
        if most < ENOUGH or len(best) > 1 or best[0] not in fitting:
            return []
        found.append(best[0])
    return found


def denies(request: str) -> bool:
    """Whether the request says that something is not so."""
    return bool(_NOT.search(request))


def _tasks(draft: Draft) -> list[Target]:
    tasks = [*draft.tasks(done=False), *draft.tasks(done=True)]
    return [each for each in targets.items(draft) if each.block in tasks]


def _above(draft: Draft, task: Block) -> str:
    """The words of the item that a task is part of."""
    holder = draft.outline.parent(task)
    item = draft.outline.parent(holder) if holder else None
    return draft.own_text(item) if item and item.kind == "item" else ""


def _common(task: str, clause: str, above: str) -> int:
    """How many words of a task the clause has, in any form; with one of them those of the item above it count too."""
    said = stems(clause)
    words = naming(task)
    if words and all(map(is_cjk, words)):  # in another order too: 退宽带, 宽带退了
        letters = [char for char in fold(task) if is_cjk(char)]
        return len(letters) if all(char in clause for char in letters) else sum(word in said for word in words)
    own = {word for word in words if any(are_akin(word, other) for other in said)}
    return len(own | {word for word in naming(above) if own and any(are_akin(word, other) for other in said)})
