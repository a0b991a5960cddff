"""Something new: an item, a row, a paragraph, a section."""

import re
from collections import Counter
from itertools import pairwise
from typing import Any

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.asked.cues import between, last_but_one, side_of
from redraft.agents.editing.small.meant import targets
from redraft.agents.editing.small.meant.find import Finder, NotFound
from redraft.agents.editing.small.meant.scope import beside, has_number, named_headings, numberings
from redraft.agents.editing.small.meant.targets import Target
from redraft.agents.editing.small.new.new_rows import Side, new_row
from redraft.agents.editing.small.new.ordering import FEWEST, place_in_order
from redraft.agents.editing.small.new.writing import item, section_text
from redraft.agents.tools import Answers
from redraft.agents.words import fold, is_cjk, mentions, naming, quoted, stems
from redraft.markdown import Block, Operation
from redraft.markdown.operations import AddItem, Insert
from redraft.markdown.operations.sections import APPENDED

SHORT_LABEL = 3
"""Words before a colon that only announce a text: "One sentence:"."""
SHORTEST_DICTATED = 12
"""Characters from which on the words after a colon are a text and not a name."""
_STYLED = re.compile(r"\]\(|\]\[|\*\*|`")
"""Marks that the items of a list have in common, so that a new one needs them too."""

_COUNT = re.compile(r"\d+")
_LINKED = re.compile(r"\]\([^()\s]*\)|\]\[[^\]]*\]")
"""Where a link goes, which nobody says."""
_SUB = re.compile(
    r"(?<!\w)(?:sub-?(?:item|point|list|bullet|task|entr)|unterpunkt|unterliste|sous-|sub(?:punto|lista)"
    r"|mục con|ý con)|子(?:项|列表)"
)
"""What is in an item, and not beside it."""


