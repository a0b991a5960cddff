"""Code fences that a model puts around its whole answer, told from the fences of code.

A fence belongs to the code in it. Only a wrapper comes off: one that is labelled as Markdown, or one without a label
whose content plainly is the text that it replaces. In doubt a fence stays.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from redraft.markdown.blocks import Outline, cut

_MARK = re.compile(r"(?P<indent>[ \t>]*)(?P<mark>`{3,}(?=[^`]*\Z)|~{3,})[ \t]*(?P<info>.*?)[ \t]*\Z")
_LABELS = {"markdown", "md", "mdown", "mkd", "gfm", "commonmark"}
_LEAD = re.compile(
    r"(?:(?:sure|certainly|of course|okay|ok|yes)[,.!: ]+)?(?:here(?:['’]s| is| are)|this is|below is)"
    r" (?:the|your)\b.*:",
    re.IGNORECASE,
)
_LONGEST_SAID = 100  # characters of a line that only speaks of the text beside it, in whatever language
_TAIL = re.compile(r"(?:let me know|i hope|hope this|feel free|i['’]ve |i have )", re.IGNORECASE)
_ITEM = re.compile(r"[ \t]*(?:[-+*•–]|\d{1,9}[.)])[ \t]")
_STRUCTURE = {"heading", "list", "table", "quote", "fence"}


class _Mark(NamedTuple):
    """A line that opens or closes a fence."""

    indent: str
    mark: str
    label: str

    def is_closed_by(self, other: "_Mark | None", most: int = 3) -> bool:
        """Whether that line closes what this one opens, as CommonMark has it; `most` is how far it may stand in."""
        return (
            other is not None
            and not other.label
            and other.mark.startswith(self.mark)
            and len(other.indent.expandtabs(4)) <= most
        )


class _Wrapper(NamedTuple):
    """A fence around a text: its label, the text, and whether CommonMark closes it in the midst of the text."""

    label: str
    body: str
    is_broken: bool
    is_said: bool = False
    """Whether lines around it are taken for words about the text by their form alone."""


def unwrapped(text: str, *, replaces: str = "", keeps_markdown: bool = False) -> str:
    """`text` (line ends `\\n`) without a fence around all of it, if that is a wrapper.

    `replaces` is what stood there, empty for a new text. `keeps_markdown` says that a block of code labelled as
    Markdown may well be meant, as in a text that has others. Where a fence that CommonMark would end at the first of
    those in it is no wrapper, it is made longer than these.
    """
    lines = text.split("\n")
    found = _wrapper(lines)
    if found and _comes_off(found, replaces, keeps_markdown=keeps_markdown):
        return found.body
    return _made_longer(lines)


def unfenced(text: str) -> str:
    """`text` without any fence around all of it: for places that can hold no code, as a title or a cell."""
    found = _wrapper(text.split("\n"))
    return found.body if found else text


def has_markdown_blocks(outline: Outline) -> bool:
    """Whether there are blocks of code labelled as Markdown."""
    return any(block.kind == "fence" and is_markdown(outline.source(block)) for block in outline.walk())


def is_markdown(fence: str) -> bool:
    """Whether a fence is labelled as Markdown."""
    mark = _mark(fence.partition("\n")[0])
    return mark is not None and mark.label in _LABELS


def holds_fences(text: str) -> bool:
    """Whether there are blocks of fenced code in `text`, all closed."""
    kinds = {block.kind for block in cut(text, front_matter=False).walk()}
    return "fence" in kinds and _is_closed(text.split("\n"))


def is_one_fence(text: str) -> bool:
    """Whether `text` is a block of fenced code and nothing else, closed or not."""
    return [block.kind for block in cut(text, front_matter=False).blocks] == ["fence"]


def _comes_off(found: _Wrapper, replaces: str, *, keeps_markdown: bool) -> bool:
    if found.is_said and (has_markdown_blocks(cut(replaces)) or not _plainly_replaces(found.body, replaces)):
        return False  # an example that the line above it speaks of
    if found.is_broken:
        return True
    if found.label:
        return found.label in _LABELS and not keeps_markdown
    return bool(replaces) and _plainly_replaces(found.body, replaces)


def _plainly_replaces(body: str, old: str) -> bool:
    """Whether `body` plainly is `old` rewritten: it has its heading, or blocks of all its kinds and most of its words.

    Where only the fence is new, the fence is what was asked for.
    """
    before, after = (cut(text, front_matter=False) for text in (old, body))
    if body.split() == old.split() or not after.blocks:
        return False
    if [block.kind for block in after.blocks] == ["fence"]:
        return True
    first, heading = after.blocks[0], before.blocks[0] if before.blocks else None
    if heading and heading.kind == first.kind == "heading" and before.source(heading) == after.source(first):
        return True
    kinds = {block.kind for block in before.blocks[heading is not None and heading.kind == "heading" :]} & _STRUCTURE
    words = _words(old)
    kept = len(words & _words(body))
    return bool(kinds) and kinds <= {block.kind for block in after.blocks} and 2 * kept >= len(words)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def unwrapped_items(text: str) -> str:
    """The items of a list without a fence around all of them; a fence around anything else stays."""
    found = _wrapper(text.split("\n"))
    if found and not found.is_said and (found.label in _LABELS or (not found.label and _ITEM.match(found.body))):
        return found.body
    return unwrapped(text)


def _wrapper(lines: Sequence[str]) -> _Wrapper | None:
    """The fence around all of the lines, but for words of a model that only announce its answer."""
    start = _start(lines)
    opening = _mark(lines[start]) if start < len(lines) else None
    if opening is None or len(opening.indent.expandtabs(4)) > 3 or ">" in opening.indent:
        return None
    if start and opening.label not in _LABELS:
        return None
    plain = next((n for n in range(start + 1, len(lines)) if opening.is_closed_by(_mark(lines[n]))), None)
    end = _nested_end(lines, start, opening)
    if end is None:
        if opening.label not in _LABELS or not _is_closed(lines[start + 1 :]):
            return None
        end = len(lines)
    rest = [line for line in lines[end + 1 :] if line.strip()]
    is_said = bool(start) and not _LEAD.fullmatch(lines[0].strip())
    if rest and not (start and _TAIL.match(rest[0])):
        if not start or len(rest) > 1 or len(rest[0]) > _LONGEST_SAID or _mark(rest[0]):
            return None
        is_said = True
    inner = [line[_leading(line, len(opening.indent)) :] for line in lines[start + 1 : end]]
    if not _is_closed(inner):
        return None
    is_broken = plain is not None and plain < end and not _is_closed(lines)
    return _Wrapper(opening.label, "\n".join(inner), is_broken, is_said)


def _start(lines: Sequence[str]) -> int:
    """The line of the fence: the first, or the one that a short line with a colon announces."""
    said = lines[0].strip()
    if not (_LEAD.fullmatch(said) or (len(said) <= _LONGEST_SAID and said.endswith((":", "：")))):
        return 0
    return next((number for number in range(1, len(lines)) if lines[number].strip()), 0)


def _nested_end(lines: Sequence[str], start: int, opening: _Mark) -> int | None:
    """The line that ends a fence when those in it are read as pairs, whatever their length."""
    inner: _Mark | None = None
    for number in range(start + 1, len(lines)):
        mark = _mark(lines[number])
        if mark is None:
            continue
        if inner is not None:
            inner = None if inner.is_closed_by(mark, most=len(lines[number])) else inner
        elif opening.is_closed_by(mark):
            if not _opens(lines, number, mark):
                return number
            inner = mark
        elif mark.label or not opening.mark.startswith(mark.mark[0]) or opening.mark.startswith(mark.mark):
            inner = mark
    return None


def _opens(lines: Sequence[str], number: int, mark: _Mark) -> bool:
    """Whether a bare mark that could end the outer fence opens one in it: a blank line above it, none below it, and
    a pair of further marks below, one for each."""
    rest = [each for line in lines[number + 1 :] if (each := _mark(line)) and mark.is_closed_by(each)]
    if len(rest) < 2 or not lines[number + 1].strip():
        return False
    above = lines[number - 1]
    return not above.strip() or (number == 1 and len(rest) == 2)


def _made_longer(lines: Sequence[str]) -> str:
    """The lines, with a fence around others of its length longer than these where CommonMark would end it early."""
    if _is_closed(lines):
        return "\n".join(lines)
    for start, line in enumerate(lines):
        opening = _mark(line)
        if opening is None or opening.label not in _LABELS:
            continue
        end = _nested_end(lines, start, opening)
        if end is None:
            continue
        inside = [each.mark for line in lines[start + 1 : end] if (each := _mark(line))]
        mark = opening.mark[0] * (max(map(len, [opening.mark, *inside])) + 1)
        made = list(lines)
        made[start] = lines[start].replace(opening.mark, mark, 1)
        made[end] = f"{lines[end][: _leading(lines[end], 3)]}{mark}"
        if _is_closed(made):
            return "\n".join(made)
    return "\n".join(lines)


def _is_closed(lines: Sequence[str]) -> bool:
    """Whether CommonMark reads no fence that runs to the end of the lines for want of a closing one."""
    return not [*fence_lines([*lines, ""])][-1]


def fence_lines(lines: Sequence[str]) -> Iterator[bool]:
    """For each line whether it lies in fenced code: below the line that opens it, the closing one included."""
    fence: _Mark | None = None
    for line in lines:
        mark = _mark(line)
        yield fence is not None
        if fence is None:
            fence = mark
        elif fence.is_closed_by(mark, most=len(fence.indent) + 3):
            fence = None


def _mark(line: str) -> _Mark | None:
    match = _MARK.match(line)
    return _Mark(match["indent"], match["mark"], match["info"].split(" ")[0].lower()) if match else None


def _leading(line: str, most: int) -> int:
    """How many spaces a line starts with, up to `most`."""
    return len(line[:most]) - len(line[:most].lstrip(" "))
