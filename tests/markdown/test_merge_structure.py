"""Laws of clean merges, with a Markdown parser as the judge: each line hangs where the side that put it there hung it,
or below what the other side added at that place.

One side moves items in or out, quotes them or marks them otherwise; the other adds items and changes words.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from redraft.markdown import merge

PARSER = MarkdownIt("commonmark")


@dataclass(frozen=True)
class Item:
    name: str
    depth: int
    more: str = ""

    @property
    def text(self) -> str:
        """Words that no other item has."""
        return f"has {self.name}a and {self.name}b{self.more}"


def rendered(items: list[Item], marker: str = "-", quote: str = "", step: int = 2) -> str:
    """The items as a list; a numbered one counts on at every level."""
    lines: list[str] = []
    counts: list[int] = []
    for item in items:
        counts = [*counts[: item.depth + 1], *[0] * (item.depth + 1 - len(counts))]
        counts[item.depth] += 1
        mark = f"{counts[item.depth]}." if marker == "1." else marker
        lines.append(f"{quote}{' ' * step * item.depth}{mark} {item.name} {item.text}\n")
    return "".join(lines)


@st.composite
def outlines(draw: st.DrawFn) -> list[Item]:
    items: list[Item] = []
    for number in range(draw(st.integers(2, 7))):
        deepest = min(items[-1].depth + 1, 2) if items else 0
        items.append(Item(f"item{number}", draw(st.integers(0, deepest))))
    return items


def moved_in(draw: st.DrawFn, items: list[Item]) -> list[Item]:
    """Neighbours below the item before them, with all that is in them."""
    first = draw(st.integers(1, len(items) - 1))
    last = draw(st.integers(first, len(items) - 1))
    while last + 1 < len(items) and items[last + 1].depth > min(each.depth for each in items[first : last + 1]):
        last += 1
    changed = [replace(each, depth=each.depth + (first <= n <= last)) for n, each in enumerate(items)]
    fits = all(b.depth <= a.depth + 1 for a, b in pairwise(changed))
    return changed if fits else items


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, str, str]:
    """A list, what one side made of its beginnings, and what the other wrote."""
    items = draw(outlines())
    step = draw(st.sampled_from([2, 4]))
    how = draw(st.sampled_from(["in", "quote", "marker"]))
    at = draw(st.integers(1, len(items)))
    deepest = items[at - 1].depth + 1
    shallowest = items[at].depth if at < len(items) else 0
    new = Item("added", draw(st.integers(min(shallowest, deepest), deepest)))
    theirs = [*items[:at], new, *items[at:]]
    if draw(st.booleans()):
        number = draw(st.sampled_from([n for n, each in enumerate(theirs) if each is not new]))
        theirs[number] = replace(theirs[number], more=" and more")
    mine = {
        "in": lambda: rendered(moved_in(draw, items), step=step),
        "quote": lambda: rendered(items, quote="> ", step=step),
        "marker": lambda: rendered(items, marker=draw(st.sampled_from(["*", "+"])), step=step),
    }[how]()
    return rendered(items, step=step), mine, rendered(theirs, step=step)


def hung(text: str) -> dict[str, tuple[str, ...]]:
    """By the name of each item: the names of those it lies in, and whether it is quoted."""
    found: dict[str, tuple[str, ...]] = {}
    within: list[str] = []
    for token in PARSER.parse(text):
        if token.type in ("list_item_open", "blockquote_open"):
            within.append("quote" if token.type == "blockquote_open" else "")
        elif token.type in ("list_item_close", "blockquote_close"):
            within.pop()
        elif token.type == "inline" and within:
            within[-1] = within[-1] or token.content.split()[0]
            found.setdefault(within[-1], tuple(within[:-1]))
    return found


def follows(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    """Whether `part` stands in `whole`, in order."""
    rest = iter(whole)
    return all(each in rest for each in part)


def judged(base: str, mine: str, theirs: str, sides: Callable[[str, str, str], tuple[str, list[object]]]) -> None:
    document, conflicts = sides(base, mine, theirs)
    if conflicts:
        return
    there, by_me, by_them, before = hung(document), hung(mine), hung(theirs), hung(base)
    assert there.keys() == by_me.keys() | by_them.keys()
    for name, place in there.items():
        if name not in before:
            assert follows(by_them[name], place), (name, document)
        elif by_me[name] != before[name]:
            assert follows(by_me[name], place) or "added" in place, (name, document)


@settings(max_examples=300)
@given(cases())
def test_a_line_hangs_where_its_side_hung_it(texts: tuple[str, str, str]) -> None:
    base, mine, theirs = texts

    def one_way(base: str, mine: str, theirs: str) -> tuple[str, list[object]]:
        result = merge(base, mine, theirs)
        return result.document, list(result.conflicts)

    def other_way(base: str, mine: str, theirs: str) -> tuple[str, list[object]]:
        return one_way(base, theirs, mine)

    judged(base, mine, theirs, one_way)
    judged(base, mine, theirs, other_way)


@settings(max_examples=200)
@given(cases(), st.booleans())
def test_a_conflict_elsewhere_leaves_the_lines_where_they_hang(texts: tuple[str, str, str], above: bool) -> None:
    said = [f"Some say that the {colour} one is best.\n" for colour in ("red", "green", "blue")]

    def sides(base: str, mine: str, theirs: str) -> tuple[str, list[object]]:
        both = zip(said, (base, mine, theirs), strict=True)
        result = merge(*(f"{beside}\n{text}" if above else f"{text}\n{beside}" for beside, text in both))
        assert len(result.conflicts) == 1
        return result.document.replace(said[1], "").strip("\n") + "\n", []

    judged(*texts, sides)


@settings(max_examples=200)
@given(cases())
def test_most_of_these_merge_without_a_conflict(texts: tuple[str, str, str]) -> None:
    """One side only moved, quoted or marked whole lines, and the other only wrote: that is never a conflict."""
    assert merge(*texts).conflicts == []
