"""Words in the place of words."""

import re
from collections.abc import Sequence
from dataclasses import replace

from redraft.markdown.blocks import LINE_END, Block, Outline, cut
from redraft.markdown.operations.fitting import clean, continued, prefix
from redraft.markdown.operations.loosely import SPACE, as_it_was, is_within_one, occurrences
from redraft.markdown.operations.structure import rewrite
from redraft.markdown.operations.tables import cell_text
from redraft.markdown.operations.wrappers import is_markdown, is_one_fence, unfenced, unwrapped
from redraft.markdown.replacement import CannotApply, Replacement

_RUNNING = {"paragraph", "definitions", "footnote"}  # what can be a part of a paragraph


def replace_phrase(
    outline: Outline,
    find: str,
    new: str,
    within: tuple[int, int],
    *,
    everywhere: bool,
    reach: tuple[int, int] | None = None,
) -> list[Replacement]:
    """`new` for `find`, which stands there once, or `everywhere`; it may be spelled loosely, as models repeat words.

    What `new` only repeats of the words that are found stays as the text has it. Nothing outside `reach` changes.
    """
    if not find.strip():
        raise CannotApply("The text to find is empty.")
    found = _occurrences(outline, find, within, everywhere=everywhere)
    if not found:
        raise CannotApply(_missing(outline, find, within))
    if len(found) > 1 and not everywhere:
        raise CannotApply(f"{find!r} occurs {len(found)} times: quote text that occurs once, or say everywhere.")
    find, new = LINE_END.sub("\n", find), LINE_END.sub("\n", new)
    reach = reach or (0, len(outline.text))
    made = [_put(outline, find, new, span, reach) for span in found]
    return [each for each in made if outline.text[each.start : each.end] != each.text]


def _put(outline: Outline, find: str, new: str, span: tuple[int, int], reach: tuple[int, int]) -> Replacement:
    old = outline.text[span[0] : span[1]]
    if find == new:
        return Replacement(*span, old)
    made = in_place(outline, span, new, reach)
    return replace(made, text=as_it_was(old, made.text, find))


def replace_range(outline: Outline, start: int, end: int, text: str) -> list[Replacement]:
    """`text` for a selection; white space at the selection's ends stays, as models do not see it.

    All of a block of code is written anew as such; within one, a fence around the new code is left out.
    """
    if not 0 <= start <= end <= len(outline.text):
        raise CannotApply("The selection lies outside the text.")
    old, reach = outline.text[start:end], (start, end)
    if not (core := old.strip()):
        new = LINE_END.sub(outline.line_end, text)
        return [] if old == new else [Replacement(start, end, new)]
    start += len(old) - len(old.lstrip())
    end -= len(old) - len(old.rstrip())
    leaf, given = _leaf(outline, start, end), clean(text)
    if leaf and leaf.kind == "fence":
        if given and (start, end) == (leaf.start, leaf.end):
            return rewrite(outline, leaf, given)
    else:
        given = clean(unwrapped(given, replaces=LINE_END.sub("\n", core)))
    made = in_place(outline, (start, end), given.strip(), reach)
    return [] if outline.text[made.start : made.end] == made.text else [made]


