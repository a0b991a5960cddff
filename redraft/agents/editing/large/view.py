"""A draft as a large model sees it: every block under its id, or of a long draft the outline and what matters."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.evidence import Candidate, Evidence
from redraft.agents.editing.passages import one_line
from redraft.llm import estimate
from redraft.markdown import Block

ABRIDGED = 80
ID = 6  # tokens of an id before a block
WHOLE_SHARE = 0.6
"""Of the budget, what blocks shown whole may take where not all are; the rest is for the outline."""


@dataclass(frozen=True)
class View:
    """`text` for the model; `is_whole` when it holds every block whole."""

    text: str
    is_whole: bool


def view(draft: Draft, budget: int) -> View:
    """The draft in at most about `budget` tokens.

    Blocks that do not fit are shown by their first words and `…`; of a draft too long for that, only headings are,
    and the other blocks as `[b4 to b9] not shown`.
    """
    blocks = draft.outline.blocks
    if estimate(draft.outline.text) <= budget:
        return View("\n".join(line for block in blocks for line in whole_block(draft, block)), True)
    chosen = _relevant(draft, int(budget * WHOLE_SHARE))
    named = _outlined(draft, chosen, int(budget * (1 - WHOLE_SHARE)))
    lines: list[str] = []
    for shown, run in groupby(blocks, lambda block: block.id in chosen or block.id in named):
        members = list(run)
        if shown:
            lines += [line for block in members for line in _lines(draft, block, block.id in chosen)]
        else:
            more = f" to {members[-1].id}" if len(members) > 1 else ""
            lines.append(f"[{members[0].id}{more}] not shown")
    return View("\n".join(lines), False)


def whole_block(draft: Draft, block: Block) -> Iterator[str]:
    """A block with all that is in it, every part that can be named under its id."""
    return _lines(draft, block, True)


def _relevant(draft: Draft, left: int) -> set[str]:
    """The blocks to show whole: changed ones, and those the request points to, with their neighbours."""
    outline = draft.outline
    chosen: set[str] = set()
    changed = [outline.at(change.start) for change in draft.changes]
    selected = [outline.at(at) for at in draft.task.selection or ()]
    evidence = Evidence([Candidate(outline.source(block), draft.section_of(block)) for block in outline.blocks])
    ranked = [outline.blocks[index] for index in evidence.ranked(draft.query)]
    for block in [*(each for each in [*selected, *changed] if each), *ranked]:
        index = outline.index(block)
        for near in outline.blocks[max(0, index - 1) : index + 2]:
            cost = estimate(outline.source(near)) + ID
            if near.id not in chosen and cost <= left:
                chosen.add(near.id)
                left -= cost
    return chosen


def _outlined(draft: Draft, chosen: set[str], budget: int) -> set[str]:
    """The blocks to show by their first words: all, else the headings, down to the level that fits."""
    others = [block for block in draft.outline.blocks if block.id not in chosen]
    for deepest in (7, 6, 5, 4, 3, 2, 1):
        named = [block for block in others if deepest == 7 or 0 < block.level <= deepest]
        around = ID if deepest == 7 else 3 * ID  # and what is said of the blocks under a heading
        if sum(estimate(one_line(draft.outline.source(block)[:400], ABRIDGED)) + around for block in named) <= budget:
            return {block.id for block in named}
    return set()


def _lines(draft: Draft, block: Block, whole: bool) -> Iterator[str]:
    source = draft.outline.source(block)
    if not whole:
        yield f"[{block.id}] {one_line(source[:400], ABRIDGED)}"
    elif block.kind in ("list", "table"):
        yield f"[{block.id}] {block.kind}:"
        yield from _inside(draft, block, "  ")
    else:
        yield f"[{block.id}] {source}"


def _inside(draft: Draft, block: Block, indent: str) -> Iterator[str]:
    for child in block.children:
        if child.kind == "item":
            yield f"{indent}[{child.id}] {draft.own_text(child)}"
            for inner in child.children[1:]:
                yield f"{indent}  [{inner.id}] {'' if inner.kind == 'list' else draft.outline.source(inner)}".rstrip()
                if inner.kind == "list":
                    yield from _inside(draft, inner, indent + "    ")
        else:
            yield f"{indent}[{child.id}] {draft.outline.source(child)}"
