"""The open document as a talk sees it: whole where it fits, else its outline and the blocks that matter."""

from dataclasses import dataclass

from redraft.agents.fences import fenced
from redraft.agents.ranking import Ranking
from redraft.agents.splitting import terms
from redraft.llm import estimate
from redraft.markdown import Block, Outline, cut, unified

MOST_OF_THE_CHANGES = 4_000  # characters


@dataclass(frozen=True)
class OpenDocument:
    """A file with its unsaved changes. `selection` is a start and an end in code points of `editing`."""

    original: str
    editing: str
    name: str | None = None
    selection: tuple[int, int] | None = None


@dataclass(frozen=True)
class Reading:
    """`lasting` is the same for every question, and goes into the system prompt; `passing` is for one question."""

    lasting: str
    passing: str


def read(document: OpenDocument, question: str, budget: int) -> Reading:
    """What to tell the model of `document` for this `question`, in about `budget` tokens. Parses Markdown."""
    if estimate(document.editing) <= budget * 0.8:
        return Reading(fenced("document", document.editing), _about_now(document, budget // 5))
    outline = cut(document.editing)
    headings = "\n".join(outline.source(block).strip() for block in outline.blocks if block.kind == "heading")
    headings = _first_tokens(headings, budget // 5)
    parts = [
        "The document is too long to show. These are its headings:\n" + fenced("outline", headings),
        "These parts of it have to do with the question:\n"
        + fenced("document", excerpt(outline, question, budget * 3 // 5)),
        _about_now(document, budget // 5),
    ]
    return Reading(parts[0], "\n\n".join(part for part in parts[1:] if part))


def excerpt(outline: Outline, question: str, budget: int) -> str:
    """The blocks of the text that share the question's rarer words, in the text's order, `[…]` for what is left out.

    Where no block shares any, the beginning. A heading brings what follows it, and a chosen block its heading.
    """
    blocks = _small_blocks(outline)
    chosen: set[int] = set()
    left = budget
    ranking = Ranking(terms(outline.source(block)) for block in blocks)
    for place in ranking.ranked(question):
        for near in (_heading_before(blocks, place), place, *((place + 1,) if blocks[place].kind == "heading" else ())):
            cost = estimate(outline.source(blocks[near])) if 0 <= near < len(blocks) else left + 1
            if near not in chosen and cost <= left:
                chosen.add(near)
                left -= cost
    text, last = [], -1
    for place in sorted(chosen):
        if place != last + 1:
            text.append("[…]")
        text.append(outline.source(blocks[place]).rstrip())
        last = place
    return "\n\n".join(text if last == len(blocks) - 1 else [*text, "[…]"])


def _small_blocks(outline: Outline) -> list[Block]:
    """Top-level blocks, but the items of a list and the rows of a table one by one: these may be as long as a file."""
    small: list[Block] = []
    for block in outline.blocks:
        small.extend(block.children if block.kind in ("list", "table") and block.children else (block,))
    return small


def _heading_before(blocks: list[Block], place: int) -> int:
    return next((at for at in range(place, -1, -1) if blocks[at].kind == "heading"), -1)


def _about_now(document: OpenDocument, budget: int) -> str:
    """The selection and the unsaved changes, each in at most `budget` tokens."""
    parts = []
    if document.selection and document.selection[0] < document.selection[1]:
        selected = document.editing[slice(*document.selection)]
        parts.append("The writer has selected this part:\n" + fenced("selection", _first_tokens(selected, budget)))
    if document.original != document.editing:
        changes = unified(document.original, document.editing, document.name or "document.md", context=1)
        shown = fenced("changes", _first_tokens(changes, budget)[:MOST_OF_THE_CHANGES])
        parts.append("The writer's changes since the last save, which are in the document already:\n" + shown)
    return "\n\n".join(parts)


def _first_tokens(text: str, budget: int) -> str:
    if estimate(text) <= budget:
        return text
    share = budget / estimate(text)
    return text[: int(len(text) * share * 0.95)].rstrip() + " […]"
