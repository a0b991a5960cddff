"""From what a request asks for to operations on the draft, kind by kind."""

import re
from typing import Any

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.evidence import Candidate, Evidence
from redraft.agents.editing.small.asked.apart import speaks_of_all, staying
from redraft.agents.editing.small.asked.cues import side_of, without_quotes
from redraft.agents.editing.small.meant import targets
from redraft.agents.editing.small.meant.find import CLEAR_LEAD, Finder, NotFound
from redraft.agents.editing.small.meant.passage import meant_passage, rewritable, span_of
from redraft.agents.editing.small.meant.scope import beside, meant_code, named_headings, numbered_heading, numberings
from redraft.agents.editing.small.meant.targets import Target
from redraft.agents.editing.small.new.rewriting import rewritten
from redraft.agents.messages import text_of
from redraft.agents.tools import Answers
from redraft.agents.words import fold, mentions, naming, quoted, stems
from redraft.markdown import Block, Operation
from redraft.markdown.operations import (
    MoveBlock,
    MoveSection,
    RenameHeading,
    ReplaceBlock,
    ReplaceRange,
    Restore,
    SwapSections,
)

_UNNUMBERED = re.compile(
    r"(?<!\w)(?:without (?:the |a |its )?number|no number|ohne (?:die )?nummer|sans (?:le )?numéro|sin (?:el )?número"
    r"|sem (?:o )?número|bỏ số|không (?:có |cần )?số)(?!\w)|去掉(?:编号|序号)|不要(?:编号|序号)"
)


