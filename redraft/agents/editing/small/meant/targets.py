"""What a request can name in a draft: sections, items, rows, paragraphs; each with a label that a model can choose."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.passages import one_line
from redraft.agents.editing.small.asked.news import news
from redraft.agents.words import naming, stems
from redraft.markdown import Block
from redraft.markdown.operations.tables import cell_texts

LABEL = 70
BODY = 1500
_COMMENT = re.compile(r"<!--.*?-->")


@dataclass(frozen=True)
class Target:
    """A block; what is read in it; the words around it; how it is shown."""

    block: Block
    text: str
    around: str
    label: str

    @property
    def name(self) -> str:
        """What it is called: of a row the first cell, of all else what is read."""
        return self.text.strip().strip("|").split("|")[0] if self.block.kind == "row" else self.text


def sections(draft: Draft) -> list[Target]:
    """Every section, read by its heading."""
    found = []
    for heading in draft.headings():
        blocks = draft.outline.section(heading)
        body = draft.outline.text[heading.end : blocks[-1].end][:BODY]
        title = draft.words_of(heading)
        found.append(Target(heading, title, body, f"section: {one_line(title, LABEL)}"))
    return found


def items(draft: Draft) -> list[Target]:
    """Every list item, read by its own words."""
    return [_leaf(draft, block, "item", draft.own_text(block)) for block in _of_kind(draft, "item")]


def rows(draft: Draft) -> list[Target]:
    """Every table row but the headers."""
    headers = {table.children[0].id for table in _of_kind(draft, "table")}
    return [
        _leaf(draft, block, "row", draft.outline.source(block))
        for block in _of_kind(draft, "row")
        if block.id not in headers
    ]


def containers(draft: Draft) -> list[Target]:
    """Every list and table, read by the headings and the line above it and by what is in it."""
    found, above = [], _above(draft)
    for block in _of_kind(draft, "list", "table"):
        if draft.outline.parent(block):
            continue
        index = draft.outline.index(block)
        before = draft.outline.blocks[index - 1] if index else None
        intro = draft.outline.source(before) if before and before.kind == "paragraph" else ""
        section = draft.section_of(block)
        name = one_line(intro[-LABEL:] or section, LABEL)
        source = draft.outline.source(block)
        header = source.split("\n", 1)[0] if block.kind == "table" else ""
        found.append(Target(block, f"{intro[-200:]} {above[index]} {header}", source[:BODY], f"{block.kind}: {name}"))
    return found


def _above(draft: Draft) -> list[str]:
    """For each top-level block the words of the headings it stands under, without the title: "Unreleased Fixed"."""
    above, open_ = [], list[Block]()
    words = {heading.id: draft.words_of(heading) for heading in draft.headings()}
    for block in draft.outline.blocks:
        above.append(" ".join(words[each.id] for each in open_ if each.level > 1 or each == open_[-1]))
        if block.kind == "heading":
            open_ = [*(each for each in open_ if each.level < block.level), block]
    return above


def passages(draft: Draft) -> list[Target]:
    """Every block of prose, code or list as a whole, to be written anew."""
    kinds = {
        "paragraph": "paragraph",
        "fence": "code",
        "code": "code",
        "quote": "quote",
        "list": "list",
        "html": "html",
    }
    return [
        _leaf(draft, block, kinds[block.kind], draft.outline.source(block))
        for block in draft.outline.blocks
        if block.kind in kinds
    ]


def _leaf(draft: Draft, block: Block, kind: str, text: str) -> Target:
    section = draft.section_of(block)
    where = f" ({one_line(section, 30)})" if section else ""
    return Target(block, text, section, f"{kind}: {one_line(text, LABEL)}{where}")


def _of_kind(draft: Draft, *kinds: str) -> Iterator[Block]:
    return (block for block in draft.outline.walk() if block.kind in kinds)


def labels(targets: Iterable[Target]) -> list[str]:
    """The targets' labels, told apart by number where two are alike."""
    seen: dict[str, int] = {}
    shown = []
    for target in targets:
        count = seen[target.label] = seen.get(target.label, 0) + 1
        shown.append(target.label if count == 1 else f"{target.label} #{count}")
    return shown


def named_rows(draft: Draft, told: str) -> list[Block]:
    """The rows all of whose first cell `told` says; of several those with the most words."""
    said = stems(told)
    found: list[tuple[int, Block]] = []
    for each in rows(draft):
        words = naming(_COMMENT.sub(" ", cell_texts(draft.outline, each.block)[0]))
        if words and words <= said:
            found.append((len(words), each.block))
    most = max((count for count, _ in found), default=0)
    return [block for count, block in found if count == most]


def row_names(draft: Draft) -> list[str]:
    """The first cells of the rows that the request names, when it says no other name for them."""
    return [] if news(draft) else [cell_texts(draft.outline, each)[0] for each in named_rows(draft, draft.instruction)]