class Additions:
    """Each method answers the operations for one kind of addition, or raises `NotFound`."""

    def __init__(self, tools: Answers, draft: Draft) -> None:
        self._tools = tools
        self._draft = draft
        self._finder = Finder(tools, draft)

    async def add(self, parsed: dict[str, Any]) -> list[Operation]:
        """An item, a row, or failing these a paragraph at the end of a section."""
        anchor, side = await self._anchor(parsed)
        if anchor.kind == "heading":
            text = await section_text(self._tools, self._draft, self._draft.words_of(anchor))
            return [self._in_section(anchor, text)]
        if anchor.kind in ("row", "table"):
            return [await new_row(self._tools, self._draft, parsed, anchor, side)]
        text = await self._item(anchor)
        if anchor.kind == "list" and not self._says_an_end():
            lines = [self._draft.own_text(each) for each in anchor.children]
            at = place_in_order(self._draft.instruction, lines, text)
            if at is not None and at < len(lines):
                return [AddItem(anchor.children[at].id, text, "before")]
            side = side if at is None else "after"
        return [AddItem(anchor.id, text, side)]

    def _says_an_end(self) -> bool:
        return any(mentions(self._draft.instruction, each) for each in ("end", "beginning"))

    async def _anchor(self, parsed: dict[str, Any]) -> tuple[Block, Side]:
        """Beside which block, on which side."""
        draft, of = self._draft, str(parsed.get("of", ""))
        if draft.agreed and not naming(of) & stems(draft.query):
            parsed = {**parsed, "of": (of := ""), "place": _edge(parsed)}  # nobody spoke of it
        place = self._place(parsed)
        side: Side = "before" if place in ("before", "first") else "after"
        if inner := self._inner_list(of):
            return inner, side
        beside = self._in_named_section([*targets.items(draft), *targets.rows(draft)])
        if between(draft.instruction) and (first := self._first_of_two(beside, parsed)):
            return first.block, "after"
        if place in ("before", "after") and (found := await self._beside_line(beside, parsed, side)):
            return found.block, side
        holder = await self._holder(of)
        if last_but_one(draft.instruction) and holder.children:
            return holder.children[-1], "before"
        return holder, side

    async def _beside_line(self, beside: list[Target], parsed: dict[str, Any], side: Side) -> Target | None:
        """The item or row that the new one stands beside; or the list, when it is the list that is named."""
        of, holders = str(parsed.get("of", "")), targets.containers(self._draft)
        if near := self._named(beside, parsed):
            return near
        relative = self._relative(of)
        own = [Target(each.block, each.text, "", each.label) for each in beside]
        if not self._finder.supported(relative, own) and (hinted := self._hinted(own, parsed)):
            return hinted  # `of` names the list, as in "to the shopping list, before the pears"
        for among in (own, holders if side == "after" else []):
            if supported := self._finder.supported(relative, among):
                return await self._finder.find(relative, [each for each, _ in supported])
        return await self._finder.find(of, beside) if side == "before" and holders else None

    async def _holder(self, of: str) -> Block:
        """The list or table that gets the new line, or the heading under which a paragraph is to stand."""
        holders = targets.containers(self._draft)
        if not holders:
            return (await self._finder.find(of, targets.sections(self._draft))).block
        if mentions(self._draft.instruction, "table"):
            holders = [each for each in holders if each.block.kind == "table"] or holders
        if len(holders) == 1:
            return holders[0].block
        if naming(of) and (found := self._finder.supported(of, holders)):
            return (await self._finder.find(of, [each for each, _ in found])).block
        return (await self._finder.pointed_to(holders)).block

    def _inner_list(self, of: str) -> Block | None:
        """The list within the one item that is named, when the new line is to go there and not beside the item."""
        said = naming(of) if self._draft.says(of) else naming(self._draft.instruction)
        below = bool(said and _SUB.search(fold(self._draft.instruction)))
        found: list[Block] = []
        for each in targets.items(self._draft):
            words = _words_of(each)
            if words and (words <= said or (below and said <= naming(each.text))):
                found += [block for block in each.block.children if block.kind == "list"][:1]
        return found[0] if len(found) == 1 else None

    def _first_of_two(self, beside: list[Target], parsed: dict[str, Any]) -> Target | None:
        """The first of the two neighbours that the request names, between which the new line goes."""
        found = self._all_said(beside, parsed)
        pairs = [one for one in found if any(_neighbours(one.block, other.block) for other in found)]
        return pairs[0] if len(pairs) == 1 else None

    def _place(self, parsed: dict[str, Any]) -> str:
        """Where, by the request's words: in "a last step to the second brew" nothing stands "after" the brew."""
        place, of = str(parsed.get("place", "last")), str(parsed.get("of", ""))
        if place in ("before", "after") and (side := side_of(self._draft.instruction, of)):
            return side
        for edge, kind in (("last", "end"), ("first", "beginning")):
            if place in ("before", "after") and mentions(self._draft.instruction, kind) and not mentions(of, kind):
                return edge
        return place

    def _in_named_section(self, beside: list[Target]) -> list[Target]:
        """Those under a heading whose words the request has, if there are any; else all."""
        said = stems(self._draft.instruction)
        under = [each for each in beside if naming(each.around) and naming(each.around) <= said]
        return under or beside

    def _named(self, beside: list[Target], parsed: dict[str, Any]) -> Target | None:
        """The one item or row whose words all are in the request, beside what is to be added."""
        found = self._all_said(beside, parsed)
        longest = max((len(_words_of(each)) for each in found), default=0)
        found = [each for each in found if len(_words_of(each)) == longest]
        return found[0] if len(found) == 1 else None

    def _all_said(self, beside: list[Target], parsed: dict[str, Any]) -> list[Target]:
        """The items and rows whose words all are in the request, beside those of what is to be added."""
        told = self._draft.instruction
        for new in (*quoted(told), str(parsed.get("text", ""))):
            if len(new) < 0.5 * len(told) and fold(new) not in fold(self._draft.task.editing):
                told = told.replace(new, " ")
        said = stems(told)
        return [each for each in beside if _words_of(each) and _words_of(each) <= said]

    def _hinted(self, beside: list[Target], parsed: dict[str, Any]) -> Target | None:
        """The one item or row with a word of the request that is neither new nor the list's name."""
        told = self._draft.instruction
        for other in (*quoted(told), str(parsed.get("text", "")), str(parsed.get("of", ""))):
            told = told.replace(other, " ") if other else told
        hits = [each for each in beside if _words_of(each) & naming(told)]
        return hits[0] if len(hits) == 1 else None

    def _relative(self, of: str) -> str:
        """What the new line stands beside, by the user's words."""
        return of if self._draft.says(of) else self._draft.instruction

    async def _item(self, anchor: Block) -> str:
        """The new item: as quoted or agreed, else written in the form of its neighbours."""
        names = [name for name in quoted(self._draft.instruction) if fold(name) not in fold(self._draft.task.editing)]
        siblings = self._siblings(anchor)
        if self._draft.agreed:
            return self._draft.agreed
        if len(names) == 1 and not all(_STYLED.search(each) for each in siblings):
            return names[0]
        text = await item(self._tools, self._draft, siblings)
        if not text:
            raise NotFound(self._draft.instruction)
        return text

    def _siblings(self, anchor: Block) -> list[str]:
        """A few lines of the list or table, the nearest ones; of a table its header first."""
        outline = self._draft.outline
        holder = anchor if anchor.kind in ("list", "table") else outline.parent(anchor)
        children = list(holder.children) if holder else [anchor]
        at = children.index(anchor) if anchor in children else len(children) - 1
        shown = children[max(0, at - 2) : at + 2]
        return [self._draft.own_text(each).split("\n")[0][:200] for each in shown]

    def _in_section(self, heading: Block, text: str) -> Operation:
        """A paragraph after the section's own text, before the sections in it."""
        if not text:
            raise NotFound(self._draft.instruction)
        own = heading
        for block in self._draft.outline.section(heading)[1:]:
            if block.kind == "heading":
                break
            own = block
        return Insert(own.id, text)

    async def add_section(self, parsed: dict[str, Any]) -> list[Operation]:
        """A heading and its text, beside a section or at the end."""
        draft, of = self._draft, str(parsed.get("of", ""))
        place = side_of(draft.instruction, of) or self._place(parsed)
        title = self._title(str(parsed.get("title", "")))
        beside, side = await self._beside(place, of if fold(of) != fold(title) else "")
        level = beside.level if beside else self._level()
        text = self._dictated(title) or await section_text(self._tools, draft, title)
        if not title or not text:
            raise NotFound(draft.instruction)
        title = self._numbered(title, level, beside, side)
        block = f"{'#' * level} {title}\n\n{text}"
        if beside is None:
            return [Insert(None if side == "before" else self._last_content(), block, side)]
        if side == "before":
            return [Insert(beside.id, block, "before")]
        if beside.level == 1:  # after the title means below it, not after all it heads
            return [Insert(self._below(beside).id, f"## {title}\n\n{text}")]
        return [Insert(draft.outline.section(beside)[-1].id, block)]

    def _numbered(self, title: str, level: int, beside: Block | None, side: Side) -> str:
        """The title with the next number, where the sections before it are numbered and none after it is."""
        if has_number(title):
            return title
        at = len(self._draft.task.editing)
        if beside:
            at = beside.start if side == "before" else self._draft.outline.section(beside)[-1].end
        kin = [(each, number) for each, number in numberings(self._draft).items() if each.level == level]
        counts = [_COUNT.findall(number) for _, number in kin]
        if len(kin) < FEWEST or any(each.start >= at for each, _ in kin) or any(len(each) != 1 for each in counts):
            return title
        numbers = [int(count) for (count,) in counts]
        if any(later != early + 1 for early, later in pairwise(numbers)):
            return title
        return f"{_COUNT.sub(str(numbers[-1] + 1), kin[-1][1])}{title}"

    def _last_content(self) -> str | None:
        """The last block before the footnotes and link definitions at the end; `None` when there are none."""
        blocks = self._draft.outline.blocks
        own = [each for each in blocks if each.kind not in APPENDED]
        return own[-1].id if own and own[-1] != blocks[-1] else None

    def _dictated(self, title: str) -> str:
        """What stands after a colon behind the new title: the section's text, in the user's own words."""
        told = self._draft.instruction.partition(title)[2] if title else ""
        behind, colon, text = told.replace("：", ":", 1).partition(":")
        text = text.strip()
        *before, last = re.split(r"(?<=[.!?。！？])\s", behind)  # "... after Costs. One sentence: it is free."
        if (
            not colon
            or len(text) < SHORTEST_DICTATED
            or (before and len(last.split()) > SHORT_LABEL)
            or text.startswith(("-", "*", "1."))
        ):
            return ""
        ends = "" if text[-1] in ".!?。！？…" else "。" if is_cjk(text[-1]) else "."
        return f"{text[:1].upper()}{text[1:]}{ends}"

    async def _beside(self, place: str, of: str) -> tuple[Block | None, Side]:
        side: Side = "before" if place in ("before", "first") else "after"
        headings = [Target(each.block, each.text, "", each.label) for each in targets.sections(self._draft)]
        kin = [each for each in headings if each.block.level == self._level()]
        if between(self._draft.instruction) and len(named := named_headings(self._draft)) == 2:
            return max(named, key=lambda block: block.start), "before"
        if place in ("before", "after") and (told := beside(self._draft)):
            return told[0], "before" if told[1] == "before" else "after"
        if place == "first" and kin:
            return kin[0].block, "before"
        if not naming(of) or not headings:
            return None, "after"
        named = [each.block for each in headings if naming(each.text) and naming(each.text) <= naming(of)]
        if len(named) == 2 and naming(of) <= naming(" ".join(map(self._draft.words_of, named))):
            return max(named, key=lambda block: block.start), "before"  # "between Costs and Team"
        if len(named) == 1:
            return named[0], side
        if place == "last":  # "at the end", and what the model adds to that is no heading
            return None, "after"
        return (await self._finder.find(of, headings)).block, side

    def _title(self, title: str) -> str:
        names = quoted(self._draft.instruction)
        if self._draft.says(title) or not names:
            return title.strip(" #\"'“”")
        return names[0]

    def _level(self) -> int:
        """The level that most sections have, the title apart."""
        levels = Counter(each.level for each in self._draft.headings())
        if len(levels) > 1 and levels[1] == 1:
            del levels[1]
        return min(levels, default=2) if levels and set(levels) != {1} else (1 if levels[1] > 1 else 2)

    def _below(self, heading: Block) -> Block:
        last = heading
        for block in self._draft.outline.section(heading)[1:]:
            if block.kind == "heading":
                break
            last = block
        return last


def _edge(parsed: dict[str, Any]) -> str:
    return "first" if parsed.get("place") == "first" else "last"


def _words_of(target: Target) -> set[str]:
    """The words that tell an item from others (of a row, its first cell), without amounts where there are words."""
    words = naming(_LINKED.sub("]", target.name))
    return {word for word in words if len(word) > 1 and not word.isdigit()} or words


def _neighbours(first: Block, second: Block) -> bool:
    parent, _, number = first.id.rpartition(".")
    return second.id == f"{parent}.{int(number) + 1}"