class Plans:
    """Each method answers the operations for one kind of request, or raises `NotFound`."""

    def __init__(self, tools: Answers, draft: Draft) -> None:
        self.tools = tools
        self.draft = draft
        self.finder = Finder(tools, draft)

    async def rename(self, parsed: dict[str, Any]) -> list[Operation]:
        """A heading gets other words."""
        headings = targets.sections(self.draft)
        what, to = self._old_and_new(parsed.get("what", ""), parsed.get("to", ""), headings)
        if not to:
            raise NotFound(self.draft.instruction)
        heading = await self._heading(what, [Target(each.block, each.text, "", each.label) for each in headings])
        return [RenameHeading(heading.id, self._with_number(heading, to))]

    def _with_number(self, heading: Block, to: str) -> str:
        """The new name behind the number that the heading has, unless the request gives one or wants none."""
        number = numberings(self.draft).get(heading, "")
        gives = to[:1].isdigit() or to.startswith(number.strip()) or _UNNUMBERED.search(fold(self.draft.instruction))
        return to if gives else number + to

    async def _heading(self, what: str, headings: list[Target]) -> Block:
        told = named_headings(self.draft)
        if len(told) == 1 and not self.draft.agreed:
            return told[0]
        if numbered := numbered_heading(self.draft, self.draft.query):
            return numbered
        first = [each for each in headings if each.block.level == 1]
        if self.draft.agreed:
            asked = [text_of(each) for each in reversed(self.draft.task.messages[-3:])]
            for said in asked:  # the user said which heading when asking for suggestions
                named = [each for each in headings if naming(each.text) and naming(each.text) <= stems(said)]
                if len(named) == 1 and fold(named[0].text) not in fold(self.draft.agreed):
                    return named[0].block
            if len(first) == 1 and any(mentions(said, "title") for said in asked):
                return first[0].block
        if not naming(what) and len(first) == 1 and mentions(f"{what} {self.draft.instruction}", "title"):
            return first[0].block
        if not naming(what):
            what = without_quotes(self.draft.instruction)
        return (await self.finder.find(what, headings)).block

    def _old_and_new(self, what: str, to: str, headings: list[Target]) -> tuple[str, str]:
        """Small models mix the two up: the one that is a heading is the old one."""
        known = {fold(each.text) for each in headings}
        names = quoted(self.draft.instruction)
        if self.draft.agreed:
            return what if fold(what) != fold(self.draft.agreed) else "", self.draft.agreed
        if len(names) == 2:
            return (names[0], names[1]) if fold(names[1]) not in known else (names[1], names[0])
        if len(names) == 1 and fold(names[0]) not in known:
            old = to if fold(names[0]) in fold(what) else what
            return old if fold(old) != fold(names[0]) else self.draft.instruction.replace(names[0], " "), names[0]
        if fold(to) in known and fold(what) not in known:
            return to, what
        return what, to if self.draft.says(to) else ""

    async def rewrite(self, parsed: dict[str, Any]) -> list[Operation]:
        """A passage is written anew."""
        draft, code = self.draft, meant_code(self.draft)
        known = rewritable(draft)
        fences = [each for each in known if each.block in code]
        if fences:
            target = fences[0] if len(fences) == 1 else await self.finder.pointed_to(fences)
        else:
            target = await meant_passage(self.finder, draft, str(parsed.get("what", "")), known)
        start, end = span_of(draft, target)
        new = await rewritten(self.tools, draft, draft.task.editing[start:end])
        if not new:
            raise NotFound(draft.instruction)
        return [ReplaceRange(start, end, new)] if target.block.kind == "item" else [ReplaceBlock(target.block.id, new)]

    async def move(self, parsed: dict[str, Any]) -> list[Operation]:
        """A section, item or row changes places."""
        draft, place = self.draft, parsed.get("place", "")
        what, of = parsed.get("what", ""), parsed.get("of", "")
        named, told = named_headings(draft), beside(draft)
        if len(named) == 2 and told and place != "swap":  # "Costs should come before Team"
            other = next(each for each in named if each != told[0])
            return [MoveSection(other.id, told[0].id, "before" if told[1] == "before" else "after")]
        for movable in (targets.sections(draft), [*targets.items(draft), *targets.rows(draft)]):
            movable = [Target(each.block, each.text, "", each.label) for each in movable]
            try:
                return await self._move(what, place, of, movable)
            except NotFound:
                continue
        raise NotFound(draft.instruction)

    async def _move(self, what: str, place: str, of: str, movable: list[Target]) -> list[Operation]:
        if place == "swap" and not naming(of):
            both = (
                self.finder.supported(what, movable)[:2] or self.finder.supported(self.draft.instruction, movable)[:2]
            )
            if len(both) < 2:
                raise NotFound(what)
            return _swap(both[0][0].block, both[1][0].block)
        if place == "swap" and len(named := self._named(movable)) == 2:
            return _swap(*named)
        block = (await self.finder.find(what, movable)).block
        siblings = [each for each in movable if each.block.kind == block.kind and each.block != block]
        place = side_of(self.draft.instruction, of) or place if place in ("before", "after") else place
        late = place in ("last", "after")
        if place in ("first", "last") or not naming(of):
            goal = self._edge(block, siblings, last=late)
        else:
            goal = (await self.finder.find(of, siblings)).block
        if place == "swap":
            return _swap(block, goal)
        if block.kind == "heading":
            return [MoveSection(block.id, goal.id, "after" if late else "before")]
        return [MoveBlock(block.id, goal.id, "after" if late else "before")]

    def _named(self, movable: list[Target]) -> list[Block]:
        """Those all of whose words the request says, amounts and numbers apart; not those within longer ones."""
        said = stems(self.draft.instruction)
        words = [(_words(each), each.block) for each in movable]
        found = [(own, block) for own, block in words if own and own <= said]
        return [block for own, block in found if not any(own < other for other, _ in found)]

    def _edge(self, block: Block, siblings: list[Target], *, last: bool) -> Block:
        """The first or last of the block's kind and level, in its own list or table."""
        parent = block.id.rpartition(".")[0]
        kin = [each.block for each in siblings if each.block.level == block.level]
        kin = [each for each in kin if each.id.rpartition(".")[0] == parent]
        if not kin:
            raise NotFound(self.draft.instruction)
        return kin[-1 if last else 0]

    async def undo(self, parsed: dict[str, Any]) -> list[Operation]:
        """Unsaved changes are taken back: those in a section, or those whose words are named.

        Not those of which the request says that they are right or stay.
        """
        what = parsed.get("what", "")
        told, places = self.draft.instruction, self._changed()
        if not places:
            raise NotFound(what)
        kept = self._kept(places)
        places = [each for each in places if each not in kept] or places
        if len(places) == 1 or (kept and speaks_of_all(told)):
            return [Restore(change) for change, _ in places]
        shown = [target for _, target in places]
        ids = {id(target): change for change, target in places}
        said = stems(told)
        named = [each for each in shown if naming(each.around) and naming(each.around) <= said]
        if len({each.around for each in named}) == 1:  # "what I wrote under Next meeting"
            return [Restore(ids[id(each)]) for each in named]
        if named:  # one of them is to stay as it is, most likely
            return [Restore(ids[id(await self.finder.find(what, named))])]
        found = self.finder.supported(what, shown)
        if found:
            best = found[0][0]
            same = [
                each
                for each, score in found
                if each is best or (best.around and each.around == best.around and naming(what) <= naming(best.around))
            ]
            return [Restore(ids[id(each)]) for each in same]
        if not naming(what):
            return [Restore(change) for change, _ in places] if kept else [Restore()]
        meant = self._likeliest(what, shown) or await self.finder.find(what, shown)
        return [Restore(ids[id(meant)])]

    def _kept(self, places: list[tuple[str, Target]]) -> list[tuple[str, Target]]:
        """The changes that a clause of the request says are right: each time the one with most of its words."""
        found = []
        old = {change.id: stems(change.before) - stems(change.after) for change in self.draft.changes}
        for clause in staying(self.draft.instruction):
            meant = self._likeliest(clause, [target for _, target in places])
            found += [each for each in places if each[1] is meant and not old[each[0]] & stems(clause)]
        return found

    @staticmethod
    def _likeliest(what: str, shown: list[Target]) -> Target | None:
        """The one that has more of the words than any other: one of the changes is meant, so some words will do."""
        evidence = Evidence([Candidate(each.text, each.around) for each in shown])
        words = " ".join(sorted(naming(what)))
        scores = sorted(((evidence.score(at, words), -at) for at in range(len(shown))), reverse=True)
        best, second = scores[0][0], scores[1][0] if len(scores) > 1 else 0.0
        return shown[-scores[0][1]] if best > 0 and best >= CLEAR_LEAD * second else None

    def _changed(self) -> list[tuple[str, Target]]:
        """Each unsaved change, with the heading it stands under as the words around it."""
        found = []
        for change in self.draft.changes:
            before = [each for each in self.draft.headings() if each.start <= change.start]
            section = self.draft.words_of(before[-1]) if before else ""
            block = before[-1] if before else self.draft.outline.blocks[0] if self.draft.outline.blocks else None
            if block is None:
                block = Block("b0", "paragraph", 0, 0)
            sentence = [each.text for each in self.draft.passages if each.start <= change.start < each.end]
            text = " ".join([change.before, change.after, *sentence])
            label = f"{section}: {change.before.strip()[:40]} → {change.after.strip()[:40]}"
            found.append((change.id, Target(block, text, section, " ".join(label.split()))))
        return found


def _words(target: Target) -> set[str]:
    words = naming(target.name)
    return {word for word in words if not word.isdigit()} or words


def _swap(first: Block, second: Block) -> list[Operation]:
    if first.kind == "heading":
        return [SwapSections(first.id, second.id)]
    early, late = sorted((first, second), key=lambda block: block.start)
    up = MoveBlock(late.id, early.id, "before")
    holder, _, place = early.id.rpartition(".")
    if late.id == f"{holder}.{int(place) + 1}":
        return [up]  # of two neighbours the one is where it is to be when the other has moved
    return [up, MoveBlock(early.id, late.id, "after")]
