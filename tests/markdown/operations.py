"""Made-up operations on made-up Markdown, most of which apply."""

from hypothesis import strategies as st

from redraft.markdown import Block, Outline, cut
from redraft.markdown.operations import (
    AddItem,
    AddRow,
    CheckTask,
    DeleteBlock,
    DeleteSection,
    Insert,
    InsertIntoSection,
    MoveBlock,
    MoveSection,
    Operation,
    RemoveItem,
    RemoveRow,
    RenameHeading,
    ReplaceBlock,
    ReplacePhrase,
    ReplaceRange,
    ReplaceSection,
    SetCell,
    SwapSections,
)  # fmt: skip
from tests.markdown.texts import markdown_texts

_NEW = ["new", "# New", "- new", "1. new", "new\n\ntext", "| x | y |", "```\ncode\n```", "new line\nof text. More."]
_PLACES = st.sampled_from(["before", "after"])


@st.composite
def some_operations(draw: st.DrawFn) -> tuple[str, list[Operation]]:
    """A text, and up to four operations on it."""
    text = draw(markdown_texts())
    outline = cut(text)
    return text, draw(st.lists(_operation(outline), max_size=4))


def _operation(outline: Outline) -> st.SearchStrategy[Operation]:
    new = st.sampled_from(_NEW)
    everything = list(outline.walk())
    ids = st.sampled_from([block.id for block in everything] or ["b1"])
    text = outline.text or "x"
    starts = st.integers(0, len(text) - 1)
    phrases = st.builds(lambda start, size: text[start : start + size], starts, st.integers(1, 6))

    def of(*kinds: str) -> st.SearchStrategy[str]:
        return st.sampled_from([block.id for block in everything if block.kind in kinds] or ["b1"])

    def sibling(block: Block) -> st.SearchStrategy[Operation]:
        parent = outline.parent(block)
        others = st.sampled_from([each.id for each in (parent.children if parent else outline.blocks)])
        return st.builds(MoveBlock, st.just(block.id), others, _PLACES)

    return st.one_of(
        st.builds(ReplaceBlock, ids, new), st.builds(Insert, ids, new, _PLACES), st.builds(DeleteBlock, ids),
        st.builds(Insert, st.none(), new, _PLACES),
        st.sampled_from(everything).flatmap(sibling) if everything else st.nothing(),
        st.builds(ReplaceSection, of("heading"), new), st.builds(InsertIntoSection, of("heading"), new),
        st.builds(DeleteSection, of("heading")), st.builds(MoveSection, of("heading"), of("heading"), _PLACES),
        st.builds(SwapSections, of("heading"), of("heading")), st.builds(RenameHeading, of("heading"), new),
        st.builds(SetCell, of("table"), st.integers(0, 2), st.integers(1, 2), new),
        st.builds(AddRow, of("table"), st.just(["x", "y"]), st.none() | st.integers(0, 2), _PLACES),
        st.builds(RemoveRow, of("table"), st.integers(0, 2)), st.builds(CheckTask, of("item"), st.booleans()),
        st.builds(AddItem, of("item", "list"), new, _PLACES), st.builds(RemoveItem, of("item")),
        st.builds(ReplacePhrase, phrases, new, st.booleans(), st.none() | ids),
        st.builds(lambda a, b, t: ReplaceRange(min(a, b), max(a, b), t), starts, starts, new),
    )  # fmt: skip
