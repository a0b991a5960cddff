"""Words in the place of words."""

import re

from redraft.markdown.blocks import LINE_END, Outline
from redraft.markdown.operations.fitting import clean
from redraft.markdown.replacement import CannotApply, Replacement

_SPACE = r"(?:[^\S\r\n]+|[^\S\r\n]*(?:\r\n|\n|\r)[ \t>]*)"  # within a paragraph: one line end at most


def replace_phrase(
    outline: Outline, find: str, new: str, within: tuple[int, int], *, everywhere: bool
) -> list[Replacement]:
    """`new` for `find`, which stands there once, or `everywhere`; white space matches any other white space."""
    if not find.strip():
        raise CannotApply("The text to find is empty.")
    found = _occurrences(outline, find, within)
    if not found:
        raise CannotApply(_missing(outline, find, within))
    if len(found) > 1 and not everywhere:
        raise CannotApply(f"{find!r} occurs {len(found)} times: quote text that occurs once, or say everywhere.")
    new = LINE_END.sub(outline.line_end, new)
    return [Replacement(start, end, new) for start, end in found if outline.text[start:end] != new]


def replace_range(outline: Outline, start: int, end: int, text: str) -> list[Replacement]:
    """`text` for a selection; white space at the selection's ends stays, as models do not see it."""
    if not 0 <= start <= end <= len(outline.text):
        raise CannotApply("The selection lies outside the text.")
    old = outline.text[start:end]
    core = old.strip()
    new = LINE_END.sub(outline.line_end, clean(text).strip() if core else text)
    if core:
        start += len(old) - len(old.lstrip())
        end -= len(old) - len(old.rstrip())
    return [] if outline.text[start:end] == new else [Replacement(start, end, new)]


def _occurrences(outline: Outline, find: str, within: tuple[int, int]) -> list[tuple[int, int]]:
    """Exactly as given; else with any white space; else without regard to case, when that finds one place only."""
    exact = [match.span() for match in re.compile(re.escape(find)).finditer(outline.text, *within)]
    if exact:
        return exact
    loose = _SPACE.join(map(re.escape, find.split()))
    spaced = [match.span() for match in re.compile(loose).finditer(outline.text, *within)]
    if spaced:
        return spaced
    caseless = [match.span() for match in re.compile(loose, re.IGNORECASE).finditer(outline.text, *within)]
    return caseless if len(caseless) == 1 else []


def _missing(outline: Outline, find: str, within: tuple[int, int]) -> str:
    place = "the text" if within == (0, len(outline.text)) else "that part"
    elsewhere = "" if place == "the text" or not _occurrences(outline, find, (0, len(outline.text))) else (
        " It occurs elsewhere: name the right block."
    )  # fmt: skip
    return f"{find!r} does not occur in {place}: copy the words exactly as they stand.{elsewhere}"