def in_place(outline: Outline, span: tuple[int, int], new: str, reach: tuple[int, int]) -> Replacement:
    """`new` (line ends `\n`) in the place of what lies between two positions, its lines in the containers of these.

    Where it starts or ends with a block of another kind than the paragraph it stands in, the rest of the paragraph
    before or after it becomes a paragraph of its own, without spaces at the seam where `reach` goes so far.
    """
    start, end = span
    leaf = _leaf(outline, start, end)
    in_code = leaf is not None and leaf.kind == "fence" and leaf.start < start and end < leaf.end
    if leaf and in_code and is_one_fence(new) and not is_markdown(outline.source(leaf)):
        new = clean(unfenced(new))
    if leaf and leaf.kind in ("row", "heading"):
        new = _in_one_line(outline, leaf, span, new)
    margin = prefix(outline, leaf) if leaf and leaf.kind in ("paragraph", "fence") else ""
    text = continued(new, outline.line_end, margin)
    if leaf is None or leaf.kind != "paragraph" or not (blocks := cut(new, front_matter=False).blocks):
        return Replacement(start, end, text)
    before, after = outline.text[leaf.start : start], outline.text[end : leaf.end]
    if "\n" not in new and blocks[0].kind == "list" and before.rstrip() and before.rstrip()[-1] not in ".:;!?。：！？":
        return Replacement(start, end, text)  # a dash or a number within a line
    blank = outline.line_end + margin.rstrip()
    if before.strip() and blocks[0].kind not in _RUNNING:
        begins = not outline.text[outline.line_start(start) : start].strip(" \t>")
        text = (outline.line_end if begins else blank + outline.line_end) + margin + text
        start = reach[0] + len(outline.text[reach[0] : start].rstrip(" \t"))
    if after.strip() and blocks[-1].kind not in _RUNNING:
        text += blank if after.lstrip(" \t")[0] in "\r\n" else blank + outline.line_end + margin
        end = reach[1] - len(outline.text[end : reach[1]].lstrip(" \t"))
    return Replacement(start, end, text)


def _in_one_line(outline: Outline, leaf: Block, span: tuple[int, int], new: str) -> str:
    """`new` for a part of a heading or a row of a table, which end with their line."""
    old, after = outline.text[span[0] : span[1]], outline.text[span[1] : leaf.end]
    if leaf.kind == "row":
        within = not re.search(r"(?<!\\)\|", old)
        inset = len(new) - len(new.lstrip(" "))
        return (
            new[:inset] + cell_text(new) + new[len(new.rstrip(" ")) :] if within and re.search(r"[|\n]", new) else new
        )
    blocks = cut(new, front_matter=False).blocks
    if "\n" in new and span[0] > leaf.start and (after.strip(" \t#") or not blocks or blocks[0].kind != "paragraph"):
        raise CannotApply("These words stand in a heading, which is one line: give one line of words for them.")
    return new


def _leaf(outline: Outline, start: int, end: int) -> Block | None:
    """The innermost block that all between two positions lies in."""
    found: Block | None = None
    inside: Sequence[Block] = outline.blocks
    while block := next((each for each in inside if each.start <= start and end <= each.end), None):
        found, inside = block, block.children
    return found


def _occurrences(
    outline: Outline, find: str, within: tuple[int, int], *, everywhere: bool = False
) -> list[tuple[int, int]]:
    """Exactly as given; else with any white space; else spelled loosely; else without regard to case, in one place.

    `everywhere` finds what is spelled loosely beside what is not.
    """
    exact = _whole(outline.text, re.compile(re.escape(find)), within)
    if exact and not everywhere:
        return exact
    words = SPACE.join(map(re.escape, find.split()))
    spaced = _whole(outline.text, re.compile(words), within)
    if spaced and not everywhere:
        return spaced
    if loose := occurrences(outline.text, find, within):
        return loose
    if exact or spaced:
        return exact or spaced
    caseless = _whole(outline.text, re.compile(words, re.IGNORECASE), within)
    caseless = caseless or occurrences(outline.text, find, within, caseless=True)
    return caseless if len(caseless) == 1 else []


def _whole(text: str, words: re.Pattern[str], within: tuple[int, int]) -> list[tuple[int, int]]:
    """Where words stand whose first and last character is not a part of one that the reader sees."""
    spans = (match.span() for match in words.finditer(text, *within))
    return [(start, end) for start, end in spans if not is_within_one(text, start) and not is_within_one(text, end)]


def _missing(outline: Outline, find: str, within: tuple[int, int]) -> str:
    place = "the text" if within == (0, len(outline.text)) else "that part"
    elsewhere = "" if place == "the text" or not _occurrences(outline, find, (0, len(outline.text))) else (
        " It occurs elsewhere: name the right block."
    )  # fmt: skip
    return f"{find!r} does not occur in {place}: copy the words exactly as they stand.{elsewhere}"
