"""Which passage a request wants written anew: a block of prose, code or a list as a whole, or one item."""

import contextlib
import re

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.passages import MARKER
from redraft.agents.editing.small.asked.tone import is_civil, without_tone
from redraft.agents.editing.small.meant import targets
from redraft.agents.editing.small.meant.find import Finder, NotFound
from redraft.agents.editing.small.meant.targets import Target
from redraft.agents.words import fold, mentions, naming

SHARED = 4
"""So many words must a request have of a passage that it calls by none of its words ("the part that sounds angry")."""
_ASKING = re.compile(
    r"(?<!\w)(?:what|when|where|how|why|who|which|if|happens?|was|wann|wo|wie|warum|wer|welche\w*|wenn|passiert"
    r"|ce qu[ei]|quand|comment|où|pourquoi|lo que|qué|cu[aá]ndo|cómo|dónde|pasa|o que|quando|como|onde|acontece"
    r"|gì|khi nào|khi|xảy ra|thế nào)(?!\w)|什么时候|什么|怎么|如何|怎样"
)
"""Words that join the parts of "the paragraph about what happens when it rains", and name nothing."""
_LIST = re.compile(r"\b(?:list|steps|items)|danh sách|清单|列表|リスト", re.I)


def rewritable(draft: Draft) -> list[Target]:
    """Blocks of text; one that is alone under its heading is also known by that heading."""
    found = targets.passages(draft)
    alone: dict[str, int] = {}
    for each in found:
        alone[each.around] = alone.get(each.around, 0) + 1
    return [
        Target(each.block, f"{each.around} {each.text}", "", each.label) if alone[each.around] == 1 else each
        for each in found
    ]


async def meant_passage(finder: Finder, draft: Draft, what: str, known: list[Target]) -> Target:
    """The one that the request means. Raises `NotFound`.

    An item is only meant where one is spoken of, and a list's tone only where no paragraph can be meant.
    """
    prose = [each for each in known if each.block.kind == "paragraph"]
    orders = [known]
    if mentions(what, "paragraph"):
        orders = [prose or known]
    elif mentions(what, "item") and not _LIST.search(what) and (items := targets.items(draft)):
        orders = [items, known]
    for some in orders:
        phrases = (_ASKING.sub(" ", fold(what)), what, without_tone(what))
        what = next((each for each in phrases if finder.supported(each, some)), what)
        try:
            found = await finder.find(what, some)
        except NotFound:
            continue
        if found.block.kind == "list" and is_civil(draft.instruction) and not mentions(draft.instruction, "list"):
            with contextlib.suppress(NotFound):
                return await finder.find(what, prose)
        return found
    shared = sorted(((len(naming(each.text) & naming(draft.instruction)), -at) for at, each in enumerate(prose)))[-2:]
    if shared and shared[-1][0] >= SHARED and (len(shared) == 1 or shared[-1][0] >= 2 * shared[0][0]):
        return prose[-shared[-1][1]]
    raise NotFound(draft.instruction)


def span_of(draft: Draft, target: Target) -> tuple[int, int]:
    """Where the text to be written anew stands: the block; of an item its own words, without marker and sub-items."""
    block = target.block
    if block.kind != "item":
        return block.start, block.end
    end = block.children[0].end if block.children else block.end
    marker = MARKER.match(draft.task.editing, block.start)
    text = draft.task.editing[block.start : end]
    return (marker.end() if marker else block.start), block.start + len(text.rstrip())
