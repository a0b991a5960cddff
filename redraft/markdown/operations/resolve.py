"""Each operation as the replacements it comes down to, or `CannotApply`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch

from redraft.markdown.blocks import Block, Outline
from redraft.markdown.changes import changes_since, restore
from redraft.markdown.operations import kinds, lists, phrases, sections, structure, tables
from redraft.markdown.operations.numbers import Shift
from redraft.markdown.replacement import CannotApply, Replacement

Resolved = tuple[list[Replacement], list[Shift]]


@dataclass(frozen=True, slots=True)
class Target:
    """What operations are applied to."""

    outline: Outline
    original: str | None
    """The text as last saved, for `Restore`."""
    shifts: Sequence[Shift] = ()
    """How the operations that apply move the numbers of list items."""
    operation: int = 0
    """The index of the operation being resolved."""
    selection: tuple[int, int] | None = None
    """What alone can change, if anything is selected."""

    def moved(self, list_id: str, index: int) -> int:
        """By how much other operations move the number of an item that this one puts into a list at `index`."""
        return sum(
            shift.by for shift in self.shifts if shift.list_id == list_id and shift.counts_for(index, self.operation)
        )

    def block(self, block_id: str) -> Block:
        """The block of that id."""
        if found := self.outline.find(block_id):
            return found
        raise CannotApply(f"There is no block {block_id!r}.")

    def of_kind(self, block_id: str, *allowed: str) -> Block:
        """The block of that id, which is of one of the kinds."""
        block = self.block(block_id)
        if block.kind not in allowed:
            raise CannotApply(f"{block_id} is a {block.kind}, not a {' or '.join(allowed)}.")
        return block

    def section(self, block_id: str) -> Sequence[Block]:
        """The section under the heading of that id."""
        heading = self.of_kind(block_id, "heading")
        if self.outline.parent(heading):
            raise CannotApply(f"{block_id} is a heading inside a list or quote: it heads no section.")
        return sections.section(self.outline, heading)

    def movable(self, block_id: str) -> Sequence[Block]:
        """The section as it is moved."""
        return sections.movable(self.outline, self.section(block_id)[0])


@singledispatch
def resolve(operation: kinds.Operation, target: Target) -> Resolved:
    """The replacements, and by how much they move the numbers of list items."""
    raise TypeError(f"{type(operation).__name__} is no operation")


@resolve.register
def _(operation: kinds.ReplaceBlock, target: Target) -> Resolved:
    block, outline = target.block(operation.block), target.outline
    if block.kind == "item":
        return lists.replace_item(outline, block, operation.text), []
    if block.kind == "row":
        return tables.replace_row(outline, _parent(target, block), block, operation.text), []
    return structure.rewrite(outline, block, operation.text), []


@resolve.register
def _(operation: kinds.ReplaceSection, target: Target) -> Resolved:
    heading = target.section(operation.heading)[0]
    return structure.rewrite_section(target.outline, heading, operation.text), []


@resolve.register
def _(operation: kinds.Insert, target: Target) -> Resolved:
    outline, before = target.outline, operation.place == "before"
    block = target.block(operation.block) if operation.block is not None else _at_the_end(target, operation)
    if block and block.kind == "item":
        return lists.add_items(outline, block, operation.text, before=before, moved=target.moved)
    if block and block.kind == "row":
        return tables.add_row(outline, _parent(target, block), operation.text, block.id, before), []
    if block and block.kind == "list" and lists.same_list(outline, block, operation.text):
        near = block.children[0 if before else -1]
        return lists.add_items(outline, near, operation.text, before=before, moved=target.moved)
    return structure.insert(outline, operation.text, block, before=before), []


@resolve.register
def _(operation: kinds.InsertIntoSection, target: Target) -> Resolved:
    blocks = target.section(operation.heading)
    last = blocks[-1]
    if sections.is_appended(operation.text):
        last = sections.below_its_kind([*blocks, *sections.appendix(target.outline, blocks[0])], operation.text)
    return resolve(kinds.Insert(last.id, operation.text), target)


@resolve.register
def _(operation: kinds.DeleteBlock, target: Target) -> Resolved:
    block = target.block(operation.block)
    if block.kind == "item":
        return resolve(kinds.RemoveItem(block.id), target)
    if block.kind == "row":
        return tables.remove_row(target.outline, _parent(target, block), block.id), []
    return structure.delete(target.outline, [block]), []


@resolve.register
def _(operation: kinds.DeleteSection, target: Target) -> Resolved:
    return structure.delete(target.outline, target.section(operation.heading)), []


@resolve.register
def _(operation: kinds.MoveBlock, target: Target) -> Resolved:
    block, goal, before = target.block(operation.block), target.block(operation.target), operation.place == "before"
    if block.kind == "item":
        return lists.move_item(target.outline, block, goal, before=before)
    if block.kind == "row":
        return tables.move_row(target.outline, _parent(target, block), block, goal, before=before), []
    return structure.move(target.outline, [block], [goal], before=before), []


@resolve.register
def _(operation: kinds.MoveSection, target: Target) -> Resolved:
    moved, goal = target.movable(operation.heading), target.movable(operation.target)
    made = structure.move(target.outline, moved, goal, before=operation.place == "before")
    return [*made, *sections.levelled(target.outline, moved, goal[0].level)], []


@resolve.register
def _(operation: kinds.SwapSections, target: Target) -> Resolved:
    first, second = target.movable(operation.first), target.movable(operation.second)
    made = structure.swap(target.outline, first, second)
    levels = [*sections.levelled(target.outline, first, second[0].level)]
    levels += sections.levelled(target.outline, second, first[0].level)
    return [*made, *levels], []


@resolve.register
def _(operation: kinds.RenameHeading, target: Target) -> Resolved:
    return structure.rename(target.outline, target.of_kind(operation.heading, "heading"), operation.title), []


@resolve.register
def _(operation: kinds.SetCell, target: Target) -> Resolved:
    table = target.of_kind(operation.table, "table")
    return tables.set_cell(target.outline, table, operation.row, operation.column, operation.text), []


@resolve.register
def _(operation: kinds.AddRow, target: Target) -> Resolved:
    table, before = target.of_kind(operation.table, "table"), operation.place == "before"
    return tables.add_row(target.outline, table, operation.cells, operation.row, before), []


@resolve.register
def _(operation: kinds.RemoveRow, target: Target) -> Resolved:
    return tables.remove_row(target.outline, target.of_kind(operation.table, "table"), operation.row), []


@resolve.register
def _(operation: kinds.CheckTask, target: Target) -> Resolved:
    return lists.check(target.outline, target.of_kind(operation.item, "item"), operation.done), []


@resolve.register
def _(operation: kinds.AddItem, target: Target) -> Resolved:
    near, before = target.of_kind(operation.near, "item", "list"), operation.place == "before"
    if near.kind == "list":
        near = near.children[0 if before else -1]
    return lists.add_items(target.outline, near, operation.text, before=before, moved=target.moved)


@resolve.register
def _(operation: kinds.RemoveItem, target: Target) -> Resolved:
    item = target.of_kind(operation.item, "item")
    parent = _parent(target, item)
    if len(parent.children) == 1:
        return structure.delete(target.outline, [parent]), []
    return lists.remove_item(target.outline, item)


@resolve.register
def _(operation: kinds.ReplacePhrase, target: Target) -> Resolved:
    within = operation.within
    if within is None:
        span = (0, len(target.outline.text))
    elif isinstance(within, str):
        block = target.block(within)
        span = (block.start, block.end)
    else:
        span = within
    found = phrases.replace_phrase(
        target.outline, operation.find, operation.text, span, everywhere=operation.everywhere, reach=target.selection
    )
    return found, []


@resolve.register
def _(operation: kinds.ReplaceRange, target: Target) -> Resolved:
    return phrases.replace_range(target.outline, operation.start, operation.end, operation.text), []


@resolve.register
def _(operation: kinds.Restore, target: Target) -> Resolved:
    if target.original is None or not (changes := changes_since(target.original, target.outline)):
        raise CannotApply("There are no unsaved changes to take back.")
    what = operation.what
    if what is None:
        span = (0, len(target.outline.text))
    elif found := next((change for change in changes if change.id == what), None):
        both = [change for change in changes if change.id in (found.id, found.moved)]
        return [Replacement(change.start, change.end, change.before) for change in both], []
    elif operation.section:
        blocks = target.section(what)
        span = (blocks[0].start, blocks[-1].end)
    else:
        span = (target.block(what).start, target.block(what).end)
    restored = restore(changes, *span)
    if not restored:
        raise CannotApply(f"There are no unsaved changes in {what}.")
    return restored, []


def _at_the_end(target: Target, operation: kinds.Insert) -> Block | None:
    """The list that stands where the text ends, or starts, when what is put there belongs in it."""
    blocks = target.outline.blocks
    ending = len(blocks) - len(sections.end_matter(blocks))
    edge = blocks[:1] if operation.place == "before" else blocks[:ending][-1:]
    if edge and edge[0].kind == "list" and lists.same_list(target.outline, edge[0], operation.text):
        return edge[0]
    return None


def _parent(target: Target, block: Block) -> Block:
    parent = target.outline.parent(block)
    assert parent is not None  # noqa: S101  # items and rows lie in a list or a table
    return parent
