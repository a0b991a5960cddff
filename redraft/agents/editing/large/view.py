"""A draft as a large model sees it: every block under its id, or of a long draft the outline and what matters."""

from collections.abc import Iterator

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.evidence import Candidate, Evidence
from redraft.agents.editing.passages import one_line
from redraft.llm import estimate
from redraft.markdown import Block

ABRIDGED = 80


def view(draft: Draft, budget: int) -> str:
    """The draft in at most about `budget` tokens. Blocks that do not fit are shown by their first words and `…`."""
    outline = draft.outline
    whole = {block.id for block in outline.blocks}
    if estimate(outline.text) > budget:
        whole = _relevant(draft, budget)
    lines = [line for block in outline.blocks for line in _lines(draft, block, block.id in whole)]
    return "\n".join(lines)


def _relevant(draft: Draft, budget: int) -> set[str]:
    """The blocks to show whole: those the request points to with their neighbours, changed ones, headings."""
    outline = draft.outline
    chosen = {block.id for block in outline.blocks if block.kind == "heading"}
    left = budget - sum(estimate(one_line(outline.source(block), ABRIDGED)) for block in outline.blocks)
    changed = [outline.at(change.start) for change in draft.changes]
    evidence = Evidence([Candidate(outline.source(block), draft.section_of(block)) for block in outline.blocks])
    ranked = [outline.blocks[index] for index in evidence.ranked(draft.query)]
    for block in [*(each for each in changed if each), *ranked]:
        index = outline.index(block)
        for near in outline.blocks[max(0, index - 1) : index + 2]:
            cost = estimate(outline.source(near))
            if near.id not in chosen and cost <= left:
                chosen.add(near.id)
                left -= cost
    return chosen


def _lines(draft: Draft, block: Block, whole: bool) -> Iterator[str]:
    source = draft.outline.source(block)
    if not whole:
        yield f"[{block.id}] {one_line(source, ABRIDGED)}"
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
